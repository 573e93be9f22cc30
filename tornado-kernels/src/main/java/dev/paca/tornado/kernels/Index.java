package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * What is kept beside a full page to score it without reading it: for each KV head and channel an int, whose low half is
 * where the page's keys lie and whose high half is how far they spread, both in half precision. A query scores the page
 * with the sum over channels of q·middle + |q|·spread: Quest's bound (Tang and others 2024) with the middle of minimum and
 * maximum and half their distance, or an estimate with mean and standard deviation.
 */
public final class Index {
    /** Minimum and maximum. */
    public static final int MIN_MAX = 1;
    /** Mean and standard deviation. */
    public static final int MEAN_DEVIATION = 2;

    /** Threads of a work-group that computes indexes. */
    public static final int SEAL_THREADS = 128;
    /** Threads of a work-group that scores. */
    public static final int THREADS = 128;
    /** Pages that it scores. */
    public static final int PAGES = 32;

    private static final int CHANNELS = 32;
    private static final int PITCH = PAGES + 1;
    private static final float LARGEST = 65504f;
    private static final float LOWEST = -1e30f;

    private Index() {}

    /**
     * Computes the indexes of pages that the step's rows have filled: a work-group for a KV head of a row. Where scores of
     * single heads are wanted, also scores a newest page that is not full by the best of its keys.
     *
     * @param index see {@link Index}
     * @param each scores: for each row and query head, of each page
     * @param form {@link #MIN_MAX} or {@link #MEAN_DEVIATION}
     * @param capacity pages of a sequence at most
     * @param single 1 where scores of single heads are wanted
     * @param scale what a product of query and key is multiplied with to become a score
     */
    public static void seal(
            KernelContext context,
            IntArray step,
            IntArray tables,
            FloatArray qkv,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            IntArray index,
            FloatArray each,
            int storage,
            int geometry,
            int form,
            int capacity,
            int single,
            float scale) {
        float[] sums = context.allocateFloatLocalArray(SEAL_THREADS);
        int t = context.localIdx;
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int group = Geometry.group(geometry);
        int head = context.groupIdx % kvHeads;
        int row = context.groupIdx / kvHeads;
        int used = row < Step.rows(step) ? 1 : 0;
        int safeRow = used == 1 ? row : 0;
        int length = Step.position(step, safeRow) + 1;
        int newest = (length - 1) / pageTokens;
        int filled = length - newest * pageTokens;
        int block = tables.get(Step.table(step, safeRow) + newest);
        int end = used * (filled == pageTokens ? 1 : 0) * headDim;
        for (int d = t; d < end; d += SEAL_THREADS) {
            float first = Page.key(geometry, storage, f, h, b, q, block, head, 0, d);
            float min = first;
            float max = first;
            float sum = first;
            for (int s = 1; s < filled; s++) {
                float key = Page.key(geometry, storage, f, h, b, q, block, head, s, d);
                min = TornadoMath.min(min, key);
                max = TornadoMath.max(max, key);
                sum += key;
            }
            int w;
            if (form == MIN_MAX) {
                int middle = Half.encode(clamp(min / 2f + max / 2f)) & 0xFFFF;
                float at = Half.decode(middle);
                float spread = TornadoMath.max(max - at, at - min);
                w = middle | up(spread) << 16;
            } else {
                float mean = sum / filled;
                float squares = 0f;
                for (int s = 0; s < filled; s++) {
                    float away = Page.key(geometry, storage, f, h, b, q, block, head, s, d) - mean;
                    squares += away * away;
                }
                int middle = Half.encode(clamp(mean)) & 0xFFFF;
                int spread = Half.encode(clamp(TornadoMath.sqrt(squares / filled))) & 0xFFFF;
                w = middle | spread << 16;
            }
            index.set((block * kvHeads + head) * headDim + d, w);
        }
        if (single == 1) {
            int units = kvHeads * group + 2 * kvHeads;
            int parts = SEAL_THREADS / pageTokens;
            int part = t / pageTokens;
            int slot = t % pageTokens;
            int present = used * (filled < pageTokens ? 1 : 0) * (slot < filled ? 1 : 0);
            int stop = present * headDim;
            for (int g = 0; g < group; g++) {
                int query = (safeRow * units + head * group + g) * headDim;
                float sum = 0f;
                for (int d = part; d < stop; d += parts) {
                    sum += qkv.get(query + d) * Page.key(geometry, storage, f, h, b, q, block, head, slot, d);
                }
                sums[t] = sum;
                context.localBarrier();
                int writes = used * (filled < pageTokens ? 1 : 0) * (t == 0 ? 1 : 0);
                if (writes == 1) {
                    float best = LOWEST;
                    for (int s = 0; s < filled; s++) {
                        float score = 0f;
                        for (int p = 0; p < parts; p++) {
                            score += sums[p * pageTokens + s];
                        }
                        best = TornadoMath.max(best, score * scale);
                    }
                    each.set((safeRow * kvHeads * group + head * group + g) * capacity + newest, best);
                }
                context.localBarrier();
            }
        }
    }

