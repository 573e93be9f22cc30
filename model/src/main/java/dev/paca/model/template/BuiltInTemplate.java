package dev.paca.model.template;

import dev.paca.kv.PacaException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Templates for models that bring none, by llama.cpp's names; with plain messages only, no tools. */
public enum BuiltInTemplate {
    /** Qwen, Hermes, SmolLM and many others. */
    CHATML("chatml", List.of("<|im_start|>", "<|im_end|>"), """
            {% for message in messages %}
            {{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
            {%- endfor %}
            {% if add_generation_prompt %}
            {{ '<|im_start|>assistant\\n' }}
            {%- endif %}
            """),
    /** Llama 3 and later. */
    LLAMA3("llama3", List.of("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"), """
            {{ bos_token }}
            {%- for message in messages %}
            {{- '<|start_header_id|>' + message.role + '<|end_header_id|>\\n\\n' + message.content | trim + '<|eot_id|>' }}
            {%- endfor %}
            {%- if add_generation_prompt %}
            {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
            {%- endif %}
            """),
    /** Mistral's instruction format; the system's message goes before the first question. */
    MISTRAL("mistral", List.of("[INST]", "[/INST]"), """
            {{ bos_token }}
            {%- set state = namespace(system='') %}
            {%- for message in messages %}
            {%- if message.role == 'system' %}
            {%- set state.system = message.content + '\\n\\n' %}
            {%- elif message.role == 'user' %}
            {{- '[INST] ' + state.system + message.content + ' [/INST]' }}
            {%- set state.system = '' %}
            {%- else %}
            {{- ' ' + message.content + eos_token }}
            {%- endif %}
            {%- endfor %}
            """);

    private final String label;
    private final List<String> tokens;
    private final String source;

    BuiltInTemplate(String label, List<String> tokens, String source) {
        this.label = label;
        this.tokens = tokens;
        this.source = source;
    }

    /** The name that users give. */
    public String label() {
        return label;
    }

    /** The template, ready to be rendered. */
    public ChatTemplate template() {
        return ChatTemplate.parse(source, "built-in chat template " + label);
    }

    /** The template of that name, if there is one. */
    public static Optional<BuiltInTemplate> find(String label) {
        return Arrays.stream(values()).filter(t -> t.label.equals(label)).findFirst();
    }

    /**
     * The template whose special tokens a vocabulary has.
     *
     * @param known whether the vocabulary has a token of exactly that text
     * @param subject the model, as the error names it
     * @throws PacaException if it has those of none
     */
    public static BuiltInTemplate guess(Predicate<String> known, String subject) {
        return Arrays.stream(values())
                .filter(t -> t.tokens.stream().allMatch(known))
                .findFirst()
                .orElseThrow(() -> new PacaException(subject
                        + " has no chat template, and its special tokens are those of none"
                        + " that Paca knows ("
                        + Arrays.stream(values()).map(BuiltInTemplate::label).collect(Collectors.joining(", "))
                        + "). Name one with --chat-template, or give the model's own with --chat-template-file."));
    }
}
