package dev.paca.model.template;

import dev.paca.model.json.Json;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/**
 * What a chat template is rendered with.
 *
 * @param messages the conversation
 * @param tools what the assistant may call
 * @param addGenerationPrompt whether the text shall end where the assistant begins to speak
 * @param bos text of the beginning-of-sequence token, or empty
 * @param eos text of the end-of-sequence token, or empty
 * @param variables further ones, for instance {@code enable_thinking}; they win over the above
 * @param clock the time that a template may ask for, with its zone
 */
public record TemplateInput(
        List<Message> messages,
        List<Tool> tools,
        boolean addGenerationPrompt,
        String bos,
        String eos,
        Map<String, Json> variables,
        Clock clock) {
    public TemplateInput {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        variables = Map.copyOf(variables);
    }

    /** A conversation that the assistant shall continue, without tools, at the system's time. */
    public static TemplateInput of(List<Message> messages, String bos, String eos) {
        return new TemplateInput(messages, List.of(), true, bos, eos, Map.of(), Clock.systemDefaultZone());
    }

    public TemplateInput withTools(List<Tool> tools) {
        return new TemplateInput(messages, tools, addGenerationPrompt, bos, eos, variables, clock);
    }

    public TemplateInput withVariables(Map<String, Json> variables) {
        return new TemplateInput(messages, tools, addGenerationPrompt, bos, eos, variables, clock);
    }

    public TemplateInput withMessages(List<Message> messages) {
        return new TemplateInput(messages, tools, addGenerationPrompt, bos, eos, variables, clock);
    }

    public TemplateInput withGenerationPrompt(boolean addGenerationPrompt) {
        return new TemplateInput(messages, tools, addGenerationPrompt, bos, eos, variables, clock);
    }

    public TemplateInput withClock(Clock clock) {
        return new TemplateInput(messages, tools, addGenerationPrompt, bos, eos, variables, clock);
    }
}
