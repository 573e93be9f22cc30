package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Activations as two halves each, for tensor cores: what rounding to the first leaves out is in the second, so that 22 bits
 * are kept. Two numbers' halves are in an int.
 */
public final class Halves {
    /** Threads of a work-group, each with a pair of numbers. */
    public static final int THREADS = 256;

    /** 2^13 + 1: times a float, it leaves 11 of its 24 bits (Dekker 1971). */
    private static final float SPLIT = 8193f;

    private Halves() {}

    /** Work-groups for so many numbers. */
    public static int groups(int numbers) {
        return (numbers / 2 + THREADS - 1) / THREADS;
    }

    /**
     * Rounds the step's rows of x.
     *
     * @param halves pairs of the rows' numbers, and behind those of {@code capacity} rows what rounding left out
     * @param cols numbers of a row, an even number
     */
    public static void round(
            KernelContext context, IntArray step, FloatArray x, IntArray halves, int cols, int capacity) {
        int i = context.globalIdx;
        if (i < Step.rows(step) * (cols / 2)) {
            set(halves, i, x.get(2 * i), x.get(2 * i + 1), capacity * (cols / 2), 1);
        }
    }

    /**
     * Rounds two numbers.
     *
     * @param i index of the pair
     * @param rest how far behind it lies what rounding leaves out
     * @param wanted 0 to do nothing
     */
    static void set(IntArray halves, int i, float x, float y, int rest, int wanted) {
        if (wanted == 1) {
            float a = Half.clamp(x);
            float b = Half.clamp(y);
            float a1 = first(a);
            float b1 = first(b);
            halves.set(i, pair(a1, b1));
            halves.set(rest + i, pair(a - a1, b - b1));
        }
    }

    private static int pair(float a, float b) {
        return Half.bits(a) | (Half.bits(b) << 16);
    }

    /** The first 11 bits of a float. */
    private static float first(float v) {
        float c = v * SPLIT;
        return c - (c - v);
    }
}
