package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * Attention of few queries over pages, split along the context as in FlashDecoding (Dao and others 2023) with the running
 * softmax of Milakov and Gimelshein (2018). A work-group takes up to {@link #QUERIES} query heads of one KV head of one
 * row, and one split of the pages, a tile of tokens at a time: for the scores a thread has two tokens, for the sum of values
 * four channels of a quarter of the tokens, so that what it reads from local memory serves several products.
 * {@link Combine} puts the splits together. It is long because what is in registers has to be spelt out: an array of it
 * would lie in memory.
 */
public final class Attention {
    /** Query heads that share what a work-group reads. */
    public static final int QUERIES = 4;
    /** Widest head. */
    public static final int MAX_HEAD_DIM = 256;
    /** Everything is read. */
    public static final int ALL = 0;
    /** The ends of the context are read, as {@link Step#choose} says. */
    public static final int ENDS = -1;
    /** Splits at most. */
    public static final int MAX_SPLITS = 256;

    /** Pages that a split has at least, where there are as many. */
    static final int MIN_PAGES = 4;

    /** Tokens of a tile: two for each thread. */
    private static final int MAX_TILE = 512;

    /** Tokens of the shortest page. */
    static final int MIN_PAGE_TOKENS = 8;
    /** Parts of a tile whose values are summed apart. */
    private static final int PARTS = 4;
    /** Bytes that memory moves at a time. */
    static final int SECTOR = 32;
    /** Sectors that are near once they have been read: of them a multiprocessor's cache holds several splits'. */
    private static final int NEAR = 1024;
    /** Channels that a warp sums. */
    private static final int SPAN = 128;

    /** Stands for minus infinity, which backends may assume not to occur. */
    static final float NOTHING = -1e30f;

    private Attention() {}

    /** Threads of a work-group: half as many as a tile has tokens. */
    public static int threads(int headDim) {
        return headDim > 128 ? 256 : 128;
    }

    /** Work-groups for {@code rows} rows. */
    public static int groups(int kvHeads, int group, int splits, int rows) {
        return rows * kvHeads * ((group + QUERIES - 1) / QUERIES) * splits;
    }

    /** Floats of the splits' results for {@code rows} rows: for each its maximum, its sum, and its weighted values. */
    public static int partials(int heads, int headDim, int splits, int rows) {
        return rows * heads * splits * (headDim + 2);
    }

    /**
     * Attends each split. A row sees the tokens up to its own position.
     *
     * @param chosen for each row and KV head how many pages are read, then which, ascending; one element if all are
     * @param partials see {@link #partials}
     * @param choices ints of a row and KV head in {@code chosen}; {@link #ALL} to read all pages, {@link #ENDS} to read the
     *     first tokens and the last ones
     * @param shuffle 1 where the backend can shuffle within a warp
     * @param scale what scores are multiplied with
     */
    public static void attend(
            KernelContext context,
            IntArray step,
            IntArray tables,
            IntArray chosen,
            FloatArray qkv,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            FloatArray decoded,
            FloatArray partials,
            int storage,
            int geometry,
            int splits,
            int choices,
            int threads,
            int shuffle,
            float scale) {
        float[] query = context.allocateFloatLocalArray(QUERIES * MAX_HEAD_DIM);
        float[] weight = context.allocateFloatLocalArray(QUERIES * PARTS * MAX_HEAD_DIM);
        float[] best = context.allocateFloatLocalArray(QUERIES * Sum.WARP);
        float[] lut = context.allocateFloatLocalArray(256);
        int[] blocks = context.allocateIntLocalArray(MAX_TILE / MIN_PAGE_TOKENS);
        int[] counts = context.allocateIntLocalArray(MAX_TILE / MIN_PAGE_TOKENS);
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int group = Geometry.group(geometry);
        int quads = (group + QUERIES - 1) / QUERIES;
        int t = context.localIdx;
        int work = context.groupIdx;
        int split = work % splits;
        int quad = work / splits % quads;
        int head = work / (splits * quads) % kvHeads;
        int row = work / (splits * quads * kvHeads);
        int rows = Step.rows(step);
        int safeRow = row < rows ? row : 0;
        int length = Step.position(step, safeRow) + 1;
        int table = Step.table(step, safeRow);
        int list = (safeRow * kvHeads + head) * choices;
        int ends = choices == ENDS ? Step.head(step, safeRow) : 0;
        int tail = choices == ENDS ? Step.tail(step, safeRow) : 0;
        // of the ends' pages, those at the beginning, and how many are left out after them
        int begins = (ends + pageTokens - 1) / pageTokens;
        int gap = skipped(begins, tail, pageTokens);
        int pages = pages(step, chosen, safeRow, list, pageTokens, choices);
        int each = perSplit(pages, splits, tile(geometry, choices));
        int begin = split * each;
        int end = min(begin + each, pages);
        if (row >= rows) {
            end = begin;
        }
        int units = kvHeads * group + 2 * kvHeads;
        int firstHead = head * group + quad * QUERIES;
        int heads = min(QUERIES, group - quad * QUERIES);
        int wanted = begin < end ? QUERIES * headDim : 0;
        for (int i = t; i < wanted; i += threads) {
            int g = i / headDim;
            float v = 0f;
            if (g < heads) {
                v = qkv.get((safeRow * units + firstHead) * headDim + i) * scale;
            }
            query[i] = v;
        }
        if (storage >= Page.FP8) {
            for (int i = t; i < 256; i += threads) {
                lut[i] = decoded.get(i);
            }
        }
        int lane = t % Sum.WARP;
        int warp = t / Sum.WARP;
        // the sum of values: each warp a part of the pages, and of a wide head a block of channels
        int spans = threads / (PARTS * Sum.WARP);
        int part = warp / spans;
        int firstChannel = warp % spans * SPAN;
        int next = storage >= Page.FP8 ? 1 : Sum.WARP;
        int d0 = firstChannel + (storage >= Page.FP8 ? lane * 4 : lane);
        // threads beyond the last channel read it too, and drop what they gather
        int v0 = min(d0, headDim - (storage >= Page.FP8 ? 4 : 1));
        int v1 = min(d0 + next, headDim - 1);
        int v2 = min(d0 + 2 * next, headDim - 1);
        int v3 = min(d0 + 3 * next, headDim - 1);
        float m0 = NOTHING;
        float m1 = NOTHING;
        float m2 = NOTHING;
        float m3 = NOTHING;
        float l0 = 0f;
        float l1 = 0f;
        float l2 = 0f;
        float l3 = 0f;
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
        // of a narrow head the last channels of a thread do not exist: what is done for them the compiler leaves out
        int wide = storage >= Page.FP8 ? SPAN : headDim;
        int pitch = 2 * threads;
        // what memory moves at a time, in elements, and how many of that a page's keys and values of a head are
        int sector = SECTOR / Page.bytes(storage);
        int sectors = 2 * Page.values(geometry, storage) / sector;
        int tile = pitch / pageTokens;
        context.localBarrier();
        for (int x = begin; x < end; x += tile) {
            // a thread's two tokens, half a tile apart
            int slot = t % pageTokens;
            int near = x + t / pageTokens;
            int far = near + tile / 2;
            int nearIn = near < end ? 1 : 0;
            int farIn = far < end ? 1 : 0;
            int nearIndex = nearIn == 1 ? near : end - 1;
            int farIndex = farIn == 1 ? far : nearIndex;
            int nearPage =
                    choices > 0 ? chosen.get(list + 1 + nearIndex) : (nearIndex < begins ? nearIndex : nearIndex + gap);
            int farPage =
                    choices > 0 ? chosen.get(list + 1 + farIndex) : (farIndex < begins ? farIndex : farIndex + gap);
            int nearBlock = tables.get(table + nearPage);
            int farBlock = tables.get(table + farPage);
            int nearToken = nearPage * pageTokens + slot;
            int farToken = farPage * pageTokens + slot;
            int nearSeen = nearIn * (nearToken < length ? 1 : 0);
            int farSeen = farIn * (farToken < length ? 1 : 0);
            if (choices == ENDS) {
                nearSeen = nearSeen * max(nearToken < ends ? 1 : 0, nearToken >= tail ? 1 : 0);
                farSeen = farSeen * max(farToken < ends ? 1 : 0, farToken >= tail ? 1 : 0);
            }
            if (slot == 0) {
                blocks[t / pageTokens] = nearBlock;
                blocks[t / pageTokens + tile / 2] = farBlock;
                counts[t / pageTokens] = min(pageTokens, length - nearPage * pageTokens);
                counts[t / pageTokens + tile / 2] = min(pageTokens, length - farPage * pageTokens);
            }
            context.localBarrier();
            // what little a short split reads is asked for at once, so that its loops find it near and do not wait for
            // memory turn after turn; the sum is of no use, but keeps the loads
            int lines = end - begin <= min(tile, NEAR / sectors) ? (end - begin) * sectors : 0;
            for (int i = t; i < lines; i += 4 * threads) {
                int i1 = min(i + threads, lines - 1);
                int i2 = min(i + 2 * threads, lines - 1);
                int i3 = min(i + 3 * threads, lines - 1);
                int p0 = Page.base(geometry, storage, blocks[i / sectors], head) + i % sectors * sector;
                int p1 = Page.base(geometry, storage, blocks[i1 / sectors], head) + i1 % sectors * sector;
                int p2 = Page.base(geometry, storage, blocks[i2 / sectors], head) + i2 % sectors * sector;
                int p3 = Page.base(geometry, storage, blocks[i3 / sectors], head) + i3 % sectors * sector;
                float touched;
                if (storage >= Page.FP8) {
                    touched = q.get(p0) + q.get(p1) + q.get(p2) + q.get(p3);
                } else {
                    touched = Page.get(storage, f, h, b, p0)
                            + Page.get(storage, f, h, b, p1)
                            + Page.get(storage, f, h, b, p2)
                            + Page.get(storage, f, h, b, p3);
                }
                weight[t] = touched;
            }
            float s0 = 0f;
            float s1 = 0f;
            float s2 = 0f;
            float s3 = 0f;
            float u0 = 0f;
            float u1 = 0f;
            float u2 = 0f;
            float u3 = 0f;
            if (max(nearSeen, farSeen) == 1) {
                int key = Page.base(geometry, storage, nearBlock, head) + slot;
                int other = Page.base(geometry, storage, farBlock, head) + slot;
                // eight channels of both tokens at a time, their loads under way together
                for (int d = 0; d < headDim; d += 8) {
                    float k0;
                    float k1;
                    float k2;
                    float k3;
                    float k4;
                    float k5;
                    float k6;
                    float k7;
                    float o0;
                    float o1;
                    float o2;
                    float o3;
                    float o4;
                    float o5;
                    float o6;
                    float o7;
                    if (storage >= Page.FP8) {
                        int at = d / 4 * pageTokens;
                        int w0 = q.get(key + at);
                        int w1 = q.get(key + at + pageTokens);
                        int w2 = q.get(other + at);
                        int w3 = q.get(other + at + pageTokens);
                        k0 = lut[w0 & 255];
                        k1 = lut[(w0 >> 8) & 255];
                        k2 = lut[(w0 >> 16) & 255];
                        k3 = lut[(w0 >> 24) & 255];
                        k4 = lut[w1 & 255];
                        k5 = lut[(w1 >> 8) & 255];
                        k6 = lut[(w1 >> 16) & 255];
                        k7 = lut[(w1 >> 24) & 255];
                        o0 = lut[w2 & 255];
                        o1 = lut[(w2 >> 8) & 255];
                        o2 = lut[(w2 >> 16) & 255];
                        o3 = lut[(w2 >> 24) & 255];
                        o4 = lut[w3 & 255];
                        o5 = lut[(w3 >> 8) & 255];
                        o6 = lut[(w3 >> 16) & 255];
                        o7 = lut[(w3 >> 24) & 255];
                    } else {
                        int at = d * pageTokens;
                        k0 = Page.get(storage, f, h, b, key + at);
                        k1 = Page.get(storage, f, h, b, key + at + pageTokens);
                        k2 = Page.get(storage, f, h, b, key + at + 2 * pageTokens);
                        k3 = Page.get(storage, f, h, b, key + at + 3 * pageTokens);
                        k4 = Page.get(storage, f, h, b, key + at + 4 * pageTokens);
                        k5 = Page.get(storage, f, h, b, key + at + 5 * pageTokens);
                        k6 = Page.get(storage, f, h, b, key + at + 6 * pageTokens);
                        k7 = Page.get(storage, f, h, b, key + at + 7 * pageTokens);
                        o0 = Page.get(storage, f, h, b, other + at);
                        o1 = Page.get(storage, f, h, b, other + at + pageTokens);
                        o2 = Page.get(storage, f, h, b, other + at + 2 * pageTokens);
                        o3 = Page.get(storage, f, h, b, other + at + 3 * pageTokens);
                        o4 = Page.get(storage, f, h, b, other + at + 4 * pageTokens);
                        o5 = Page.get(storage, f, h, b, other + at + 5 * pageTokens);
                        o6 = Page.get(storage, f, h, b, other + at + 6 * pageTokens);
                        o7 = Page.get(storage, f, h, b, other + at + 7 * pageTokens);
                    }
                    int c0x = d;
                    float q00 = query[c0x];
                    float q01 = query[c0x + 1];
                    float q02 = query[c0x + 2];
                    float q03 = query[c0x + 3];
                    float q04 = query[c0x + 4];
                    float q05 = query[c0x + 5];
                    float q06 = query[c0x + 6];
                    float q07 = query[c0x + 7];
                    s0 += q00 * k0 + q01 * k1 + q02 * k2 + q03 * k3 + q04 * k4 + q05 * k5 + q06 * k6 + q07 * k7;
                    u0 += q00 * o0 + q01 * o1 + q02 * o2 + q03 * o3 + q04 * o4 + q05 * o5 + q06 * o6 + q07 * o7;
                    int c1x = headDim + d;
                    float q10 = query[c1x];
                    float q11 = query[c1x + 1];
                    float q12 = query[c1x + 2];
                    float q13 = query[c1x + 3];
                    float q14 = query[c1x + 4];
                    float q15 = query[c1x + 5];
                    float q16 = query[c1x + 6];
                    float q17 = query[c1x + 7];
                    s1 += q10 * k0 + q11 * k1 + q12 * k2 + q13 * k3 + q14 * k4 + q15 * k5 + q16 * k6 + q17 * k7;
                    u1 += q10 * o0 + q11 * o1 + q12 * o2 + q13 * o3 + q14 * o4 + q15 * o5 + q16 * o6 + q17 * o7;
                    int c2x = 2 * headDim + d;
                    float q20 = query[c2x];
                    float q21 = query[c2x + 1];
                    float q22 = query[c2x + 2];
                    float q23 = query[c2x + 3];
                    float q24 = query[c2x + 4];
                    float q25 = query[c2x + 5];
                    float q26 = query[c2x + 6];
                    float q27 = query[c2x + 7];
                    s2 += q20 * k0 + q21 * k1 + q22 * k2 + q23 * k3 + q24 * k4 + q25 * k5 + q26 * k6 + q27 * k7;
                    u2 += q20 * o0 + q21 * o1 + q22 * o2 + q23 * o3 + q24 * o4 + q25 * o5 + q26 * o6 + q27 * o7;
                    int c3x = 3 * headDim + d;
                    float q30 = query[c3x];
                    float q31 = query[c3x + 1];
                    float q32 = query[c3x + 2];
                    float q33 = query[c3x + 3];
                    float q34 = query[c3x + 4];
                    float q35 = query[c3x + 5];
                    float q36 = query[c3x + 6];
                    float q37 = query[c3x + 7];
                    s3 += q30 * k0 + q31 * k1 + q32 * k2 + q33 * k3 + q34 * k4 + q35 * k5 + q36 * k6 + q37 * k7;
                    u3 += q30 * o0 + q31 * o1 + q32 * o2 + q33 * o3 + q34 * o4 + q35 * o5 + q36 * o6 + q37 * o7;
                }
                if (storage == Page.INT8) {
                    float ks = f.get(Page.scale(geometry, nearBlock, head) + slot);
                    float os = f.get(Page.scale(geometry, farBlock, head) + slot);
                    s0 = s0 * ks;
                    s1 = s1 * ks;
                    s2 = s2 * ks;
                    s3 = s3 * ks;
                    u0 = u0 * os;
                    u1 = u1 * os;
                    u2 = u2 * os;
                    u3 = u3 * os;
                }
            }
            s0 = nearSeen == 1 ? s0 : NOTHING;
            s1 = nearSeen == 1 ? s1 : NOTHING;
            s2 = nearSeen == 1 ? s2 : NOTHING;
            s3 = nearSeen == 1 ? s3 : NOTHING;
            u0 = farSeen == 1 ? u0 : NOTHING;
            u1 = farSeen == 1 ? u1 : NOTHING;
            u2 = farSeen == 1 ? u2 : NOTHING;
            u3 = farSeen == 1 ? u3 : NOTHING;
            float n0 = TornadoMath.max(s0, u0);
            float n1 = TornadoMath.max(s1, u1);
            float n2 = TornadoMath.max(s2, u2);
            float n3 = TornadoMath.max(s3, u3);
            if (shuffle == 1) {
                n0 = Sum.largest(context, n0);
                n1 = Sum.largest(context, n1);
                n2 = Sum.largest(context, n2);
                n3 = Sum.largest(context, n3);
                if (lane == 0) {
                    best[warp] = n0;
                    best[Sum.WARP + warp] = n1;
                    best[2 * Sum.WARP + warp] = n2;
                    best[3 * Sum.WARP + warp] = n3;
                }
                context.localBarrier();
            } else {
                weight[t] = n0;
                weight[pitch + t] = n1;
                weight[2 * pitch + t] = n2;
                weight[3 * pitch + t] = n3;
                context.localBarrier();
                // a thread for what would be a warp's maximum
                int warps = threads / Sum.WARP;
                if (t < QUERIES * warps) {
                    int from = t / warps * pitch + t % warps * Sum.WARP;
                    float top = NOTHING;
                    for (int i = 0; i < Sum.WARP; i++) {
                        top = TornadoMath.max(top, weight[from + i]);
                    }
                    best[t / warps * Sum.WARP + t % warps] = top;
                }
                context.localBarrier();
            }
            n0 = m0;
            n1 = m1;
            n2 = m2;
            n3 = m3;
            for (int i = 0; i < threads / Sum.WARP; i++) {
                n0 = TornadoMath.max(n0, best[i]);
                n1 = TornadoMath.max(n1, best[Sum.WARP + i]);
                n2 = TornadoMath.max(n2, best[2 * Sum.WARP + i]);
                n3 = TornadoMath.max(n3, best[3 * Sum.WARP + i]);
            }
            float c0 = TornadoMath.exp(m0 - n0);
            float c1 = TornadoMath.exp(m1 - n1);
            float c2 = TornadoMath.exp(m2 - n2);
            float c3 = TornadoMath.exp(m3 - n3);
            m0 = n0;
            m1 = n1;
            m2 = n2;
            m3 = n3;
            s0 = nearSeen * TornadoMath.exp(s0 - n0);
            s1 = nearSeen * TornadoMath.exp(s1 - n1);
            s2 = nearSeen * TornadoMath.exp(s2 - n2);
            s3 = nearSeen * TornadoMath.exp(s3 - n3);
            u0 = farSeen * TornadoMath.exp(u0 - n0);
            u1 = farSeen * TornadoMath.exp(u1 - n1);
            u2 = farSeen * TornadoMath.exp(u2 - n2);
            u3 = farSeen * TornadoMath.exp(u3 - n3);
            l0 = l0 * c0 + s0 + u0;
            l1 = l1 * c1 + s1 + u1;
            l2 = l2 * c2 + s2 + u2;
            l3 = l3 * c3 + s3 + u3;
            weight[t] = s0;
            weight[threads + t] = u0;
            weight[pitch + t] = s1;
            weight[pitch + threads + t] = u1;
            weight[2 * pitch + t] = s2;
            weight[2 * pitch + threads + t] = u2;
            weight[3 * pitch + t] = s3;
            weight[3 * pitch + threads + t] = u3;
            context.localBarrier();
            a00 *= c0;
            a01 *= c0;
            a02 *= c0;
            a03 *= c0;
            a10 *= c1;
            a11 *= c1;
            a12 *= c1;
            a13 *= c1;
            a20 *= c2;
            a21 *= c2;
            a22 *= c2;
            a23 *= c2;
            a30 *= c3;
            a31 *= c3;
            a32 *= c3;
            a33 *= c3;
            // a part has every fourth page, or of few pages every fourth four tokens
            int run = lines > 0 ? 4 : pageTokens;
            int runs = min(tile, end - x) * pageTokens / run;
            for (int turn = part; turn < runs; turn += PARTS) {
                int p = turn * run / pageTokens;
                int block = blocks[p];
                int base = Page.base(geometry, storage, block, head) + Page.values(geometry, storage);
                int scales = Page.scale(geometry, block, head) + pageTokens;
                int last = counts[p] - 1;
                int j = turn * run % pageTokens;
                int after = j + run;
                for (; j < after; j += 4) {
                    // beyond a page's last token it is read again, and weighs nothing
                    int t0 = min(j, last);
                    int t1 = min(j + 1, last);
                    int t2 = min(j + 2, last);
                    int t3 = min(j + 3, last);
                    float x00;
                    float x01 = 0f;
                    float x02 = 0f;
                    float x03 = 0f;
                    float x10;
                    float x11 = 0f;
                    float x12 = 0f;
                    float x13 = 0f;
                    float x20;
                    float x21 = 0f;
                    float x22 = 0f;
                    float x23 = 0f;
                    float x30;
                    float x31 = 0f;
                    float x32 = 0f;
                    float x33 = 0f;
                    if (storage >= Page.FP8) {
                        int from = base + v0 / 4;
                        int w0 = q.get(from + t0 * (headDim / 4));
                        int w1 = q.get(from + t1 * (headDim / 4));
                        int w2 = q.get(from + t2 * (headDim / 4));
                        int w3 = q.get(from + t3 * (headDim / 4));
                        float e0 = 1f;
                        float e1 = 1f;
                        float e2 = 1f;
                        float e3 = 1f;
                        if (storage == Page.INT8) {
                            e0 = f.get(scales + t0);
                            e1 = f.get(scales + t1);
                            e2 = f.get(scales + t2);
                            e3 = f.get(scales + t3);
                        }
                        x00 = lut[w0 & 255] * e0;
                        x01 = lut[(w0 >> 8) & 255] * e0;
                        x02 = lut[(w0 >> 16) & 255] * e0;
                        x03 = lut[(w0 >> 24) & 255] * e0;
                        x10 = lut[w1 & 255] * e1;
                        x11 = lut[(w1 >> 8) & 255] * e1;
                        x12 = lut[(w1 >> 16) & 255] * e1;
                        x13 = lut[(w1 >> 24) & 255] * e1;
                        x20 = lut[w2 & 255] * e2;
                        x21 = lut[(w2 >> 8) & 255] * e2;
                        x22 = lut[(w2 >> 16) & 255] * e2;
                        x23 = lut[(w2 >> 24) & 255] * e2;
                        x30 = lut[w3 & 255] * e3;
                        x31 = lut[(w3 >> 8) & 255] * e3;
                        x32 = lut[(w3 >> 16) & 255] * e3;
                        x33 = lut[(w3 >> 24) & 255] * e3;
                    } else {
                        int y0 = base + t0 * headDim;
                        int y1 = base + t1 * headDim;
                        int y2 = base + t2 * headDim;
                        int y3 = base + t3 * headDim;
                        x00 = Page.get(storage, f, h, b, y0 + v0);
                        x10 = Page.get(storage, f, h, b, y1 + v0);
                        x20 = Page.get(storage, f, h, b, y2 + v0);
                        x30 = Page.get(storage, f, h, b, y3 + v0);
                        if (headDim > 32) {
                            x01 = Page.get(storage, f, h, b, y0 + v1);
                            x11 = Page.get(storage, f, h, b, y1 + v1);
                            x21 = Page.get(storage, f, h, b, y2 + v1);
                            x31 = Page.get(storage, f, h, b, y3 + v1);
                        }
                        if (headDim > 64) {
                            x02 = Page.get(storage, f, h, b, y0 + v2);
                            x12 = Page.get(storage, f, h, b, y1 + v2);
                            x22 = Page.get(storage, f, h, b, y2 + v2);
                            x32 = Page.get(storage, f, h, b, y3 + v2);
                        }
                        if (headDim > 96) {
                            x03 = Page.get(storage, f, h, b, y0 + v3);
                            x13 = Page.get(storage, f, h, b, y1 + v3);
                            x23 = Page.get(storage, f, h, b, y2 + v3);
                            x33 = Page.get(storage, f, h, b, y3 + v3);
                        }
                    }
                    int at = p * pageTokens + j;
                    int at0 = at;
                    float w00 = weight[at0];
                    float w01 = weight[at0 + 1];
                    float w02 = weight[at0 + 2];
                    float w03 = weight[at0 + 3];
                    int at1 = pitch + at;
                    float w10 = weight[at1];
                    float w11 = weight[at1 + 1];
                    float w12 = weight[at1 + 2];
                    float w13 = weight[at1 + 3];
                    int at2 = 2 * pitch + at;
                    float w20 = weight[at2];
                    float w21 = weight[at2 + 1];
                    float w22 = weight[at2 + 2];
                    float w23 = weight[at2 + 3];
                    int at3 = 3 * pitch + at;
                    float w30 = weight[at3];
                    float w31 = weight[at3 + 1];
                    float w32 = weight[at3 + 2];
                    float w33 = weight[at3 + 3];
                    a00 += w00 * x00 + w01 * x10 + w02 * x20 + w03 * x30;
                    a10 += w10 * x00 + w11 * x10 + w12 * x20 + w13 * x30;
                    a20 += w20 * x00 + w21 * x10 + w22 * x20 + w23 * x30;
                    a30 += w30 * x00 + w31 * x10 + w32 * x20 + w33 * x30;
                    if (wide > 32) {
                        a01 += w00 * x01 + w01 * x11 + w02 * x21 + w03 * x31;
                        a11 += w10 * x01 + w11 * x11 + w12 * x21 + w13 * x31;
                        a21 += w20 * x01 + w21 * x11 + w22 * x21 + w23 * x31;
                        a31 += w30 * x01 + w31 * x11 + w32 * x21 + w33 * x31;
                    }
                    if (wide > 64) {
                        a02 += w00 * x02 + w01 * x12 + w02 * x22 + w03 * x32;
                        a12 += w10 * x02 + w11 * x12 + w12 * x22 + w13 * x32;
                        a22 += w20 * x02 + w21 * x12 + w22 * x22 + w23 * x32;
                        a32 += w30 * x02 + w31 * x12 + w32 * x22 + w33 * x32;
                    }
                    if (wide > 96) {
                        a03 += w00 * x03 + w01 * x13 + w02 * x23 + w03 * x33;
                        a13 += w10 * x03 + w11 * x13 + w12 * x23 + w13 * x33;
                        a23 += w20 * x03 + w21 * x13 + w22 * x23 + w23 * x33;
                        a33 += w30 * x03 + w31 * x13 + w32 * x23 + w33 * x33;
                    }
                }
            }
            context.localBarrier();
        }
        // the parts' sums, through the memory of the weights; sums of weights through that of the queries
        int adds = threads;
        if (shuffle == 1) {
            l0 = Sum.warp(context, l0);
            l1 = Sum.warp(context, l1);
            l2 = Sum.warp(context, l2);
            l3 = Sum.warp(context, l3);
            adds = threads / Sum.WARP;
            if (lane == 0) {
                query[warp] = l0;
                query[adds + warp] = l1;
                query[2 * adds + warp] = l2;
                query[3 * adds + warp] = l3;
            }
        } else {
            query[t] = l0;
            query[threads + t] = l1;
            query[2 * threads + t] = l2;
            query[3 * threads + t] = l3;
        }
        if (t == 0) {
            best[0] = m0;
            best[1] = m1;
            best[2] = m2;
            best[3] = m3;
        }
        int room0 = part * headDim + d0;
        int room1 = room0 + PARTS * headDim;
        int room2 = room0 + 2 * PARTS * headDim;
        int room3 = room0 + 3 * PARTS * headDim;
        if (d0 < headDim) {
            weight[room0] = a00;
            weight[room1] = a10;
            weight[room2] = a20;
            weight[room3] = a30;
        }
        if (d0 + next < headDim) {
            weight[room0 + next] = a01;
            weight[room1 + next] = a11;
            weight[room2 + next] = a21;
            weight[room3 + next] = a31;
        }
        if (d0 + 2 * next < headDim) {
            weight[room0 + 2 * next] = a02;
            weight[room1 + 2 * next] = a12;
            weight[room2 + 2 * next] = a22;
            weight[room3 + 2 * next] = a32;
        }
        if (d0 + 3 * next < headDim) {
            weight[room0 + 3 * next] = a03;
            weight[room1 + 3 * next] = a13;
            weight[room2 + 3 * next] = a23;
            weight[room3 + 3 * next] = a33;
        }
        context.localBarrier();
        int used = begin < end ? heads : 0;
        for (int g = 0; g < used; g++) {
            int out = ((row * kvHeads * group + firstHead + g) * splits + split) * (headDim + 2);
            if (t < headDim) {
                int from = g * PARTS * headDim + t;
                partials.set(
                        out + 2 + t,
                        weight[from]
                                + weight[from + headDim]
                                + weight[from + 2 * headDim]
                                + weight[from + 3 * headDim]);
            }
            if (t == g) {
                float sum = 0f;
                for (int i = 0; i < adds; i++) {
                    sum += query[g * adds + i];
                }
                partials.set(out, best[g]);
                partials.set(out + 1, sum);
            }
        }
    }

    /** How many pages a row reads. */
    static int pages(IntArray step, IntArray chosen, int row, int list, int pageTokens, int choices) {
        int pages = (Step.position(step, row) + pageTokens) / pageTokens;
        if (choices > 0) {
            pages = chosen.get(list);
        } else if (choices == ENDS) {
            int begins = (Step.head(step, row) + pageTokens - 1) / pageTokens;
            pages = pages - skipped(begins, Step.tail(step, row), pageTokens);
        }
        return pages;
    }

    /**
     * How many splits have something of what a row reads.
     *
     * @param each pages of a split, or 0 where {@link #perSplit} says how many
     */
    static int used(
            IntArray step, IntArray chosen, int row, int list, int geometry, int splits, int choices, int each) {
        int pageTokens = Geometry.pageTokens(geometry);
        int pages = pages(step, chosen, row, list, pageTokens, choices);
        int per = each;
        if (each == 0) {
            per = perSplit(pages, splits, tile(geometry, choices));
        }
        return (pages + per - 1) / per;
    }

    /** Pages that splits have a multiple of, where they are not few. */
    private static int tile(int geometry, int choices) {
        return choices == ALL ? 2 * threads(Geometry.headDim(geometry)) / Geometry.pageTokens(geometry) : 1;
    }

    /** Pages between the ends. */
    static int skipped(int begins, int tail, int pageTokens) {
        int gap = tail / pageTokens - begins;
        return gap > 0 ? gap : 0;
    }

    /** Pages of a split: few, so that all have some, or else whole tiles of so many pages. */
    static int perSplit(int pages, int splits, int tile) {
        int each = (pages + splits - 1) / splits;
        int tiles = (each + tile - 1) / tile * tile;
        return each > MIN_PAGES ? tiles : MIN_PAGES;
    }

    private static int min(int a, int b) {
        return a < b ? a : b;
    }

    private static int max(int a, int b) {
        return a > b ? a : b;
    }
}
