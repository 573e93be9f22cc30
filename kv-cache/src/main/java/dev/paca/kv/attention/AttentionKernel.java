package dev.paca.kv.attention;

/**
 * Attention of a group's queries over a part of one KV head's slots, read in their stored form. One kernel serves every
 * policy: what differs is the list of pages.
 */
public interface AttentionKernel {
    /** Memory for one thread's calls. */
    Scratch scratch();

    /** How many floats a row of {@link Partial#out} takes for a head dim. */
    int stride(int headDim);

    /**
     * Adds to {@code into} the attention over slots {@code first} to {@code last - 1} of the list, as far as each row sees
     * them. A row's result does not depend on which other rows are in the call, and is the same bits on every call.
     *
     * <p>Every row's scores go to {@link Partial#traced} as well.
     *
     * @param first a multiple of {@link #TILE}
     */
    void attend(Reads reads, Queries queries, int first, int last, Partial into, Scratch scratch);

    /**
     * Adds weights that a row gave, in units of 1 / {@link Trace#UNIT} rounded down: {@code into[i]} grows by
     * {@code 2^(scores[at + i] - max) * factor}. The same numbers in every kernel.
     *
     * @param max the row's largest score
     * @param factor {@link Trace#UNIT} divided by the row's sum, and by whatever the weights are a mean of
     */
    default void weigh(float[] scores, int at, int count, float max, float factor, int[] into) {
        for (int i = 0; i < count; i++) {
            into[i] += (int) (Exp2.of(scores[at + i] - max) * factor);
        }
    }

    /** Slots that are scored together. */
    int TILE = 64;

    /** Working memory of a kernel. */
    interface Scratch {}
}
