package dev.paca.model.answer;

import dev.paca.model.template.ToolCall;

/** A piece of an answer. */
public sealed interface AnswerPart {
    /** What is said; never empty. */
    record Text(String text) implements AnswerPart {}

    /** What is thought before; never empty. */
    record Thinking(String text) implements AnswerPart {}

    /**
     * Some of a tool call's arguments, as they come. All pieces of a call together are its arguments as JSON, without white
     * space; a complete {@link Call} follows, unless the answer breaks off or is no call in the end: then it is text.
     *
     * @param index which call of the answer, from 0
     * @param id the call's id, its {@link Call} has the same
     * @param name the tool
     * @param arguments never blank
     */
    record CallPiece(int index, String id, String name, String arguments) implements AnswerPart {}

    /** A complete tool call. */
    record Call(ToolCall call) implements AnswerPart {}
}
