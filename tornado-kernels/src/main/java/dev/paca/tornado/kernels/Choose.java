package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Chooses the pages with the largest scores, in ascending order, among equal scores those that come first. What is read in
 * any case, the context's beginning and end, is no matter of scores. The k-th largest score is found by narrowing down an
 * interval, four-fold a time: the number of scores above a threshold needs no order, no atomics, and no bits of a float.
 * Numbers are counted as whole ones: of a condition between two floats TornadoVM makes a branch.
 */
public final class Choose {
    /** Threads of a work-group. */
    public static final int THREADS = 512;

    /** From the widest interval of floats to the narrowest; some ten where scores are far from equal. */
    private static final int ROUNDS = 150;
    /** Scores that threads hold in registers, 16 each, and that local memory holds; beyond, they are read again each time. */
    private static final int HELD = 16 * THREADS;
    /** Threads whose counts are added first, and how many such blocks there are. */
    private static final int BLOCK = 16;

    private static final int BLOCKS = THREADS / BLOCK;
    /** Places for a number of each thread, with the gaps of {@link #slot}. */
    private static final int SLOTS = THREADS + THREADS / Sum.WARP;

    private static final float ALWAYS = 3e38f;

    private Choose() {}

    /**
     * A work-group for a KV head of a row.
     *
     * @param scores for each row and KV head, of each page
     * @param chosen for each row and KV head how many pages, then which
     * @param choices ints of a row and KV head in {@code chosen}
     * @param capacity pages of a sequence at most
     * @param more pages to be chosen beyond those that a row reads
     */
    public static void choose(
            KernelContext context,
            IntArray step,
            FloatArray scores,
            IntArray chosen,
            int geometry,
            int choices,
            int capacity,
            int more) {
        float[] held = context.allocateFloatLocalArray(HELD + HELD / Sum.WARP);
        float[] ends = context.allocateFloatLocalArray(2 * THREADS);
        int[] parts = context.allocateIntLocalArray(3 * THREADS);
        int[] sums = context.allocateIntLocalArray(4 * BLOCKS);
        int[] totals = context.allocateIntLocalArray(3);
        int t = context.localIdx;
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int row = context.groupIdx / kvHeads;
        int used = row < Step.rows(step) ? 1 : 0;
        int safeRow = used == 1 ? row : 0;
        int unit = safeRow * kvHeads + context.groupIdx % kvHeads;
        int list = unit * choices;
        int from = unit * capacity;
        int pages = (Step.position(step, safeRow) + pageTokens) / pageTokens;
        int wanted = Step.wanted(step, safeRow) + more;
        int head = Step.head(step, safeRow);
        int tail = Step.tail(step, safeRow);
        int all = wanted >= pages ? 1 : 0;
        // between head and tail, k pages of n
        int n = used * (1 - all) * (tail - head);
        int k = wanted - head - (pages - tail);
        // a thread's scores stay in registers; n - 1 is read again beyond n, and counts as nothing
        int o = n > 0 ? from + head : 0;
        int last = n > 0 ? n - 1 : 0;
        float s0 = scores.get(o + min(t, last));
        float s1 = scores.get(o + min(t + THREADS, last));
        float s2 = scores.get(o + min(t + 2 * THREADS, last));
        float s3 = scores.get(o + min(t + 3 * THREADS, last));
        float low = TornadoMath.min(TornadoMath.min(s0, s1), TornadoMath.min(s2, s3));
        float high = TornadoMath.max(TornadoMath.max(s0, s1), TornadoMath.max(s2, s3));
        held[slot(t)] = s0;
        held[slot(t + THREADS)] = s1;
        held[slot(t + 2 * THREADS)] = s2;
        held[slot(t + 3 * THREADS)] = s3;
        s0 = present(s0, t < n ? 1 : 0);
        s1 = present(s1, t + THREADS < n ? 1 : 0);
        s2 = present(s2, t + 2 * THREADS < n ? 1 : 0);
        s3 = present(s3, t + 3 * THREADS < n ? 1 : 0);
        float s4 = -ALWAYS;
        float s5 = -ALWAYS;
        float s6 = -ALWAYS;
        float s7 = -ALWAYS;
        if (capacity > 4 * THREADS) {
            s4 = scores.get(o + min(t + 4 * THREADS, last));
            s5 = scores.get(o + min(t + 5 * THREADS, last));
            s6 = scores.get(o + min(t + 6 * THREADS, last));
            s7 = scores.get(o + min(t + 7 * THREADS, last));
            low = TornadoMath.min(low, TornadoMath.min(TornadoMath.min(s4, s5), TornadoMath.min(s6, s7)));
            high = TornadoMath.max(high, TornadoMath.max(TornadoMath.max(s4, s5), TornadoMath.max(s6, s7)));
            held[slot(t + 4 * THREADS)] = s4;
            held[slot(t + 5 * THREADS)] = s5;
            held[slot(t + 6 * THREADS)] = s6;
            held[slot(t + 7 * THREADS)] = s7;
            s4 = present(s4, t + 4 * THREADS < n ? 1 : 0);
            s5 = present(s5, t + 5 * THREADS < n ? 1 : 0);
            s6 = present(s6, t + 6 * THREADS < n ? 1 : 0);
            s7 = present(s7, t + 7 * THREADS < n ? 1 : 0);
        }
        float s8 = -ALWAYS;
        float s9 = -ALWAYS;
        float s10 = -ALWAYS;
        float s11 = -ALWAYS;
        if (capacity > 8 * THREADS) {
            s8 = scores.get(o + min(t + 8 * THREADS, last));
            s9 = scores.get(o + min(t + 9 * THREADS, last));
            s10 = scores.get(o + min(t + 10 * THREADS, last));
            s11 = scores.get(o + min(t + 11 * THREADS, last));
            low = TornadoMath.min(low, TornadoMath.min(TornadoMath.min(s8, s9), TornadoMath.min(s10, s11)));
            high = TornadoMath.max(high, TornadoMath.max(TornadoMath.max(s8, s9), TornadoMath.max(s10, s11)));
            held[slot(t + 8 * THREADS)] = s8;
            held[slot(t + 9 * THREADS)] = s9;
            held[slot(t + 10 * THREADS)] = s10;
            held[slot(t + 11 * THREADS)] = s11;
            s8 = present(s8, t + 8 * THREADS < n ? 1 : 0);
            s9 = present(s9, t + 9 * THREADS < n ? 1 : 0);
            s10 = present(s10, t + 10 * THREADS < n ? 1 : 0);
            s11 = present(s11, t + 11 * THREADS < n ? 1 : 0);
        }
        float s12 = -ALWAYS;
        float s13 = -ALWAYS;
        float s14 = -ALWAYS;
        float s15 = -ALWAYS;
        if (capacity > 12 * THREADS) {
            s12 = scores.get(o + min(t + 12 * THREADS, last));
            s13 = scores.get(o + min(t + 13 * THREADS, last));
            s14 = scores.get(o + min(t + 14 * THREADS, last));
            s15 = scores.get(o + min(t + 15 * THREADS, last));
            low = TornadoMath.min(low, TornadoMath.min(TornadoMath.min(s12, s13), TornadoMath.min(s14, s15)));
            high = TornadoMath.max(high, TornadoMath.max(TornadoMath.max(s12, s13), TornadoMath.max(s14, s15)));
            held[slot(t + 12 * THREADS)] = s12;
            held[slot(t + 13 * THREADS)] = s13;
            held[slot(t + 14 * THREADS)] = s14;
            held[slot(t + 15 * THREADS)] = s15;
            s12 = present(s12, t + 12 * THREADS < n ? 1 : 0);
            s13 = present(s13, t + 13 * THREADS < n ? 1 : 0);
            s14 = present(s14, t + 14 * THREADS < n ? 1 : 0);
            s15 = present(s15, t + 15 * THREADS < n ? 1 : 0);
        }
        for (int j = t + HELD; j < n; j += THREADS) {
            float s = scores.get(o + j);
            low = TornadoMath.min(low, s);
            high = TornadoMath.max(high, s);
        }
        ends[t] = -low;
        ends[THREADS + t] = high;
        context.localBarrier();
        if (t < 2 * BLOCKS) {
            float end = -ALWAYS;
            for (int j = 0; j < BLOCK; j++) {
                end = TornadoMath.max(end, ends[t / BLOCKS * THREADS + j * BLOCKS + t % BLOCKS]);
            }
            ends[t / BLOCKS * THREADS + t % BLOCKS] = end;
        }
        context.localBarrier();
        if (t < 2) {
            float end = -ALWAYS;
            for (int j = 0; j < BLOCKS; j++) {
                end = TornadoMath.max(end, ends[t * THREADS + j]);
            }
            ends[t * THREADS + BLOCKS] = end;
        }
        context.localBarrier();
        low = -ends[BLOCKS];
        high = ends[THREADS + BLOCKS];
        // more than k scores are above low, at most k above high
        low = low - 1f - TornadoMath.abs(low);
        int rounds = n > k ? ROUNDS : 0;
        if (k <= 0) {
            low = high;
            rounds = 0;
        }
        int round = 0;
        while (round < rounds) {
            float quarter = (high - low) * 0.25f;
            float x1 = low + quarter;
            float x2 = low + 2f * quarter;
            float x3 = low + 3f * quarter;
            int c1 = above(s0, s1, s2, s3, x1);
            int c2 = above(s0, s1, s2, s3, x2);
            int c3 = above(s0, s1, s2, s3, x3);
            if (capacity > 4 * THREADS) {
                c1 += above(s4, s5, s6, s7, x1);
                c2 += above(s4, s5, s6, s7, x2);
                c3 += above(s4, s5, s6, s7, x3);
            }
            if (capacity > 8 * THREADS) {
                c1 += above(s8, s9, s10, s11, x1);
                c2 += above(s8, s9, s10, s11, x2);
                c3 += above(s8, s9, s10, s11, x3);
            }
            if (capacity > 12 * THREADS) {
                c1 += above(s12, s13, s14, s15, x1);
                c2 += above(s12, s13, s14, s15, x2);
                c3 += above(s12, s13, s14, s15, x3);
            }
            if (capacity > HELD) {
                for (int j = t + HELD; j < n; j += THREADS) {
                    float s = scores.get(o + j);
                    c1 += above(s, x1);
                    c2 += above(s, x2);
                    c3 += above(s, x3);
                }
            }
            parts[t] = c1;
            parts[THREADS + t] = c2;
            parts[2 * THREADS + t] = c3;
            context.localBarrier();
            if (t < 3 * BLOCKS) {
                int sum = 0;
                for (int j = 0; j < BLOCK; j++) {
                    sum += parts[t / BLOCKS * THREADS + j * BLOCKS + t % BLOCKS];
                }
                sums[t] = sum;
            }
            context.localBarrier();
            if (t < 3) {
                int sum = 0;
                for (int j = 0; j < BLOCKS; j++) {
                    sum += sums[t * BLOCKS + j];
                }
                totals[t] = sum;
            }
            context.localBarrier();
            c1 = totals[0];
            c2 = totals[1];
            c3 = totals[2];
            float l = low;
            float u = high;
            if (c3 > k) {
                l = x3;
            } else {
                u = x3;
                if (c2 > k) {
                    l = x2;
                } else {
                    u = x2;
                    if (c1 > k) {
                        l = x1;
                    } else {
                        u = x1;
                    }
                }
            }
            if (c3 == k) {
                l = x3;
                u = x3;
            }
            if (c2 == k) {
                l = x2;
                u = x2;
            }
            if (c1 == k) {
                l = x1;
                u = x1;
            }
            // found, or as near as floats are
            int same = (l == low ? 1 : 0) * (u == high ? 1 : 0);
            int done = max(same, l == u ? 1 : 0);
            low = l;
            high = u;
            round = done == 1 ? rounds : round + 1;
        }
        // those above high are in; those between, equal as far as can be told, fill up in the order of pages
        int per = (n + THREADS - 1) / THREADS;
        int turns = capacity > HELD ? per : (capacity + THREADS - 1) / THREADS;
        int first = t * per;
        int end = min(first + per, n);
        int sure = 0;
        int maybe = 0;
        for (int i = 0; i < turns; i++) {
            int j = first + i;
            float s = held[slot(min(j, HELD - 1))];
            if (capacity > HELD) {
                if (j >= HELD) {
                    s = scores.get(o + min(j, last));
                }
            }
            int in = j < end ? 1 : 0;
            int above = in * above(s, high);
            sure += above;
            maybe += in * above(s, low) - above;
        }
        // what comes before a thread: in its block of threads, and before that
        context.localBarrier();
        parts[slot(t)] = sure;
        parts[SLOTS + slot(t)] = maybe;
        context.localBarrier();
        if (t < 2 * BLOCKS) {
            int sum = 0;
            for (int j = 0; j < BLOCK; j++) {
                int place = t / BLOCKS * SLOTS + slot(t % BLOCKS * BLOCK + j);
                int count = parts[place];
                parts[place] = sum;
                sum += count;
            }
            sums[t] = sum;
        }
        context.localBarrier();
        if (t < 2 * BLOCKS) {
            int sum = 0;
            for (int j = 0; j < BLOCKS; j++) {
                sum += (j < t % BLOCKS ? 1 : 0) * sums[t / BLOCKS * BLOCKS + j];
            }
            sums[2 * BLOCKS + t] = sum;
        }
        context.localBarrier();
        int sureBefore = parts[slot(t)] + sums[2 * BLOCKS + t / BLOCK];
        int maybeBefore = parts[SLOTS + slot(t)] + sums[3 * BLOCKS + t / BLOCK];
        int total = sums[BLOCKS - 1] + sums[3 * BLOCKS - 1];
        int room = k - total;
        int at = list + 1 + head;
        for (int i = 0; i < turns; i++) {
            int j = first + i;
            float s = held[slot(min(j, HELD - 1))];
            if (capacity > HELD) {
                if (j >= HELD) {
                    s = scores.get(o + min(j, last));
                }
            }
            int in = j < end ? 1 : 0;
            int above = in * above(s, high);
            int between = in * above(s, low) - above;
            int takes = max(above, between * (maybeBefore < room ? 1 : 0));
            if (takes == 1) {
                chosen.set(at + sureBefore + min(maybeBefore, room), head + j);
            }
            sureBefore += above;
            maybeBefore += between;
        }
        int everything = used * all * pages;
        for (int j = t; j < everything; j += THREADS) {
            chosen.set(list + 1 + j, j);
        }
        int begin = used * (1 - all) * head;
        for (int j = t; j < begin; j += THREADS) {
            chosen.set(list + 1 + j, j);
        }
        int rest = used * (1 - all) * (pages - tail);
        for (int j = t; j < rest; j += THREADS) {
            chosen.set(list + 1 + wanted - (pages - tail) + j, tail + j);
        }
        int counted = used * (t == 0 ? 1 : 0);
        if (counted == 1) {
            chosen.set(list, all == 1 ? pages : wanted);
        }
    }

    /** Where a score is held: with gaps, so that threads with neighbouring runs of up to 32 read different banks. */
    private static int slot(int i) {
        return i + i / Sum.WARP;
    }

    /** How many of four scores are above a threshold. */
    private static int above(float a, float b, float c, float d, float threshold) {
        return above(a, threshold) + above(b, threshold) + above(c, threshold) + above(d, threshold);
    }

    private static int above(float score, float threshold) {
        return score > threshold ? 1 : 0;
    }

    /** A score that is there, or less than any. */
    private static float present(float score, int there) {
        return score * there + (there - 1) * ALWAYS;
    }

    private static int min(int a, int b) {
        return a < b ? a : b;
    }

    private static int max(int a, int b) {
        return a > b ? a : b;
    }
}
