package dev.paca.model.template;

import dev.paca.model.jinja.JinjaTemplate;
import dev.paca.model.jinja.Limits;
import dev.paca.model.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How a model wants a conversation written, in Jinja; usually from the model file's {@code tokenizer.chat_template}. */
public final class ChatTemplate {
    private final String source;
    private final JinjaTemplate template;

    private ChatTemplate(String source, JinjaTemplate template) {
        this.source = source;
        this.template = template;
    }

    /**
     * Reads a template.
     *
     * @param source Jinja
     * @param name how errors name it, for instance "chat template of model.gguf"
     * @throws dev.paca.model.jinja.TemplateException if it cannot be read; names the line
     */
    public static ChatTemplate parse(String source, String name) {
        return new ChatTemplate(source, JinjaTemplate.parse(source, name));
    }

    /** The template as it was given. */
    public String source() {
        return source;
    }

    /**
     * Writes the conversation as the prompt's text, special tokens included.
     *
     * @throws dev.paca.model.jinja.TemplateException if the template fails on it or refuses it; names the line
     */
    public String render(TemplateInput input) {
        Map<String, Json> variables = new LinkedHashMap<>();
        List<Json> messages = new ArrayList<>();
        input.messages().forEach(message -> messages.add(json(message)));
        List<Json> tools = new ArrayList<>();
        input.tools().forEach(tool -> tools.add(tool.toJson()));
        variables.put("messages", new Json.Arr(messages));
        variables.put("tools", tools.isEmpty() ? Json.Null.NULL : new Json.Arr(tools));
        variables.put("documents", Json.Null.NULL);
        variables.put("add_generation_prompt", Json.of(input.addGenerationPrompt()));
        variables.put("bos_token", Json.of(input.bos()));
        variables.put("eos_token", Json.of(input.eos()));
        variables.putAll(input.variables());
        return template.render(variables, input.clock(), Limits.DEFAULT);
    }

    private static Json json(Message message) {
        Map<String, Json> members = new LinkedHashMap<>();
        members.put("role", Json.of(message.role().label()));
        members.put("content", Json.of(message.content()));
        if (!message.thinking().isEmpty()) {
            members.put("reasoning_content", Json.of(message.thinking()));
            members.put("thinking", Json.of(message.thinking()));
        }
        if (!message.toolCalls().isEmpty()) {
            List<Json> calls = new ArrayList<>();
            message.toolCalls().forEach(call -> calls.add(json(call)));
            members.put("tool_calls", new Json.Arr(calls));
        }
        if (!message.toolCallId().isEmpty()) {
            members.put("tool_call_id", Json.of(message.toolCallId()));
        }
        if (!message.name().isEmpty()) {
            members.put("name", Json.of(message.name()));
        }
        return new Json.Obj(members);
    }

    private static Json json(ToolCall call) {
        Map<String, Json> function = new LinkedHashMap<>();
        function.put("name", Json.of(call.name()));
        function.put("arguments", call.arguments());
        Map<String, Json> members = new LinkedHashMap<>();
        if (!call.id().isEmpty()) {
            members.put("id", Json.of(call.id()));
        }
        members.put("type", Json.of("function"));
        members.put("function", new Json.Obj(function));
        return new Json.Obj(members);
    }
}
