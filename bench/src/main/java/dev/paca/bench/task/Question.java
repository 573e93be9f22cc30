package dev.paca.bench.task;

import java.util.List;
import java.util.Locale;

/**
 * A question about a text.
 *
 * @param text as it is asked
 * @param answers what the answer must contain
 */
public record Question(String text, List<String> answers) {
    public Question {
        answers = List.copyOf(answers);
    }

    /** The share of the answers that {@code output} contains, whatever the case: RULER's string match. */
    public double score(String output) {
        String said = output.toLowerCase(Locale.ROOT);
        long found = answers.stream()
                .filter(a -> said.contains(a.toLowerCase(Locale.ROOT)))
                .count();
        return (double) found / answers.size();
    }
}
