package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Chooses the pages with the largest scores, in ascending order, among equal scores those that come first. What is read in
 * any case, the context's beginning and end, is no matter of scores. The k-th largest score is found by narrowing down an
 * interval, four-fold a time: the number of scores above a threshold needs no order, no atomics, and no bits of a float.
 */
public final class Choose {
    /** Threads of a work-group. */
    public static final int THREADS = 512;
    /** Pages that a threshold on the mass can choose from. */
    public static final int MAX_PRUNED = 2048;

    private static final int ROUNDS = 40;
    /** Scores that threads hold in registers, 16 each, and that local memory holds; beyond, they are read again each time. */
    private static final int HELD = 16 * THREADS;
    /** Threads whose counts are added first, and how many such blocks there are. */
    private static final int BLOCK = 16;

    private static final int BLOCKS = THREADS / BLOCK;
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
            int more,
            int shuffle) {
        float[] held = context.allocateFloatLocalArray(HELD + HELD / 16);
        float[] parts = context.allocateFloatLocalArray(3 * THREADS);
        int[] sums = context.allocateIntLocalArray(2 * BLOCKS);
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
        float low = ALWAYS;
        float high = -ALWAYS;
        // a thread's scores stay in registers; n - 1 is read again beyond n, and counts as nothing
        int o = n > 0 ? from + head : 0;
        int last = n > 0 ? n - 1 : 0;
        float s0 = scores.get(o + min(t, last));
        float s1 = scores.get(o + min(t + THREADS, last));
        float s2 = scores.get(o + min(t + 2 * THREADS, last));
        float s3 = scores.get(o + min(t + 3 * THREADS, last));
        float s4 = scores.get(o + min(t + 4 * THREADS, last));
        float s5 = scores.get(o + min(t + 5 * THREADS, last));
        float s6 = scores.get(o + min(t + 6 * THREADS, last));
        float s7 = scores.get(o + min(t + 7 * THREADS, last));
        float s8 = scores.get(o + min(t + 8 * THREADS, last));
        float s9 = scores.get(o + min(t + 9 * THREADS, last));
        float s10 = scores.get(o + min(t + 10 * THREADS, last));
        float s11 = scores.get(o + min(t + 11 * THREADS, last));
        float s12 = scores.get(o + min(t + 12 * THREADS, last));
        float s13 = scores.get(o + min(t + 13 * THREADS, last));
        float s14 = scores.get(o + min(t + 14 * THREADS, last));
        float s15 = scores.get(o + min(t + 15 * THREADS, last));
        s0 = t < n ? s0 : -ALWAYS;
        held[slot(t)] = s0;
        low = TornadoMath.min(low, s0 > -ALWAYS ? s0 : ALWAYS);
        high = TornadoMath.max(high, s0);
        s1 = t + THREADS < n ? s1 : -ALWAYS;
        held[slot(t + THREADS)] = s1;
        low = TornadoMath.min(low, s1 > -ALWAYS ? s1 : ALWAYS);
        high = TornadoMath.max(high, s1);
        s2 = t + 2 * THREADS < n ? s2 : -ALWAYS;
        held[slot(t + 2 * THREADS)] = s2;
        low = TornadoMath.min(low, s2 > -ALWAYS ? s2 : ALWAYS);
        high = TornadoMath.max(high, s2);
        s3 = t + 3 * THREADS < n ? s3 : -ALWAYS;
        held[slot(t + 3 * THREADS)] = s3;
        low = TornadoMath.min(low, s3 > -ALWAYS ? s3 : ALWAYS);
        high = TornadoMath.max(high, s3);
        s4 = t + 4 * THREADS < n ? s4 : -ALWAYS;
        held[slot(t + 4 * THREADS)] = s4;
        low = TornadoMath.min(low, s4 > -ALWAYS ? s4 : ALWAYS);
        high = TornadoMath.max(high, s4);
        s5 = t + 5 * THREADS < n ? s5 : -ALWAYS;
        held[slot(t + 5 * THREADS)] = s5;
        low = TornadoMath.min(low, s5 > -ALWAYS ? s5 : ALWAYS);
        high = TornadoMath.max(high, s5);
        s6 = t + 6 * THREADS < n ? s6 : -ALWAYS;
        held[slot(t + 6 * THREADS)] = s6;
        low = TornadoMath.min(low, s6 > -ALWAYS ? s6 : ALWAYS);
        high = TornadoMath.max(high, s6);
        s7 = t + 7 * THREADS < n ? s7 : -ALWAYS;
        held[slot(t + 7 * THREADS)] = s7;
        low = TornadoMath.min(low, s7 > -ALWAYS ? s7 : ALWAYS);
        high = TornadoMath.max(high, s7);
        s8 = t + 8 * THREADS < n ? s8 : -ALWAYS;
        held[slot(t + 8 * THREADS)] = s8;
        low = TornadoMath.min(low, s8 > -ALWAYS ? s8 : ALWAYS);
        high = TornadoMath.max(high, s8);
        s9 = t + 9 * THREADS < n ? s9 : -ALWAYS;
        held[slot(t + 9 * THREADS)] = s9;
        low = TornadoMath.min(low, s9 > -ALWAYS ? s9 : ALWAYS);
        high = TornadoMath.max(high, s9);
        s10 = t + 10 * THREADS < n ? s10 : -ALWAYS;
        held[slot(t + 10 * THREADS)] = s10;
        low = TornadoMath.min(low, s10 > -ALWAYS ? s10 : ALWAYS);
        high = TornadoMath.max(high, s10);
        s11 = t + 11 * THREADS < n ? s11 : -ALWAYS;
        held[slot(t + 11 * THREADS)] = s11;
        low = TornadoMath.min(low, s11 > -ALWAYS ? s11 : ALWAYS);
        high = TornadoMath.max(high, s11);
        s12 = t + 12 * THREADS < n ? s12 : -ALWAYS;
        held[slot(t + 12 * THREADS)] = s12;
        low = TornadoMath.min(low, s12 > -ALWAYS ? s12 : ALWAYS);
        high = TornadoMath.max(high, s12);
        s13 = t + 13 * THREADS < n ? s13 : -ALWAYS;
        held[slot(t + 13 * THREADS)] = s13;
        low = TornadoMath.min(low, s13 > -ALWAYS ? s13 : ALWAYS);
        high = TornadoMath.max(high, s13);
        s14 = t + 14 * THREADS < n ? s14 : -ALWAYS;
        held[slot(t + 14 * THREADS)] = s14;
        low = TornadoMath.min(low, s14 > -ALWAYS ? s14 : ALWAYS);
        high = TornadoMath.max(high, s14);
        s15 = t + 15 * THREADS < n ? s15 : -ALWAYS;
        held[slot(t + 15 * THREADS)] = s15;
        low = TornadoMath.min(low, s15 > -ALWAYS ? s15 : ALWAYS);
        high = TornadoMath.max(high, s15);
        for (int j = t + HELD; j < n; j += THREADS) {
            float s = scores.get(o + j);
            low = TornadoMath.min(low, s);
            high = TornadoMath.max(high, s);
        }
        parts[t] = low;
        parts[THREADS + t] = high;
        context.localBarrier();
        if (t < Sum.WARP) {
            for (int j = t; j < THREADS; j += Sum.WARP) {
                low = TornadoMath.min(low, parts[j]);
                high = TornadoMath.max(high, parts[THREADS + j]);
            }
            parts[2 * THREADS + t] = low;
            parts[2 * THREADS + Sum.WARP + t] = high;
        }
        context.localBarrier();
        for (int j = 0; j < Sum.WARP; j++) {
            low = TornadoMath.min(low, parts[2 * THREADS + j]);
            high = TornadoMath.max(high, parts[2 * THREADS + Sum.WARP + j]);
        }
        context.localBarrier();
        // more than k scores are above low, at most k above high
        low = low - 1f - TornadoMath.abs(low);
        int rounds = n > k ? ROUNDS : 0;
        if (k <= 0) {
            low = high;
            rounds = 0;
        }
        int groups = shuffle == 1 ? THREADS / Sum.WARP : THREADS;
        int round = 0;
        while (round < rounds) {
            float quarter = (high - low) * 0.25f;
            float x1 = low + quarter;
            float x2 = low + 2f * quarter;
            float x3 = low + 3f * quarter;
            float c1 = above(s0, x1)
                    + above(s1, x1)
                    + above(s2, x1)
                    + above(s3, x1)
                    + above(s4, x1)
                    + above(s5, x1)
                    + above(s6, x1)
                    + above(s7, x1)
                    + above(s8, x1)
                    + above(s9, x1)
                    + above(s10, x1)
                    + above(s11, x1)
                    + above(s12, x1)
                    + above(s13, x1)
                    + above(s14, x1)
                    + above(s15, x1);
            float c2 = above(s0, x2)
                    + above(s1, x2)
                    + above(s2, x2)
                    + above(s3, x2)
                    + above(s4, x2)
                    + above(s5, x2)
                    + above(s6, x2)
                    + above(s7, x2)
                    + above(s8, x2)
                    + above(s9, x2)
                    + above(s10, x2)
                    + above(s11, x2)
                    + above(s12, x2)
                    + above(s13, x2)
                    + above(s14, x2)
                    + above(s15, x2);
            float c3 = above(s0, x3)
                    + above(s1, x3)
                    + above(s2, x3)
                    + above(s3, x3)
                    + above(s4, x3)
                    + above(s5, x3)
                    + above(s6, x3)
                    + above(s7, x3)
                    + above(s8, x3)
                    + above(s9, x3)
                    + above(s10, x3)
                    + above(s11, x3)
                    + above(s12, x3)
                    + above(s13, x3)
                    + above(s14, x3)
                    + above(s15, x3);
            for (int j = t + HELD; j < n; j += THREADS) {
                float s = scores.get(o + j);
                c1 += above(s, x1);
                c2 += above(s, x2);
                c3 += above(s, x3);
            }
            if (shuffle == 1) {
                c1 = Sum.warp(context, c1);
                c2 = Sum.warp(context, c2);
                c3 = Sum.warp(context, c3);
            }
            int lane = t & (Sum.WARP - 1);
            int slot = shuffle == 1 ? t / Sum.WARP : t;
            if (shuffle * lane == 0) {
                parts[slot] = c1;
                parts[THREADS + slot] = c2;
                parts[2 * THREADS + slot] = c3;
            }
            context.localBarrier();
            c1 = 0f;
            c2 = 0f;
            c3 = 0f;
            for (int j = 0; j < groups; j++) {
                c1 += parts[j];
                c2 += parts[THREADS + j];
                c3 += parts[2 * THREADS + j];
            }
            context.localBarrier();
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
        int first = t * per;
        int end = first + per < n ? first + per : n;
        int sure = 0;
        int maybe = 0;
        for (int j = first; j < end; j++) {
            float s;
            if (j < HELD) {
                s = held[slot(j)];
            } else {
                s = scores.get(o + j);
            }
            int above = s > high ? 1 : 0;
            sure += above;
            maybe += (1 - above) * (s > low ? 1 : 0);
        }
        // whole numbers, as floats: what comes before is that of blocks of threads, and of threads of the same block
        parts[t] = sure;
        parts[THREADS + t] = maybe;
        context.localBarrier();
        if (t < BLOCKS) {
            int blockSure = 0;
            int blockMaybe = 0;
            for (int j = 0; j < BLOCK; j++) {
                blockSure += (int) parts[t * BLOCK + j];
                blockMaybe += (int) parts[THREADS + t * BLOCK + j];
            }
            sums[t] = blockSure;
            sums[BLOCKS + t] = blockMaybe;
        }
        context.localBarrier();
        int sureBefore = 0;
        int maybeBefore = 0;
        int total = 0;
        int block = t / BLOCK;
        for (int j = 0; j < BLOCKS; j++) {
            int before = j < block ? 1 : 0;
            total += sums[j];
            sureBefore += before * sums[j];
            maybeBefore += before * sums[BLOCKS + j];
        }
        for (int j = block * BLOCK; j < t; j++) {
            sureBefore += (int) parts[j];
            maybeBefore += (int) parts[THREADS + j];
        }
        int room = k - total;
        int at = list + 1 + head;
        for (int j = first; j < end; j++) {
            float s;
            if (j < HELD) {
                s = held[slot(j)];
            } else {
                s = scores.get(o + j);
            }
            int above = s > high ? 1 : 0;
            int between = (1 - above) * (s > low ? 1 : 0);
            int takes = max(above, between * (maybeBefore < room ? 1 : 0));
            if (takes == 1) {
                chosen.set(at + sureBefore + (maybeBefore < room ? maybeBefore : room), head + j);
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

    /**
     * Leaves out chosen pages once those with larger scores hold enough of the attention mass, as estimated from the scores
     * (Lin and others 2025, Twilight): a work-group for a KV head of a row.
     *
     * @param each for each row and query head, in base 2, of each page
     * @param mass the share that is enough
     */
    public static void prune(
            KernelContext context,
            IntArray step,
            FloatArray scores,
            FloatArray each,
            IntArray chosen,
            int geometry,
            int choices,
            int capacity,
            float mass) {
        float[] share = context.allocateFloatLocalArray(MAX_PRUNED);
        float[] order = context.allocateFloatLocalArray(MAX_PRUNED);
        int[] page = context.allocateIntLocalArray(MAX_PRUNED);
        float[] part = context.allocateFloatLocalArray(THREADS);
        int t = context.localIdx;
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int group = Geometry.group(geometry);
        int row = context.groupIdx / kvHeads;
        int used = row < Step.rows(step) ? 1 : 0;
        int safeRow = used == 1 ? row : 0;
        int kvHead = context.groupIdx % kvHeads;
        int unit = safeRow * kvHeads + kvHead;
        int list = unit * choices;
        int pages = (Step.position(step, safeRow) + pageTokens) / pageTokens;
        int head = Step.head(step, safeRow);
        int tail = Step.tail(step, safeRow);
        int always = head >= tail ? pages : head + pages - tail;
        int n = used * chosen.get(list);
        for (int i = t; i < n; i += THREADS) {
            int p = chosen.get(list + 1 + i);
            int forced = max(p < head ? 1 : 0, p >= tail ? 1 : 0);
            page[i] = p;
            share[i] = 0f;
            order[i] = forced == 1 ? ALWAYS : scores.get(unit * capacity + (forced == 1 ? 0 : p));
        }
        context.localBarrier();
        int busy = n < THREADS ? n : THREADS;
        for (int g = 0; g < group; g++) {
            int from = (safeRow * kvHeads * group + kvHead * group + g) * capacity;
            float top = -ALWAYS;
            for (int i = t; i < n; i += THREADS) {
                top = TornadoMath.max(top, each.get(from + page[i]));
            }
            part[t] = top;
            context.localBarrier();
            for (int i = 0; i < busy; i++) {
                top = TornadoMath.max(top, part[i]);
            }
            context.localBarrier();
            float sum = 0f;
            for (int i = t; i < n; i += THREADS) {
                sum += power(each.get(from + page[i]) - top);
            }
            part[t] = sum;
            context.localBarrier();
            float total = 0f;
            for (int i = 0; i < busy; i++) {
                total += part[i];
            }
            for (int i = t; i < n; i += THREADS) {
                share[i] = share[i] + power(each.get(from + page[i]) - top) / total / group;
            }
            context.localBarrier();
        }
        // a page stays unless those before it suffice; which those are is found for each by itself
        int kept = 0;
        for (int i = t; i < n; i += THREADS) {
            float before = 0f;
            int rank = 0;
            for (int j = 0; j < n; j++) {
                int first = max(order[j] > order[i] ? 1 : 0, (order[j] == order[i] ? 1 : 0) * (j < i ? 1 : 0));
                rank += first;
                before += first * share[j];
            }
            int stays = max(rank < always ? 1 : 0, before < mass ? 1 : 0);
            chosen.set(list + 1 + i, stays);
            kept += stays;
        }
        part[t] = kept;
        context.localBarrier();
        float count = 0f;
        for (int i = 0; i < busy; i++) {
            count += part[i];
        }
        // the marks move to local memory, then the pages that stay close up
        for (int i = t; i < n; i += THREADS) {
            share[i] = chosen.get(list + 1 + i);
        }
        context.localBarrier();
        for (int i = t; i < n; i += THREADS) {
            int to = 0;
            for (int j = 0; j < i; j++) {
                to += share[j] > 0.5f ? 1 : 0;
            }
            if (share[i] > 0.5f) {
                chosen.set(list + 1 + to, page[i]);
            }
        }
        int counted = used * (t == 0 ? 1 : 0);
        if (counted == 1) {
            chosen.set(list, (int) count);
        }
    }

    /** Where a score is held: with gaps, so that threads with neighbouring runs of 16 read different banks. */
    private static int slot(int i) {
        return i + (i >> 4);
    }

    private static float above(float score, float threshold) {
        return score > threshold ? 1f : 0f;
    }

    private static int min(int a, int b) {
        return a < b ? a : b;
    }

    private static float power(float x) {
        return TornadoMath.exp(x * 0.6931472f);
    }

    private static int max(int a, int b) {
        return a > b ? a : b;
    }
}
