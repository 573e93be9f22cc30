package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Reads memory in order and does nothing else: what other kernels could read at most. */
public final class Sweep {
    /** Threads of a work-group. */
    public static final int THREADS = 256;
    /** Numbers that a thread has under way at a time. */
    public static final int EACH = 8;

    private Sweep() {}

    /**
     * Sums numbers up, a part a thread: a work-group reads {@link #EACH} neighbouring pieces of {@link #THREADS} numbers, and
     * then those that lie behind what all groups have read.
     *
     * @param n numbers, a multiple of what all groups read at a time
     * @param groups how many groups there are
     */
    public static void read(KernelContext context, FloatArray x, FloatArray sums, int n, int groups) {
        int t = context.localIdx;
        int group = context.groupIdx;
        float a = 0f;
        float b = 0f;
        for (int i = group * EACH * THREADS + t; i < n; i += groups * EACH * THREADS) {
            float v0 = x.get(i);
            float v1 = x.get(i + THREADS);
            float v2 = x.get(i + 2 * THREADS);
            float v3 = x.get(i + 3 * THREADS);
            float v4 = x.get(i + 4 * THREADS);
            float v5 = x.get(i + 5 * THREADS);
            float v6 = x.get(i + 6 * THREADS);
            float v7 = x.get(i + 7 * THREADS);
            a += v0 + v1 + v2 + v3;
            b += v4 + v5 + v6 + v7;
        }
        sums.set(group * THREADS + t, a + b);
    }
}
