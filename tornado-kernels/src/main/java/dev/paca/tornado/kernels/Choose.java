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
    /** Scores that are held in local memory; beyond, they are read again each time. */
    private static final int HELD = 8192;
    /** A gap for every so many scores, so that threads with neighbouring runs of them read different banks. */
    private static final int BANKS = 16;
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
     */
    public static void choose(
            KernelContext context,
            IntArray step,
            FloatArray scores,
            IntArray chosen,
            int geometry,
            int choices,
            int capacity,
            int shuffle) {
        float[] held = context.allocateFloatLocalArray(HELD + HELD / BANKS);
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
        int wanted = Step.wanted(step, safeRow);
        int head = Step.head(step, safeRow);
        int tail = Step.tail(step, safeRow);
        int all = wanted >= pages ? 1 : 0;
        // between head and tail, k pages of n
        int n = used * (1 - all) * (tail - head);
        int k = wanted - head - (pages - tail);
        float low = ALWAYS;
        float high = -ALWAYS;
        int o = from + head;
        int i = t;
        // four at a time, their loads under way together
        for (; i < n - 3 * THREADS; i += 4 * THREADS) {
            float s0 = scores.get(o + i);
            float s1 = scores.get(o + i + THREADS);
            float s2 = scores.get(o + i + 2 * THREADS);
            float s3 = scores.get(o + i + 3 * THREADS);
            if (i < HELD) {
                held[slot(i)] = s0;
            }
            if (i + THREADS < HELD) {
                held[slot(i + THREADS)] = s1;
            }
            if (i + 2 * THREADS < HELD) {
                held[slot(i + 2 * THREADS)] = s2;
            }
            if (i + 3 * THREADS < HELD) {
                held[slot(i + 3 * THREADS)] = s3;
            }
            low = TornadoMath.min(TornadoMath.min(TornadoMath.min(s0, s1), TornadoMath.min(s2, s3)), low);
            high = TornadoMath.max(TornadoMath.max(TornadoMath.max(s0, s1), TornadoMath.max(s2, s3)), high);
        }
        for (; i < n; i += THREADS) {
            float s = scores.get(o + i);
            if (i < HELD) {
                held[slot(i)] = s;
            }
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
            float c1 = 0f;
            float c2 = 0f;
            float c3 = 0f;
            for (int j = t; j < n; j += THREADS) {
                float s;
                if (j < HELD) {
                    s = held[slot(j)];
                } else {
                    s = scores.get(o + j);
                }
                c1 += s > x1 ? 1f : 0f;
                c2 += s > x2 ? 1f : 0f;
                c3 += s > x3 ? 1f : 0f;
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

    /** Where a score is held. Arrays of a work-group cannot be handed to a method. */
    private static int slot(int i) {
        return i + i / BANKS;
    }

    private static float power(float x) {
        return TornadoMath.exp(x * 0.6931472f);
    }

    private static int max(int a, int b) {
        return a > b ? a : b;
    }
}
