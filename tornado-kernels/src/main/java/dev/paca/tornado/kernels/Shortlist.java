package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * Pages chosen in two rounds, as {@code dev.paca.kv.select} does by codes of keys: those that may get most attention by
 * estimates, {@link #MORE} more than are wanted, and of these the ones that do, by their keys. What a page is worth is the
 * sum over a KV head's query heads of the share that it has in the attention of all pages.
 */
public final class Shortlist {
    /** Pages looked at beyond those that are wanted. */
    public static final int MORE = 16;
    /** Pages that a list holds at most. */
    public static final int MAX_PAGES = 4096;
    /** Threads of a work-group that makes shares of scores, or scores keys. */
    public static final int THREADS = 128;

    /** Pages of which the worst are found at once, and how many such blocks there are. */
    private static final int BLOCK = 64;

    private static final int BLOCKS = MAX_PAGES / BLOCK;
    private static final float FORCED = 3e38f;
    private static final float LOWEST = CodeScores.LOWEST;

    private Shortlist() {}

    /** 2^x. */
    static float power(float x) {
        return TornadoMath.exp(x * 0.6931472f);
    }

    /** Listed pages whose keys a work-group scores: a token for each thread. */
    private static int perGroup(int geometry) {
        return THREADS / Geometry.pageTokens(geometry);
    }

    /** Work-groups that score the keys of so many listed pages. */
    public static int groups(int geometry, int pages) {
        return (pages + perGroup(geometry) - 1) / perGroup(geometry);
    }

    /**
     * Makes shares of scores: a work-group for {@link CodeScores#PAGES} pages of a KV head of a row.
     *
     * @param each see {@link CodeScores#score}
     * @param tiles see {@link CodeScores#score}
     * @param scores receives for each row and KV head, of each page, the sum over query heads of its share
     */
    public static void shares(
            KernelContext context,
            IntArray step,
            FloatArray each,
            FloatArray tiles,
            FloatArray scores,
            int geometry,
            int capacity) {
        float[] part = context.allocateFloatLocalArray(THREADS);
        float[] mass = context.allocateFloatLocalArray(THREADS);
        int t = context.localIdx;
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int group = Geometry.group(geometry);
        int count = CodeScores.tiles(capacity);
        int tile = context.groupIdx % count;
        int head = context.groupIdx / count % kvHeads;
        int row = context.groupIdx / (count * kvHeads);
        int used = row < Step.rows(step) ? 1 : 0;
        int safeRow = used == 1 ? row : 0;
        int pages = (Step.position(step, safeRow) + pageTokens) / pageTokens;
        int page = tile * CodeScores.PAGES + t;
        int mine = (t < CodeScores.PAGES ? 1 : 0) * (page < pages ? 1 : 0);
        int filled = (pages + CodeScores.PAGES - 1) / CodeScores.PAGES;
        int heads = used * (tile < filled ? 1 : 0) * group;
        float share = 0f;
        for (int g = 0; g < heads; g++) {
            int query = safeRow * kvHeads * group + head * group + g;
            float top = LOWEST;
            for (int i = t; i < filled; i += THREADS) {
                top = TornadoMath.max(top, tiles.get((query * count + i) * 2));
            }
            part[t] = top;
            context.localBarrier();
            int busy = filled < THREADS ? filled : THREADS;
            for (int i = 0; i < busy; i++) {
                top = TornadoMath.max(top, part[i]);
            }
            float sum = 0f;
            for (int i = t; i < filled; i += THREADS) {
                sum += tiles.get((query * count + i) * 2 + 1) * power(tiles.get((query * count + i) * 2) - top);
            }
            mass[t] = sum;
            context.localBarrier();
            float total = 0f;
            for (int i = 0; i < busy; i++) {
                total += mass[i];
            }
            if (mine == 1) {
                share += power(each.get(query * capacity + page) - top) / total;
            }
            context.localBarrier();
        }
        if (mine * heads > 0) {
            scores.set((safeRow * kvHeads + head) * capacity + page, share);
        }
    }

    /**
     * Scores the keys of listed pages: a work-group for some pages of a list of a KV head of a row.
     *
     * @param chosen for each row and KV head how many pages are listed, then which
     * @param masses receives for each row and query head, of each place in the list, the logarithm in base 2 of what
     *     attention the page gets
     * @param choices ints of a row and KV head in {@code chosen}
     * @param scale what a product of query and key is multiplied with to become a score
     */
    public static void look(
            KernelContext context,
            IntArray step,
            IntArray tables,
            IntArray chosen,
            FloatArray qkv,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            FloatArray masses,
            int storage,
            int geometry,
            int choices,
            float scale) {
        float[] query = context.allocateFloatLocalArray(Attention.QUERIES * Attention.MAX_HEAD_DIM);
        float[] score = context.allocateFloatLocalArray(Attention.QUERIES * THREADS);
        int t = context.localIdx;
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int group = Geometry.group(geometry);
        int units = kvHeads * group + 2 * kvHeads;
        int per = perGroup(geometry);
        int groups = groups(geometry, choices - 1);
        int piece = context.groupIdx % groups;
        int head = context.groupIdx / groups % kvHeads;
        int row = context.groupIdx / (groups * kvHeads);
        int used = row < Step.rows(step) ? 1 : 0;
        int safeRow = used == 1 ? row : 0;
        int list = (safeRow * kvHeads + head) * choices;
        int length = Step.position(step, safeRow) + 1;
        int listed = used * chosen.get(list);
        int first = piece * per;
        int count = first < listed ? smaller(per, listed - first) : 0;
        int quads = count > 0 ? (group + Attention.QUERIES - 1) / Attention.QUERIES : 0;
        int slot = t % pageTokens;
        int page = 0;
        int block = 0;
        int seen = 0;
        if (t / pageTokens < count) {
            page = chosen.get(list + 1 + first + t / pageTokens);
            block = tables.get(Step.table(step, safeRow) + page);
            seen = page * pageTokens + slot < length ? 1 : 0;
        }
        for (int quad = 0; quad < quads; quad++) {
            int heads = smaller(Attention.QUERIES, group - quad * Attention.QUERIES);
            int firstHead = head * group + quad * Attention.QUERIES;
            for (int i = t; i < Attention.QUERIES * headDim; i += THREADS) {
                float v = 0f;
                if (i / headDim < heads) {
                    v = qkv.get((safeRow * units + firstHead) * headDim + i);
                }
                query[i] = v;
            }
            context.localBarrier();
            float s0 = 0f;
            float s1 = 0f;
            float s2 = 0f;
            float s3 = 0f;
            for (int d = 0; d < seen * headDim; d++) {
                float key = Page.key(geometry, storage, f, h, b, q, block, head, slot, d);
                s0 += query[d] * key;
                s1 += query[headDim + d] * key;
                s2 += query[2 * headDim + d] * key;
                s3 += query[3 * headDim + d] * key;
            }
            score[t] = seen == 1 ? s0 * scale : LOWEST;
            score[THREADS + t] = seen == 1 ? s1 * scale : LOWEST;
            score[2 * THREADS + t] = seen == 1 ? s2 * scale : LOWEST;
            score[3 * THREADS + t] = seen == 1 ? s3 * scale : LOWEST;
            context.localBarrier();
            for (int i = t; i < heads * count; i += THREADS) {
                int g = i / count;
                int from = g * THREADS + i % count * pageTokens;
                float top = score[from];
                for (int j = 1; j < pageTokens; j++) {
                    top = TornadoMath.max(top, score[from + j]);
                }
                float sum = 0f;
                for (int j = 0; j < pageTokens; j++) {
                    sum += power(score[from + j] - top);
                }
                int to = (safeRow * kvHeads * group + firstHead + g) * choices + first + i % count;
                masses.set(to, top + TornadoMath.log(sum) * 1.442695f);
            }
            context.localBarrier();
        }
    }

    /**
     * Leaves the listed pages that are worth most by their keys: a work-group of {@link Choose#THREADS} for a KV head of a
     * row. Of equal ones those that come first stay; the context's beginning and end do in any case.
     *
     * @param scores receives what each listed page is worth by its keys
     */
    public static void keep(
            KernelContext context,
            IntArray step,
            FloatArray tiles,
            FloatArray masses,
            FloatArray scores,
            IntArray chosen,
            int geometry,
            int choices,
            int capacity) {
        float[] share = context.allocateFloatLocalArray(MAX_PAGES);
        int[] page = context.allocateIntLocalArray(MAX_PAGES);
        float[] worst = context.allocateFloatLocalArray(BLOCKS * MORE);
        int[] place = context.allocateIntLocalArray(BLOCKS * MORE);
        float[] part = context.allocateFloatLocalArray(Choose.THREADS);
        float[] few = context.allocateFloatLocalArray(Sum.WARP);
        int[] out = context.allocateIntLocalArray(MORE);
        int t = context.localIdx;
        int threads = Choose.THREADS;
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
        int wanted = smaller(Step.wanted(step, safeRow), pages);
        int listed = used * chosen.get(list);
        int drops = listed > wanted ? listed - wanted : 0;
        int n = drops > 0 ? listed : 0;
        int count = CodeScores.tiles(capacity);
        int filled = (pages + CodeScores.PAGES - 1) / CodeScores.PAGES;
        for (int i = t; i < n; i += threads) {
            page[i] = chosen.get(list + 1 + i);
            share[i] = 0f;
        }
        for (int g = 0; g < group; g++) {
            int query = safeRow * kvHeads * group + kvHead * group + g;
            float estimated = LOWEST;
            for (int i = t; i < filled; i += threads) {
                estimated = TornadoMath.max(estimated, tiles.get((query * count + i) * 2));
            }
            float top = estimated;
            for (int i = t; i < n; i += threads) {
                top = TornadoMath.max(top, masses.get(query * choices + i));
            }
            part[t] = top;
            context.localBarrier();
            top = LOWEST;
            if (t < Sum.WARP) {
                for (int i = t; i < threads; i += Sum.WARP) {
                    top = TornadoMath.max(top, part[i]);
                }
                few[t] = top;
            }
            context.localBarrier();
            top = LOWEST;
            for (int i = 0; i < Sum.WARP; i++) {
                top = TornadoMath.max(top, few[i]);
            }
            context.localBarrier();
            float sum = 0f;
            for (int i = t; i < n; i += threads) {
                sum += power(masses.get(query * choices + i) - top);
            }
            part[t] = sum;
            context.localBarrier();
            sum = 0f;
            if (t < Sum.WARP) {
                for (int i = t; i < threads; i += Sum.WARP) {
                    sum += part[i];
                }
                few[t] = sum;
            }
            context.localBarrier();
            sum = 0f;
            for (int i = 0; i < Sum.WARP; i++) {
                sum += few[i];
            }
            context.localBarrier();
            float known = sum;
            sum = 0f;
            for (int i = t; i < filled; i += threads) {
                sum += tiles.get((query * count + i) * 2 + 1) * power(tiles.get((query * count + i) * 2) - top);
            }
            part[t] = sum;
            context.localBarrier();
            sum = 0f;
            if (t < Sum.WARP) {
                for (int i = t; i < threads; i += Sum.WARP) {
                    sum += part[i];
                }
                few[t] = sum;
            }
            context.localBarrier();
            sum = 0f;
            for (int i = 0; i < Sum.WARP; i++) {
                sum += few[i];
            }
            context.localBarrier();
            // where estimates were too low by far, what is known of the listed pages alone is more
            float total = TornadoMath.max(known, sum);
            for (int i = t; i < n; i += threads) {
                share[i] = share[i] + power(masses.get(query * choices + i) - top) / total;
            }
        }
        for (int i = t; i < n; i += threads) {
            scores.set(unit * capacity + page[i], share[i]);
            int forced = larger(page[i] < head ? 1 : 0, page[i] >= tail ? 1 : 0);
            share[i] = forced == 1 ? FORCED : share[i];
        }
        int blocks = (n + BLOCK - 1) / BLOCK;
        for (int i = t; i < blocks * MORE; i += threads) {
            worst[i] = FORCED;
            place[i] = 0;
        }
        context.localBarrier();
        // the worst of all are among the worst of their blocks
        for (int i = t; i < n; i += threads) {
            int from = i / BLOCK * BLOCK;
            int to = smaller(from + BLOCK, n);
            int rank = 0;
            for (int j = from; j < to; j++) {
                rank += share[j] < share[i] ? 1 : 0;
                rank += (share[j] == share[i] ? 1 : 0) * (j > i ? 1 : 0);
            }
            if (rank < drops) {
                worst[i / BLOCK * MORE + rank] = share[i];
                place[i / BLOCK * MORE + rank] = i;
            }
        }
        context.localBarrier();
        for (int i = t; i < blocks * MORE; i += threads) {
            int rank = 0;
            for (int j = 0; j < blocks * MORE; j++) {
                rank += worst[j] < worst[i] ? 1 : 0;
                rank += (worst[j] == worst[i] ? 1 : 0) * (place[j] > place[i] ? 1 : 0);
            }
            if (rank < drops) {
                out[rank] = place[i];
            }
        }
        context.localBarrier();
        for (int i = t; i < n; i += threads) {
            int before = 0;
            int gone = 0;
            for (int j = 0; j < drops; j++) {
                before += out[j] < i ? 1 : 0;
                gone += out[j] == i ? 1 : 0;
            }
            if (gone == 0) {
                chosen.set(list + 1 + i - before, page[i]);
            }
        }
        int counts = (n > 0 ? 1 : 0) * (t == 0 ? 1 : 0);
        if (counts == 1) {
            chosen.set(list, wanted);
        }
    }

    private static int smaller(int a, int b) {
        return a < b ? a : b;
    }

    private static int larger(int a, int b) {
        return a > b ? a : b;
    }
}
