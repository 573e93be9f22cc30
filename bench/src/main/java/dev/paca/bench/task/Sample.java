package dev.paca.bench.task;

import java.util.List;
import java.util.Locale;

/**
 * One question about one text.
 *
 * @param task the task's name
 * @param seed what it was made from
 * @param context what is read first, the task's introduction included
 * @param question what is asked afterwards, with the line breaks that part it from the context
 * @param answers what the answer must contain
 */
public record Sample(String task, long seed, String context, String question, List<String> answers) {
    public Sample {
        answers = List.copyOf(answers);
    }

    /** The whole prompt. */
    public String prompt() {
        return context + question;
    }

    /** The share of the answers that {@code output} contains, whatever the case: RULER's string match. */
    public double score(String output) {
        String text = output.toLowerCase(Locale.ROOT);
        long found = answers.stream()
                .filter(a -> text.contains(a.toLowerCase(Locale.ROOT)))
                .count();
        return (double) found / answers.size();
    }
}