    /**
     * Scores full pages: a work-group for {@link #PAGES} pages of a KV head of a row.
     *
     * @param scores for each row and KV head, of each page: the largest of its query heads' scores
     * @param each the same of each query head, where {@code single} is 1
     */
    public static void score(
            KernelContext context,
            IntArray step,
            IntArray tables,
            FloatArray qkv,
            IntArray index,
            FloatArray scores,
            FloatArray each,
            int geometry,
            int capacity,
            int single,
            float scale) {
        float[] middle = context.allocateFloatLocalArray(CHANNELS * PITCH);
        float[] spread = context.allocateFloatLocalArray(CHANNELS * PITCH);
        float[] query = context.allocateFloatLocalArray(Attention.QUERIES * CHANNELS);
        float[] sums = context.allocateFloatLocalArray(Attention.QUERIES * THREADS);
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int group = Geometry.group(geometry);
        int units = kvHeads * group + 2 * kvHeads;
        int tiles = (capacity + PAGES - 1) / PAGES;
        int t = context.localIdx;
        int tile = context.groupIdx % tiles;
        int head = context.groupIdx / tiles % kvHeads;
        int row = context.groupIdx / (tiles * kvHeads);
        int used = row < Step.rows(step) ? 1 : 0;
        int safeRow = used == 1 ? row : 0;
        int full = used * ((Step.position(step, safeRow) + 1) / pageTokens);
        int table = Step.table(step, safeRow);
        int first = tile * PAGES;
        int page = t % PAGES;
        int part = t / PAGES;
        int quads = first < full ? (group + Attention.QUERIES - 1) / Attention.QUERIES : 0;
        float best = LOWEST;
        for (int quad = 0; quad < quads; quad++) {
            float a0 = 0f;
            float a1 = 0f;
            float a2 = 0f;
            float a3 = 0f;
            int heads = min(Attention.QUERIES, group - quad * Attention.QUERIES);
            int firstHead = head * group + quad * Attention.QUERIES;
            for (int from = 0; from < headDim; from += CHANNELS) {
                // a thread's loads are of one channel after another of one page after another: neighbours in memory
                for (int i = t; i < CHANNELS * PAGES; i += THREADS) {
                    int c = i % CHANNELS;
                    int p = i / CHANNELS;
                    int w = 0;
                    if (from + c < headDim) {
                        if (first + p < full) {
                            int block = tables.get(table + first + p);
                            w = index.get((block * kvHeads + head) * headDim + from + c);
                        }
                    }
                    middle[c * PITCH + p] = Half.decode(w & 0xFFFF);
                    spread[c * PITCH + p] = Half.decode((w >> 16) & 0xFFFF);
                }
                for (int i = t; i < Attention.QUERIES * CHANNELS; i += THREADS) {
                    int g = i / CHANNELS;
                    int c = i % CHANNELS;
                    float v = 0f;
                    if (from + c < headDim) {
                        if (g < heads) {
                            v = qkv.get((safeRow * units + firstHead + g) * headDim + from + c);
                        }
                    }
                    query[i] = v;
                }
                context.localBarrier();
                for (int j = 0; j < CHANNELS * PAGES / THREADS; j++) {
                    int c = part * (CHANNELS * PAGES / THREADS) + j;
                    float m = middle[c * PITCH + page];
                    float s = spread[c * PITCH + page];
                    float q0 = query[c];
                    float q1 = query[CHANNELS + c];
                    float q2 = query[2 * CHANNELS + c];
                    float q3 = query[3 * CHANNELS + c];
                    a0 += q0 * m + TornadoMath.abs(q0) * s;
                    a1 += q1 * m + TornadoMath.abs(q1) * s;
                    a2 += q2 * m + TornadoMath.abs(q2) * s;
                    a3 += q3 * m + TornadoMath.abs(q3) * s;
                }
                context.localBarrier();
            }
            sums[t] = a0;
            sums[THREADS + t] = a1;
            sums[2 * THREADS + t] = a2;
            sums[3 * THREADS + t] = a3;
            context.localBarrier();
            int mine = t < PAGES ? heads : 0;
            for (int g = 0; g < mine; g++) {
                float sum = 0f;
                for (int p = 0; p < THREADS / PAGES; p++) {
                    sum += sums[g * THREADS + p * PAGES + t];
                }
                float score = sum * scale;
                best = TornadoMath.max(best, score);
                if (single == 1) {
                    if (first + t < full) {
                        each.set((safeRow * kvHeads * group + firstHead + g) * capacity + first + t, score);
                    }
                }
            }
            context.localBarrier();
        }
        int writes = (t < PAGES ? 1 : 0) * (first + t < full ? 1 : 0);
        if (writes == 1) {
            scores.set((safeRow * kvHeads + head) * capacity + first + t, best);
        }
    }

    /** The bits of the least half that is not below {@code x}, which is not negative. */
    private static int up(float x) {
        float most = TornadoMath.min(x, LARGEST);
        int bits = Half.encode(most) & 0xFFFF;
        int less = Half.decode(bits) < most ? 1 : 0;
        return bits + less;
    }

    private static float clamp(float x) {
        return TornadoMath.max(-LARGEST, TornadoMath.min(LARGEST, x));
    }

    private static int min(int a, int b) {
        return a < b ? a : b;
    }
}
