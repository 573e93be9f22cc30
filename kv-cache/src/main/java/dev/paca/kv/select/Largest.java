package dev.paca.kv.select;

import java.util.Arrays;

/**
 * The k largest of an array of scores, in ascending order of index; among equal scores the lower index wins. The same on
 * every machine. Few are kept in a heap while the scores pass by, most of which are below its least. Many are found by
 * narrowing the k-th score down bit by bit, eight at a time: linear in n whatever k is.
 */
public final class Largest {
    /** How many are few. */
    private static final int FEW = 64;

    private final int[] histogram = new int[256];
    /** Indices of the best so far; none has a worse one below it than itself. */
    private final int[] heap = new int[FEW];

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
        if (k <= FEW) {
            chooseFew(scores, n, k, picks);
        } else {
            chooseMany(scores, n, k, picks);
        }
    }

    private void chooseFew(float[] scores, int n, int k, Picks picks) {
        for (int i = 0; i < k; i++) {
            heap[i] = i;
        }
        for (int i = k / 2 - 1; i >= 0; i--) {
            sink(scores, i, k);
        }
        float least = scores[heap[0]];
        for (int i = k; i < n; i++) {
            // An equal score has come before: it stays.
            if (scores[i] > least) {
                heap[0] = i;
                sink(scores, 0, k);
                least = scores[heap[0]];
            }
        }
        Arrays.sort(heap, 0, k);
        for (int i = 0; i < k; i++) {
            picks.add(heap[i]);
        }
    }

    /** Moves an index down until none below it is worse. */
    private void sink(float[] scores, int from, int k) {
        int index = heap[from];
        int place = from;
        while (2 * place + 1 < k) {
            int below = 2 * place + 1;
            if (below + 1 < k && isWorse(scores, heap[below + 1], heap[below])) {
                below++;
            }
            if (!isWorse(scores, heap[below], index)) {
                break;
            }
            heap[place] = heap[below];
            place = below;
        }
        heap[place] = index;
    }

    private static boolean isWorse(float[] scores, int a, int b) {
        return scores[a] < scores[b] || (scores[a] == scores[b] && a > b);
    }

    private void chooseMany(float[] scores, int n, int k, Picks picks) {
        int threshold = 0;
        int wanted = k;
        for (int shift = 24; shift >= 0; shift -= 8) {
            Arrays.fill(histogram, 0);
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
