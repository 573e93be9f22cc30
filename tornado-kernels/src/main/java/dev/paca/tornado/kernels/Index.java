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
    public static final int PAGES = 64;

    /** Threads that share out a page's channels: neighbours read what lies side by side. */
    private static final int LANES = 8;
    /** Pages between two of a thread. */
    private static final int STRIDE = THREADS / LANES;

    private static final float LOWEST = -1e30f;
    private static final float HIGHEST = 3e38f;

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
            int w;
            if (form == MIN_MAX) {
                w = bounds(geometry, storage, f, h, b, q, block, head, d);
            } else {
                float mean = mean(geometry, storage, f, h, b, q, block, head, d);
                w = moments(geometry, storage, f, h, b, q, block, head, d, mean);
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

    /** What an index has of channel {@code d} of a full page: the middle of its keys, and half their distance. */
    static int bounds(
            int geometry,
            int storage,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            int block,
            int head,
            int d) {
        int pageTokens = Geometry.pageTokens(geometry);
        float min = HIGHEST;
        float max = -HIGHEST;
        for (int s = 0; s < pageTokens; s++) {
            float key = Page.key(geometry, storage, f, h, b, q, block, head, s, d);
            min = TornadoMath.min(min, key);
            max = TornadoMath.max(max, key);
        }
        int middle = Half.encode(Half.clamp(min / 2f + max / 2f)) & 0xFFFF;
        float at = Half.decode(middle);
        float spread = TornadoMath.max(max - at, at - min);
        return middle | up(spread) << 16;
    }

    /** The mean of channel {@code d} of a full page's keys. */
    static float mean(
            int geometry,
            int storage,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            int block,
            int head,
            int d) {
        int pageTokens = Geometry.pageTokens(geometry);
        float sum = 0f;
        for (int s = 0; s < pageTokens; s++) {
            sum += Page.key(geometry, storage, f, h, b, q, block, head, s, d);
        }
        return sum / pageTokens;
    }

    /** What an index has of that channel by its mean: this and the standard deviation. */
    static int moments(
            int geometry,
            int storage,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            int block,
            int head,
            int d,
            float mean) {
        int pageTokens = Geometry.pageTokens(geometry);
        float squares = 0f;
        for (int s = 0; s < pageTokens; s++) {
            float away = Page.key(geometry, storage, f, h, b, q, block, head, s, d) - mean;
            squares += away * away;
        }
        int middle = Half.encode(Half.clamp(mean)) & 0xFFFF;
        int spread = Half.encode(Half.clamp(TornadoMath.sqrt(squares / pageTokens))) & 0xFFFF;
        return middle | spread << 16;
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
        float[] query = context.allocateFloatLocalArray(Attention.QUERIES * Attention.MAX_HEAD_DIM);
        float[] sums = context.allocateFloatLocalArray(Attention.QUERIES * PAGES * LANES);
        float[] unit = context.allocateFloatLocalArray(64);
        float[] least = context.allocateFloatLocalArray(64);
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
        int lane = t % LANES;
        int p = first + t / LANES;
        int quads = first < full ? (group + Attention.QUERIES - 1) / Attention.QUERIES : 0;
        int last = full - 1;
        // pages that are not full are not scored; for them another is read
        int i0 = 0;
        int i1 = 0;
        int i2 = 0;
        int i3 = 0;
        if (quads > 0) {
            i0 = (tables.get(table + min(p, last)) * kvHeads + head) * headDim + lane;
            i1 = (tables.get(table + min(p + STRIDE, last)) * kvHeads + head) * headDim + lane;
            i2 = (tables.get(table + min(p + 2 * STRIDE, last)) * kvHeads + head) * headDim + lane;
            i3 = (tables.get(table + min(p + 3 * STRIDE, last)) * kvHeads + head) * headDim + lane;
        }
        // for each sign and exponent of a half what a unit of its mantissa is worth, and its least number
        if (t < 64) {
            float worth = Half.unit(t & 31);
            float sign = t > 31 ? -1f : 1f;
            unit[t] = sign * worth;
            least[t] = (t & 31) == 0 ? 0f : sign * 1024f * worth;
        }
        float best = LOWEST;
        for (int quad = 0; quad < quads; quad++) {
            int heads = min(Attention.QUERIES, group - quad * Attention.QUERIES);
            int firstHead = head * group + quad * Attention.QUERIES;
            for (int i = t; i < Attention.QUERIES * headDim; i += THREADS) {
                float v = 0f;
                if (i / headDim < heads) {
                    v = qkv.get((safeRow * units + firstHead) * headDim + i);
                }
                query[i] = v;
            }
            context.localBarrier();
            float a00 = 0f;
            float a01 = 0f;
            float a02 = 0f;
            float a03 = 0f;
            float a10 = 0f;
            float a11 = 0f;
            float a12 = 0f;
            float a13 = 0f;
            float a20 = 0f;
            float a21 = 0f;
            float a22 = 0f;
            float a23 = 0f;
            float a30 = 0f;
            float a31 = 0f;
            float a32 = 0f;
            float a33 = 0f;
            // what the next turn needs is under way meanwhile
            int n0 = index.get(i0);
            int n1 = index.get(i1);
            int n2 = index.get(i2);
            int n3 = index.get(i3);
            for (int d = 0; d < headDim; d += LANES) {
                int w0 = n0;
                int w1 = n1;
                int w2 = n2;
                int w3 = n3;
                int next = min(d + LANES, headDim - LANES);
                n0 = index.get(i0 + next);
                n1 = index.get(i1 + next);
                n2 = index.get(i2 + next);
                n3 = index.get(i3 + next);
                float q0 = query[lane + d];
                float q1 = query[headDim + lane + d];
                float q2 = query[2 * headDim + lane + d];
                float q3 = query[3 * headDim + lane + d];
                float b0 = TornadoMath.abs(q0);
                float b1 = TornadoMath.abs(q1);
                float b2 = TornadoMath.abs(q2);
                float b3 = TornadoMath.abs(q3);
                int x0 = (w0 >> 10) & 63;
                int y0 = (w0 >> 26) & 31;
                float m0 = (w0 & 1023) * unit[x0] + least[x0];
                float s0 = ((w0 >> 16) & 1023) * unit[y0] + least[y0];
                a00 += q0 * m0 + b0 * s0;
                a01 += q1 * m0 + b1 * s0;
                a02 += q2 * m0 + b2 * s0;
                a03 += q3 * m0 + b3 * s0;
                int x1 = (w1 >> 10) & 63;
                int y1 = (w1 >> 26) & 31;
                float m1 = (w1 & 1023) * unit[x1] + least[x1];
                float s1 = ((w1 >> 16) & 1023) * unit[y1] + least[y1];
                a10 += q0 * m1 + b0 * s1;
                a11 += q1 * m1 + b1 * s1;
                a12 += q2 * m1 + b2 * s1;
                a13 += q3 * m1 + b3 * s1;
                int x2 = (w2 >> 10) & 63;
                int y2 = (w2 >> 26) & 31;
                float m2 = (w2 & 1023) * unit[x2] + least[x2];
                float s2 = ((w2 >> 16) & 1023) * unit[y2] + least[y2];
                a20 += q0 * m2 + b0 * s2;
                a21 += q1 * m2 + b1 * s2;
                a22 += q2 * m2 + b2 * s2;
                a23 += q3 * m2 + b3 * s2;
                int x3 = (w3 >> 10) & 63;
                int y3 = (w3 >> 26) & 31;
                float m3 = (w3 & 1023) * unit[x3] + least[x3];
                float s3 = ((w3 >> 16) & 1023) * unit[y3] + least[y3];
                a30 += q0 * m3 + b0 * s3;
                a31 += q1 * m3 + b1 * s3;
                a32 += q2 * m3 + b2 * s3;
                a33 += q3 * m3 + b3 * s3;
            }
            sums[t] = a00;
            sums[4 * THREADS + t] = a01;
            sums[8 * THREADS + t] = a02;
            sums[12 * THREADS + t] = a03;
            sums[THREADS + t] = a10;
            sums[5 * THREADS + t] = a11;
            sums[9 * THREADS + t] = a12;
            sums[13 * THREADS + t] = a13;
            sums[2 * THREADS + t] = a20;
            sums[6 * THREADS + t] = a21;
            sums[10 * THREADS + t] = a22;
            sums[14 * THREADS + t] = a23;
            sums[3 * THREADS + t] = a30;
            sums[7 * THREADS + t] = a31;
            sums[11 * THREADS + t] = a32;
            sums[15 * THREADS + t] = a33;
            context.localBarrier();
            // a thread for a page and some of the queries adds what lanes have found
            for (int i = t; i < heads * PAGES; i += THREADS) {
                float sum = 0f;
                for (int j = 0; j < LANES; j++) {
                    sum += sums[i * LANES + j];
                }
                query[i] = sum * scale;
            }
            context.localBarrier();
            int mine = t < PAGES ? heads : 0;
            for (int g = 0; g < mine; g++) {
                float score = query[g * PAGES + t];
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
        float most = TornadoMath.min(x, Half.LARGEST);
        int bits = Half.encode(most) & 0xFFFF;
        int less = Half.decode(bits) < most ? 1 : 0;
        return bits + less;
    }

    private static int min(int a, int b) {
        return a < b ? a : b;
    }
}
