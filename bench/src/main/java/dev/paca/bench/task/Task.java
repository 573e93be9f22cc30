package dev.paca.bench.task;

import java.util.List;
import java.util.function.ToIntFunction;

/** A kind of question. */
public interface Task {
    /** A short name, as given on the command line. */
    String name();

    /**
     * Makes samples whose prompts have at most {@code tokens} tokens, and nearly as many: one where a text has several
     * questions, and else {@code count} with one question each. These hide needles of their own in the same haystack, at
     * depths that are independent of each other, and come in the order of their first needle's depth: what a text has in
     * common with the one after it is never less than with those before it, so that it need be read only once.
     *
     * @param tokens tokens of a prompt
     * @param seed equal seeds give equal samples, whatever their number
     * @param counter counts a text's tokens
     */
    List<Sample> samples(int tokens, long seed, int count, ToIntFunction<String> counter);

    /** Tokens that an answer needs at most. */
    int answerTokens();
}
