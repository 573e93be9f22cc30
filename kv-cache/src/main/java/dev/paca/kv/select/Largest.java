package dev.paca.kv.select;

/**
 * The k largest of an array of scores, in ascending order of index; among equal scores the lower index wins. Found by
 * narrowing the k-th score down bit by bit, eight at a time: linear in n, no sorting, and the same on every machine.
 */
public final class Largest {
    private final int[] histogram = new int[256];

    /**
     * Calls {@code add} for each index chosen.
     *
     * @param scores no NaN among the first {@code n}
     * @param n scores
     * @param k how many to choose
     */
    public void choose(float[] scores, int n, int k, Picks picks) {
        if (k >= n) {
            for (int i = 0; i < n; i++) {
                picks.add(i);
            }
            return;
        }
        if (k <= 0) {
            return;
        }
        int threshold = 0;
        int wanted = k;
        for (int shift = 24; shift >= 0; shift -= 8) {
            java.util.Arrays.fill(histogram, 0);
            int high = shift == 24 ? 0 : -1 << (shift + 8);
            for (int i = 0; i < n; i++) {
                int key = key(scores[i]);
                if ((key & high) == threshold) {
                    histogram[key >>> shift & 255]++;
                }
            }
            int digit = 255;
            while (histogram[digit] < wanted) {
                wanted -= histogram[digit--];
            }
            threshold |= digit << shift;
        }
        // wanted is now how many of those equal to the threshold are still to be taken.
        for (int i = 0; i < n; i++) {
            int order = Integer.compareUnsigned(key(scores[i]), threshold);
            if (order > 0) {
                picks.add(i);
            } else if (order == 0 && wanted > 0) {
                wanted--;
                picks.add(i);
            }
        }
    }

    /** Bits that order as unsigned numbers as the floats do. */
    private static int key(float score) {
        int bits = Float.floatToRawIntBits(score);
        return bits ^ (bits >> 31 | Integer.MIN_VALUE);
    }
}
