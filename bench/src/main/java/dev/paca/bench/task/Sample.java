package dev.paca.bench.task;

import java.util.List;

/**
 * Questions about one long text.
 *
 * @param task the task's name
 * @param seed what it was made from
 * @param number of its first question among all of that seed
 * @param context what is read first, the task's introduction included
 * @param separator what parts a question from the context
 * @param questions what is asked afterwards, each by itself; at least one
 */
public record Sample(String task, long seed, int number, String context, String separator, List<Question> questions) {
    /** No sample has more questions: so many are enough to share the reading of a text. */
    public static final int MOST_QUESTIONS = 32;

    public Sample {
        questions = List.copyOf(questions);
    }

    /** The whole prompt that asks a question. */
    public String prompt(int question) {
        return context + separator + questions.get(question).text();
    }
}
