package dev.paca.kv.evict;

import dev.paca.kv.attention.Trace;
import org.jspecify.annotations.Nullable;

/**
 * The attention that some tokens, one after the other, have given to the slots of one KV head's table: the mean over the
 * query heads of its group, in units of 1 / {@link Trace#UNIT}. It is put together by several threads, and is the same
 * whatever they did first.
 */
public final class Given {
    private final int tokens;
    private final long @Nullable [] sums;
    private final int @Nullable [][] rows;

    private Given(int tokens, long @Nullable [] sums, int rows) {
        this.tokens = tokens;
        this.sums = sums;
        this.rows = new int[Math.min(tokens, rows)][];
    }

    /** The sum over all tokens. */
    public static Given sum(int tokens, int slots) {
        return new Given(tokens, new long[slots], 0);
    }

    /** What each of the last {@code rows} of them gave. */
    public static Given rows(int tokens, int rows) {
        return new Given(tokens, null, rows);
    }

    /** Whether one sum of several tokens' weights will do. */
    public boolean isSum() {
        return sums != null;
    }

    /** The first token whose weights are wanted. */
    public int first() {
        return isSum() ? 0 : tokens - rows.length;
    }

    /** Adds the weights of one or more tokens for the first {@code count} slots. */
    public synchronized void add(int[] weights, int count) {
        for (int i = 0; sums != null && i < count; i++) {
            sums[i] += weights[i];
        }
    }

    /** Sets the weights of a token for all the slots that it sees. The array is not to be changed after. */
    public void set(int token, int[] weights) {
        rows[token - first()] = weights;
    }

    long[] sums() {
        return sums == null ? new long[0] : sums;
    }

    /** In order of the tokens. */
    int[][] rows() {
        return rows;
    }
}
