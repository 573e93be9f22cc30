package dev.paca.model.answer;

import dev.paca.model.template.ToolCall;

/** A piece of an answer. */
public sealed interface AnswerPart {
    /** What is said; never empty. */
    record Text(String text) implements AnswerPart {}

    /** What is thought before; never empty. */
    record Thinking(String text) implements AnswerPart {}

    /** A complete tool call. */
    record Call(ToolCall call) implements AnswerPart {}
}
