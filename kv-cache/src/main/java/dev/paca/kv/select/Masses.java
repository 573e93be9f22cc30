package dev.paca.kv.select;

import java.util.Arrays;

/** Sums of attention mass. */
final class Masses {
    private Masses() {}

    /**
     * How many of the largest masses reach the share {@code wanted} of what the {@code most} largest hold: Twilight's top-p
     * (arXiv 2502.02770). At least {@code least}; those are marked by 2 having been added to them.
     */
    static int enough(float[] mass, int n, int most, double wanted, int least, Selector.Scratch scratch) {
        float[] sorted = scratch.tokenScores(n);
        System.arraycopy(mass, 0, sorted, 0, n);
        Arrays.sort(sorted, 0, n);
        double total = 0;
        for (int i = 0; i < most; i++) {
            total += unmarked(sorted[n - 1 - i]);
        }
        double sum = 0;
        for (int i = 0; i < most; i++) {
            sum += unmarked(sorted[n - 1 - i]);
            if (i + 1 >= least && sum >= wanted * total) {
                return i + 1;
            }
        }
        return most;
    }

    private static float unmarked(float mass) {
        return mass >= 2 ? mass - 2 : mass;
    }
}
