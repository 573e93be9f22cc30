package dev.paca.bench.jmh;

import java.util.SplittableRandom;

/** Random inputs. */
final class Numbers {
    private Numbers() {}

    /** Normally distributed around 0 with deviation 1. */
    static float[] normal(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }
}
