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
     * Sums numbers up, a part a thread: {@code sums[i]} is the sum of every number at {@code i} plus a multiple of
     * {@code threads}.
     *
     * @param n numbers, a multiple of {@code EACH * threads}
     * @param threads all of them together
     */
    public static void read(KernelContext context, FloatArray x, FloatArray sums, int n, int threads) {
        int t = context.globalIdx;
        float a = 0f;
        float b = 0f;
        for (int i = t; i < n; i += EACH * threads) {
            float v0 = x.get(i);
            float v1 = x.get(i + threads);
            float v2 = x.get(i + 2 * threads);
            float v3 = x.get(i + 3 * threads);
            float v4 = x.get(i + 4 * threads);
            float v5 = x.get(i + 5 * threads);
            float v6 = x.get(i + 6 * threads);
            float v7 = x.get(i + 7 * threads);
            a += v0 + v1 + v2 + v3;
            b += v4 + v5 + v6 + v7;
        }
        sums.set(t, a + b);
    }
}
