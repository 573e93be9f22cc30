package dev.paca.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PolicyText;
import dev.paca.model.answer.AnswerReader;
import dev.paca.model.answer.ToolSyntax;
import dev.paca.model.engine.GenerationOptions;
import dev.paca.model.json.Json;
import dev.paca.model.sampling.SamplingOptions;
import dev.paca.model.template.Message;
import dev.paca.model.template.TemplateInput;
import dev.paca.model.template.Tool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A request as the engine takes it.
 *
 * @param prompt the conversation's tokens
 * @param options how the answer is made
 * @param policy how the conversation is cached
 * @param instruction tokens of the prompt that no eviction takes
 * @param syntax how the answer's tool calls look
 * @param thinking whether the prompt has begun the thinking
 * @param tools names that may be called, where the answer may be JSON too; empty for any
 */
record Request(
        int[] prompt,
        GenerationOptions options,
        KvPolicy policy,
        int instruction,
        ToolSyntax syntax,
        boolean thinking,
        Set<String> tools) {

    /** @param tellSchema whether the model reads the schema that its answer is held to */
    static Request of(ChatRequest request, PacaModel model, String modelName, boolean tellSchema) {
        ChatRequestParameters asked = request.parameters();
        check(asked, model, modelName);
        List<Tool> tools = tools(asked);
        List<Message> said = Messages.of(request.messages());
        Json form = form(asked);
        boolean told = tellSchema && form != null && asked.responseFormat().jsonSchema() != null;
        List<Message> messages = told ? Messages.told(said, form, !tools.isEmpty()) : said;
        return Failures.mapped(() -> {
            TemplateInput input = model.prompts().input(messages).withTools(tools);
            if (asked instanceof PacaChatRequestParameters ours && ours.think() != null) {
                input = input.withVariables(Map.of("enable_thinking", Json.of(ours.think())));
            }
            boolean mayThink = model.prompts().template().source().contains("<think>");
            boolean thinking =
                    mayThink && AnswerReader.opensThinking(model.prompts().render(input));
            Json schema = schema(asked, form, tools);
            boolean json = schema != null;
            ToolSyntax syntax = tools.isEmpty() ? ToolSyntax.NONE : json ? ToolSyntax.LLAMA : model.syntax();
            int most = asked.maxOutputTokens() == null ? -1 : asked.maxOutputTokens();
            int[] prompt = model.prompts().encode(input);
            int room = most < 0 ? model.contextLength() - prompt.length : most;
            GenerationOptions options = new GenerationOptions(
                    sampling(asked),
                    most,
                    asked.stopSequences() == null ? List.of() : asked.stopSequences(),
                    syntax != ToolSyntax.NONE || mayThink,
                    json ? model.grammar(schema).constraint(room) : null);
            Set<String> callable = json ? tools.stream().map(Tool::name).collect(Collectors.toSet()) : Set.of();
            KvPolicy policy = policy(asked, model.policy());
            int instruction = policy.eviction().isOff() ? 0 : model.prompts().instruction(input, prompt);
            return new Request(prompt, options, policy, instruction, syntax, thinking && !json, callable);
        });
    }

    /** Refuses what no request can have, at construction too. */
    static void check(ChatRequestParameters asked, PacaModel model, String modelName) {
        if (asked.modelName() != null && !asked.modelName().equals(modelName)) {
            throw new UnsupportedFeatureException("modelName is not supported in a request: this model is " + modelName
                    + ", found " + asked.modelName() + ". Build another model for another file.");
        }
        boolean tools = asked.toolSpecifications() != null
                && !asked.toolSpecifications().isEmpty();
        if (asked.toolChoice() == ToolChoice.REQUIRED && !tools) {
            throw new UnsupportedFeatureException("ToolChoice.REQUIRED without tools is not supported; give tools.");
        }
        if (tools && model.syntax() == ToolSyntax.NONE && asked.toolChoice() != ToolChoice.NONE) {
            throw new UnsupportedFeatureException(
                    "tools are not supported by " + modelName
                            + ": its chat template has no place for them. Take a model of the Llama 3.1, Qwen, Hermes or Mistral families.");
        }
        if (asked.maxOutputTokens() != null && asked.maxOutputTokens() < 0) {
            throw new InvalidRequestException("maxOutputTokens is " + asked.maxOutputTokens()
                    + "; give a positive number, or none for what the context holds.");
        }
        if (asked.stopSequences() != null && asked.stopSequences().stream().anyMatch(Objects::isNull)) {
            throw new InvalidRequestException("A stop sequence is null; leave it out.");
        }
        Failures.mapped(() -> {
            sampling(asked);
            return policy(asked, model.policy());
        });
    }

    private static List<Tool> tools(ChatRequestParameters asked) {
        return asked.toolSpecifications() == null || asked.toolChoice() == ToolChoice.NONE
                ? List.of()
                : asked.toolSpecifications().stream().map(Schemas::tool).toList();
    }

    /** What an answer in JSON has to fit, or null where it may be any text. */
    private static @Nullable Json form(ChatRequestParameters asked) {
        ResponseFormat format = asked.responseFormat();
        if (asked.toolChoice() == ToolChoice.REQUIRED || format == null || format.type() != ResponseFormatType.JSON) {
            return null;
        }
        return format.jsonSchema() == null
                ? new Json.Obj(Map.of("type", Json.of("object")))
                : Schemas.json(format.jsonSchema().rootElement());
    }

    /** What all that is written has to fit, or null: a form, a call where one is required, or either of both. */
    private static @Nullable Json schema(ChatRequestParameters asked, @Nullable Json form, List<Tool> tools) {
        List<Json> choices = new ArrayList<>();
        if (form != null) {
            choices.add(form);
        }
        if (asked.toolChoice() == ToolChoice.REQUIRED || form != null) {
            choices.addAll(Schemas.calls(tools));
        }
        return choices.isEmpty() ? null : choices.size() == 1 ? choices.getFirst() : Schemas.anyOf(choices);
    }

    private static SamplingOptions sampling(ChatRequestParameters asked) {
        SamplingOptions options = SamplingOptions.DEFAULT;
        options = asked.temperature() == null
                ? options
                : options.withTemperature(asked.temperature().floatValue());
        options = asked.topK() == null ? options : options.withTopK(asked.topK());
        options = asked.topP() == null ? options : options.withTopP(asked.topP().floatValue());
        options = asked.frequencyPenalty() == null
                ? options
                : options.withFrequencyPenalty(asked.frequencyPenalty().floatValue());
        options = asked.presencePenalty() == null
                ? options
                : options.withPresencePenalty(asked.presencePenalty().floatValue());
        if (asked instanceof PacaChatRequestParameters ours) {
            options =
                    ours.minP() == null ? options : options.withMinP(ours.minP().floatValue());
            options = ours.repeatPenalty() == null
                    ? options
                    : options.withRepeatPenalty(ours.repeatPenalty().floatValue());
            options = ours.repeatLastN() == null ? options : options.withRepeatLastN(ours.repeatLastN());
            options = ours.seed() == null ? options : options.withSeed(ours.seed());
        }
        return options;
    }

    private static KvPolicy policy(ChatRequestParameters asked, KvPolicy otherwise) {
        return asked instanceof PacaChatRequestParameters ours && ours.kvPolicy() != null
                ? PolicyText.policy(ours.kvPolicy(), otherwise)
                : otherwise;
    }

    /** A reader for the answer. */
    AnswerReader reader() {
        return new AnswerReader(
                syntax,
                thinking,
                () -> UUID.randomUUID().toString().substring(0, 9).replace("-", "0"),
                tools);
    }
}
