package dev.paca.model.answer;

import dev.paca.model.template.ToolCall;
import java.util.ArrayList;
import java.util.List;

/**
 * A whole answer.
 *
 * @param text what is said
 * @param thinking what was thought before
 * @param calls what is to be done
 */
public record Answer(String text, String thinking, List<ToolCall> calls) {
    public Answer {
        calls = List.copyOf(calls);
    }

    /** Puts parts together. */
    public static Answer of(List<AnswerPart> parts) {
        StringBuilder text = new StringBuilder();
        StringBuilder thinking = new StringBuilder();
        List<ToolCall> calls = new ArrayList<>();
        for (AnswerPart part : parts) {
            switch (part) {
                case AnswerPart.Text said -> text.append(said.text());
                case AnswerPart.Thinking thought -> thinking.append(thought.text());
                case AnswerPart.CallPiece piece -> {}
                case AnswerPart.Call call -> calls.add(call.call());
            }
        }
        return new Answer(text.toString(), thinking.toString(), calls);
    }
}
