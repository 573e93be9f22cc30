package dev.paca.model.answer;

/** How a family of models writes tool calls. */
public enum ToolSyntax {
    /** Not at all, as far as is known. */
    NONE,
    /** Llama 3.1 and later: <code>{"name": …, "parameters": {…}}</code> alone, perhaps after {@code <|python_tag|>}. */
    LLAMA,
    /** Qwen 2.5 and 3, Hermes: <code>&lt;tool_call>{"name": …, "arguments": {…}}&lt;/tool_call></code>, among text. */
    HERMES,
    /** Mistral: <code>[TOOL_CALLS][{"name": …, "arguments": {…}}]</code> or <code>[TOOL_CALLS]name[ARGS]{…}</code>. */
    MISTRAL;

    /** The syntax that a chat template asks the model for. */
    public static ToolSyntax of(String template) {
        if (template.contains("[TOOL_CALLS]")) {
            return MISTRAL;
        }
        if (template.contains("<tool_call>")) {
            return HERMES;
        }
        boolean tools = template.contains("tools");
        return tools && (template.contains("<|python_tag|>") || template.contains("<|start_header_id|>"))
                ? LLAMA
                : NONE;
    }
}
