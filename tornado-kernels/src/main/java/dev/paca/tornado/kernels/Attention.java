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
 * row, and one split of the pages, a tile of tokens at a time: for the scores a thread is a token, for the sum of values a
 * thread is a channel, so neither needs a sum over threads. {@link #combine} puts the splits together.
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
    /** Threads of a work-group that puts splits together. */
    public static final int COMBINE_THREADS = 128;

    /** Pages that a split has at least, where there are as many. */
    static final int MIN_PAGES = 4;

    /** Stands for minus infinity, which backends may assume not to occur. */
    private static final float NOTHING = -1e30f;

    private Attention() {}

    /** Threads of a work-group, and tokens of a tile. */
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
            float scale) {
        float[] query = context.allocateFloatLocalArray(QUERIES * MAX_HEAD_DIM);
        float[] weight = context.allocateFloatLocalArray(QUERIES * MAX_HEAD_DIM);
        float[] best = context.allocateFloatLocalArray(128);
        float[] lut = context.allocateFloatLocalArray(256);
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
        int each = perSplit(pages, splits);
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
        int parts = threads / headDim;
        int part = t / headDim;
        int channel = t - part * headDim;
        float m0 = NOTHING;
        float m1 = NOTHING;
        float m2 = NOTHING;
        float m3 = NOTHING;
        float l0 = 0f;
        float l1 = 0f;
        float l2 = 0f;
        float l3 = 0f;
        float a0 = 0f;
        float a1 = 0f;
        float a2 = 0f;
        float a3 = 0f;
        int tile = threads / pageTokens;
        context.localBarrier();
        for (int x = begin; x < end; x += tile) {
            int index = min(x + t / pageTokens, end - 1);
            int page = choices > 0 ? chosen.get(list + 1 + index) : (index < begins ? index : index + gap);
            int slot = t % pageTokens;
            int token = page * pageTokens + slot;
            int seen = (x + t / pageTokens < end ? 1 : 0) * (token < length ? 1 : 0);
            if (choices == ENDS) {
                seen = seen * max(token < ends ? 1 : 0, token >= tail ? 1 : 0);
            }
            float s0 = NOTHING;
            float s1 = NOTHING;
            float s2 = NOTHING;
            float s3 = NOTHING;
            if (seen == 1) {
                int key = Page.base(geometry, storage, tables.get(table + page), head) + slot;
                s0 = 0f;
                s1 = 0f;
                s2 = 0f;
                s3 = 0f;
                if (storage >= Page.FP8) {
                    for (int d = 0; d < headDim / 4; d++) {
                        int w = q.get(key + d * pageTokens);
                        float k0 = lut[w & 255];
                        float k1 = lut[(w >> 8) & 255];
                        float k2 = lut[(w >> 16) & 255];
                        float k3 = lut[(w >> 24) & 255];
                        int c = d * 4;
                        s0 += query[c] * k0 + query[c + 1] * k1 + query[c + 2] * k2 + query[c + 3] * k3;
                        c = c + headDim;
                        s1 += query[c] * k0 + query[c + 1] * k1 + query[c + 2] * k2 + query[c + 3] * k3;
                        c = c + headDim;
                        s2 += query[c] * k0 + query[c + 1] * k1 + query[c + 2] * k2 + query[c + 3] * k3;
                        c = c + headDim;
                        s3 += query[c] * k0 + query[c + 1] * k1 + query[c + 2] * k2 + query[c + 3] * k3;
                    }
                    if (storage == Page.INT8) {
                        float ks = f.get(Page.scale(geometry, tables.get(table + page), head) + slot);
                        s0 = s0 * ks;
                        s1 = s1 * ks;
                        s2 = s2 * ks;
                        s3 = s3 * ks;
                    }
                } else {
                    // eight channels at a time, their loads under way together
                    for (int d = 0; d < headDim; d += 8) {
                        float k0 = Page.get(storage, f, h, b, key + (d + 0) * pageTokens);
                        float k1 = Page.get(storage, f, h, b, key + (d + 1) * pageTokens);
                        float k2 = Page.get(storage, f, h, b, key + (d + 2) * pageTokens);
                        float k3 = Page.get(storage, f, h, b, key + (d + 3) * pageTokens);
                        float k4 = Page.get(storage, f, h, b, key + (d + 4) * pageTokens);
                        float k5 = Page.get(storage, f, h, b, key + (d + 5) * pageTokens);
                        float k6 = Page.get(storage, f, h, b, key + (d + 6) * pageTokens);
                        float k7 = Page.get(storage, f, h, b, key + (d + 7) * pageTokens);
                        int c0 = d;
                        int c1 = headDim + d;
                        int c2 = 2 * headDim + d;
                        int c3 = 3 * headDim + d;
                        s0 += query[c0] * k0
                                + query[c0 + 1] * k1
                                + query[c0 + 2] * k2
                                + query[c0 + 3] * k3
                                + query[c0 + 4] * k4
                                + query[c0 + 5] * k5
                                + query[c0 + 6] * k6
                                + query[c0 + 7] * k7;
                        s1 += query[c1] * k0
                                + query[c1 + 1] * k1
                                + query[c1 + 2] * k2
                                + query[c1 + 3] * k3
                                + query[c1 + 4] * k4
                                + query[c1 + 5] * k5
                                + query[c1 + 6] * k6
                                + query[c1 + 7] * k7;
                        s2 += query[c2] * k0
                                + query[c2 + 1] * k1
                                + query[c2 + 2] * k2
                                + query[c2 + 3] * k3
                                + query[c2 + 4] * k4
                                + query[c2 + 5] * k5
                                + query[c2 + 6] * k6
                                + query[c2 + 7] * k7;
                        s3 += query[c3] * k0
                                + query[c3 + 1] * k1
                                + query[c3 + 2] * k2
                                + query[c3 + 3] * k3
                                + query[c3 + 4] * k4
                                + query[c3 + 5] * k5
                                + query[c3 + 6] * k6
                                + query[c3 + 7] * k7;
                    }
                }
            }
            weight[t] = s0;
            weight[threads + t] = s1;
            weight[2 * threads + t] = s2;
            weight[3 * threads + t] = s3;
            context.localBarrier();
            // 32 threads for each query's maximum
            int mine = t / 32 * threads + t % 32;
            if (t < 128) {
                float top = weight[mine];
                for (int i = 32; i < threads; i += 32) {
                    top = TornadoMath.max(top, weight[mine + i]);
                }
                best[t] = top;
            }
            context.localBarrier();
            for (int half = 16; half > 0; half = half / 2) {
                int i = t % 32;
                int takes = (t < 128 ? 1 : 0) * (i < half ? 1 : 0);
                if (takes == 1) {
                    best[t] = TornadoMath.max(best[t], best[t + half]);
                }
                context.localBarrier();
            }
            float n0 = TornadoMath.max(m0, best[0]);
            float n1 = TornadoMath.max(m1, best[32]);
            float n2 = TornadoMath.max(m2, best[64]);
            float n3 = TornadoMath.max(m3, best[96]);
            float c0 = TornadoMath.exp(m0 - n0);
            float c1 = TornadoMath.exp(m1 - n1);
            float c2 = TornadoMath.exp(m2 - n2);
            float c3 = TornadoMath.exp(m3 - n3);
            m0 = n0;
            m1 = n1;
            m2 = n2;
            m3 = n3;
            weight[t] = seen * TornadoMath.exp(s0 - n0);
            weight[threads + t] = seen * TornadoMath.exp(s1 - n1);
            weight[2 * threads + t] = seen * TornadoMath.exp(s2 - n2);
            weight[3 * threads + t] = seen * TornadoMath.exp(s3 - n3);
            context.localBarrier();
            l0 *= c0;
            l1 *= c1;
            l2 *= c2;
            l3 *= c3;
            a0 *= c0;
            a1 *= c1;
            a2 *= c2;
            a3 *= c3;
            // threads beyond the last whole set of channels read no page
            int stop = part < parts ? min(tile, end - x) : 0;
            for (int p = part; p < stop; p += parts) {
                int which = choices > 0 ? chosen.get(list + 1 + x + p) : (x + p < begins ? x + p : x + p + gap);
                int block = tables.get(table + which);
                int base = Page.base(geometry, storage, block, head) + Page.values(geometry, storage);
                int scales = Page.scale(geometry, block, head) + pageTokens;
                int tokens = min(pageTokens, length - which * pageTokens);
                int j = 0;
                int bulk = tokens - 3;
                for (; j < bulk; j += 4) {
                    float v0;
                    float v1;
                    float v2;
                    float v3;
                    if (storage >= Page.FP8) {
                        v0 = lut[packed(q, headDim, base, j + 0, channel)];
                        v1 = lut[packed(q, headDim, base, j + 1, channel)];
                        v2 = lut[packed(q, headDim, base, j + 2, channel)];
                        v3 = lut[packed(q, headDim, base, j + 3, channel)];
                        if (storage == Page.INT8) {
                            v0 = v0 * f.get(scales + j + 0);
                            v1 = v1 * f.get(scales + j + 1);
                            v2 = v2 * f.get(scales + j + 2);
                            v3 = v3 * f.get(scales + j + 3);
                        }
                    } else {
                        v0 = Page.get(storage, f, h, b, base + (j + 0) * headDim + channel);
                        v1 = Page.get(storage, f, h, b, base + (j + 1) * headDim + channel);
                        v2 = Page.get(storage, f, h, b, base + (j + 2) * headDim + channel);
                        v3 = Page.get(storage, f, h, b, base + (j + 3) * headDim + channel);
                    }
                    int at = p * pageTokens + j;
                    int o0 = at;
                    int o1 = threads + at;
                    int o2 = 2 * threads + at;
                    int o3 = 3 * threads + at;
                    float w00 = weight[o0];
                    float w01 = weight[o0 + 1];
                    float w02 = weight[o0 + 2];
                    float w03 = weight[o0 + 3];
                    float w10 = weight[o1];
                    float w11 = weight[o1 + 1];
                    float w12 = weight[o1 + 2];
                    float w13 = weight[o1 + 3];
                    float w20 = weight[o2];
                    float w21 = weight[o2 + 1];
                    float w22 = weight[o2 + 2];
                    float w23 = weight[o2 + 3];
                    float w30 = weight[o3];
                    float w31 = weight[o3 + 1];
                    float w32 = weight[o3 + 2];
                    float w33 = weight[o3 + 3];
                    l0 += w00 + w01 + w02 + w03;
                    a0 += w00 * v0 + w01 * v1 + w02 * v2 + w03 * v3;
                    l1 += w10 + w11 + w12 + w13;
                    a1 += w10 * v0 + w11 * v1 + w12 * v2 + w13 * v3;
                    l2 += w20 + w21 + w22 + w23;
                    a2 += w20 * v0 + w21 * v1 + w22 * v2 + w23 * v3;
                    l3 += w30 + w31 + w32 + w33;
                    a3 += w30 * v0 + w31 * v1 + w32 * v2 + w33 * v3;
                }
                for (; j < tokens; j++) {
                    float v;
                    if (storage >= Page.FP8) {
                        v = lut[packed(q, headDim, base, j, channel)];
                        if (storage == Page.INT8) {
                            v = v * f.get(scales + j);
                        }
                    } else {
                        v = Page.get(storage, f, h, b, base + j * headDim + channel);
                    }
                    int at = p * pageTokens + j;
                    float w0 = weight[at];
                    float w1 = weight[threads + at];
                    float w2 = weight[2 * threads + at];
                    float w3 = weight[3 * threads + at];
                    l0 += w0;
                    a0 += w0 * v;
                    l1 += w1;
                    a1 += w1 * v;
                    l2 += w2;
                    a2 += w2 * v;
                    l3 += w3;
                    a3 += w3 * v;
                }
            }
            context.localBarrier();
        }
        // sum over the parts, through the memory of the queries (values) and of the scores (sums of weights)
        query[t] = a0;
        query[threads + t] = a1;
        query[2 * threads + t] = a2;
        query[3 * threads + t] = a3;
        weight[t] = l0;
        weight[threads + t] = l1;
        weight[2 * threads + t] = l2;
        weight[3 * threads + t] = l3;
        if (t == 0) {
            best[0] = m0;
            best[1] = m1;
            best[2] = m2;
            best[3] = m3;
        }
        context.localBarrier();
        int used = begin < end ? heads : 0;
        if (t < headDim) {
            for (int g = 0; g < used; g++) {
                float a = 0f;
                float l = 0f;
                for (int p = 0; p < parts; p++) {
                    a += query[g * threads + p * headDim + t];
                    l += weight[g * threads + p * headDim + t];
                }
                int out = ((row * kvHeads * group + firstHead + g) * splits + split) * (headDim + 2);
                partials.set(out + 2 + t, a);
                if (t == 0) {
                    partials.set(out, best[g]);
                    partials.set(out + 1, l);
                }
            }
        }
    }

    /** The byte of channel {@code d} of the value in slot {@code j}: an index into the decoded ones. */
    private static int packed(IntArray q, int headDim, int base, int j, int d) {
        return (q.get(base + j * (headDim / 4) + d / 4) >> (d % 4 * 8)) & 255;
    }

    /** Puts the splits together: a work-group of {@link #COMBINE_THREADS} for a query head of a row. */
    public static void combine(
            KernelContext context,
            IntArray step,
            IntArray chosen,
            FloatArray partials,
            FloatArray out,
            int geometry,
            int splits,
            int choices) {
        float[] weight = context.allocateFloatLocalArray(MAX_SPLITS);
        float[] best = context.allocateFloatLocalArray(COMBINE_THREADS);
        float[] sums = context.allocateFloatLocalArray(COMBINE_THREADS);
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int heads = kvHeads * Geometry.group(geometry);
        int t = context.localIdx;
        int head = context.groupIdx % heads;
        int row = context.groupIdx / heads;
        int rows = Step.rows(step);
        int safeRow = row < rows ? row : 0;
        int list = (safeRow * kvHeads + head / Geometry.group(geometry)) * choices;
        int pages = pages(step, chosen, safeRow, list, pageTokens, choices);
        int each = perSplit(pages, splits);
        int used = row < rows ? (pages + each - 1) / each : 0;
        int from = (safeRow * heads + head) * splits * (headDim + 2);
        float top = NOTHING;
        for (int s = t; s < used; s += COMBINE_THREADS) {
            top = TornadoMath.max(top, partials.get(from + s * (headDim + 2)));
        }
        best[t] = top;
        context.localBarrier();
        int busy = min(used, COMBINE_THREADS);
        float max = NOTHING;
        for (int i = 0; i < busy; i++) {
            max = TornadoMath.max(max, best[i]);
        }
        float part = 0f;
        for (int s = t; s < used; s += COMBINE_THREADS) {
            float w = TornadoMath.exp(partials.get(from + s * (headDim + 2)) - max);
            weight[s] = w;
            part += w * partials.get(from + s * (headDim + 2) + 1);
        }
        sums[t] = part;
        context.localBarrier();
        float sum = 0f;
        for (int i = 0; i < busy; i++) {
            sum += sums[i];
        }
        int end = used > 0 ? headDim : 0;
        for (int channel = t; channel < end; channel += COMBINE_THREADS) {
            int at = from + 2 + channel;
            int stride = headDim + 2;
            float value = 0f;
            int s = 0;
            for (; s < used - 3; s += 4) {
                float v0 = partials.get(at + (s + 0) * stride);
                float v1 = partials.get(at + (s + 1) * stride);
                float v2 = partials.get(at + (s + 2) * stride);
                float v3 = partials.get(at + (s + 3) * stride);
                value += weight[s] * v0 + weight[s + 1] * v1 + weight[s + 2] * v2 + weight[s + 3] * v3;
            }
            for (; s < used; s++) {
                value += weight[s] * partials.get(at + s * stride);
            }
            out.set((safeRow * heads + head) * headDim + channel, value / sum);
        }
    }

    /** How many pages a row reads. */
    private static int pages(IntArray step, IntArray chosen, int row, int list, int pageTokens, int choices) {
        int pages = (Step.position(step, row) + pageTokens) / pageTokens;
        if (choices > 0) {
            pages = chosen.get(list);
        } else if (choices == ENDS) {
            int begins = (Step.head(step, row) + pageTokens - 1) / pageTokens;
            pages = pages - skipped(begins, Step.tail(step, row), pageTokens);
        }
        return pages;
    }

    /** Pages between the ends. */
    private static int skipped(int begins, int tail, int pageTokens) {
        int gap = tail / pageTokens - begins;
        return gap > 0 ? gap : 0;
    }

    private static int perSplit(int pages, int splits) {
        int each = (pages + splits - 1) / splits;
        return each < MIN_PAGES ? MIN_PAGES : each;
    }

    private static int min(int a, int b) {
        return a < b ? a : b;
    }

    private static int max(int a, int b) {
        return a > b ? a : b;
    }
}
