package dev.paca.langchain4j;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What LangChain4j's suites want to hear. */
final class Script {
    private static final Pattern MESSAGE = Pattern.compile("(?s)\\[(system|user|assistant|tool)\\](.*?)\\[end\\]");

    private Script() {}

    /** The last question, and what tools have answered since. */
    private record Turn(String system, String question, List<String> results, boolean tools) {
        static Turn of(String prompt) {
            String system = "";
            String question = "";
            List<String> results = new ArrayList<>();
            Matcher message = MESSAGE.matcher(prompt);
            while (message.find()) {
                switch (message.group(1)) {
                    case "system" -> system = message.group(2);
                    case "user" -> {
                        question = message.group(2);
                        results.clear();
                    }
                    case "tool" -> results.add(message.group(2));
                    default -> {}
                }
            }
            return new Turn(system, question, results, prompt.contains("[tool offered]"));
        }

        boolean asks(String part) {
            return question.contains(part);
        }
    }

    static List<String> answers(String prompt) {
        Turn turn = Turn.of(prompt);
        if (turn.tools()) {
            List<String> calls = Calls.of(turn.question(), turn.results().size(), prompt);
            if (!calls.isEmpty()) {
                return called(calls);
            }
        }
        List<String> answers = new ArrayList<>(List.of(text(turn)));
        answers.addAll(List.of(Extractions.of(turn.question())));
        return answers;
    }

    /** As the template's family writes them; alone, where a grammar wants nothing but JSON. */
    private static List<String> called(List<String> calls) {
        StringBuilder marked = new StringBuilder();
        calls.forEach(call -> marked.append("<tool_call>\n").append(call).append("\n</tool_call>\n"));
        return List.of(marked.toString().strip(), calls.getFirst());
    }

    private static String text(Turn turn) {
        String results = String.join(" ", turn.results());
        if (!turn.results().isEmpty()) {
            return "The tools say: " + results + ". That is all.";
        }
        if (turn.system().contains("German")) {
            return "Ich liebe dich";
        }
        if (turn.asks("favorite color")) {
            return "Your favorite color is green.";
        }
        if (turn.asks("Hello World")) {
            return "Hello World";
        }
        if (turn.asks("long story")) {
            return "Once there was a fox and a hen and a goose and a cat. "
                    .repeat(20)
                    .strip();
        }
        if (turn.asks("capital of Germany")) {
            return "The capital of Germany is Berlin, and two and two are four.";
        }
        return "I do not know about that.";
    }
}
