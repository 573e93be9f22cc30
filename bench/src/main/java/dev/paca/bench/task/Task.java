package dev.paca.bench.task;

import java.util.function.ToIntFunction;

/** A kind of question. */
public interface Task {
    /** A short name, as given on the command line. */
    String name();

    /**
     * Makes a sample whose prompt has at most {@code tokens} tokens, and nearly as many.
     *
     * @param tokens tokens of the prompt
     * @param seed equal seeds give equal samples
     * @param counter counts a text's tokens
     */
    Sample sample(int tokens, long seed, ToIntFunction<String> counter);

    /** Tokens that an answer needs at most. */
    int answerTokens();
}
