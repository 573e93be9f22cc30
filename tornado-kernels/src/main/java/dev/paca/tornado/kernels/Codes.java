package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * A few bits of every key, as {@link dev.paca.kv.index.KeyCodes} defines them, byte for byte: what is kept beside a full page
 * to tell which of its keys a query may find; {@link CodeScores} are made of that.
 */
public final class Codes {
    /** The form of such an index. */
    public static final int FORM = 3;
    /** Threads of a work-group. */
    public static final int THREADS = 128;

    /** Tokens whose codes stand together, and ints of their row of 16 channels. */
    private static final int TOKENS = 16;

    private static final int ROW = 16;
    static final int MAX_NIBBLES = 112;
    /** Values of a middle, and of a nibble. */
    static final int VALUES = 16;

    private static final float FAR = 1000f;

    private Codes() {}

    /** Ints of a page's index for a KV head. */
    public static int ints(int geometry) {
        return ROW * rows(Geometry.headDim(geometry)) * ((Geometry.pageTokens(geometry) + TOKENS - 1) / TOKENS);
    }

    static int rows(int headDim) {
        return (headDim + 15) / 16;
    }

    /** What a code of 1 stands for, in deviations. */
    static float stride(int bits) {
        return bits > 2 ? (bits == 3 ? 1.2f * 0.586f : 1.2f * 0.3352f) : (bits == 2 ? 1.2f * 0.9957f : 1.2f * 1.596f);
    }

    /** The nearest whole number below, of what is not far. */
    static int floor(float x) {
        float near = TornadoMath.max(-FAR, TornadoMath.min(FAR, x));
        int k = (int) near;
        return near < k ? k - 1 : k;
    }

    /** The nearest whole number, of two as near the larger. */
    static int round(float x) {
        int k = (int) x;
        int low = x < k ? k - 1 : k;
        return x - low >= 0.5f ? low + 1 : low;
    }

    /**
     * Computes the indexes of pages that the step's rows have filled: a work-group for a KV head of a row. The row that
     * completes a sequence's anchor does so for all pages up to then.
     *
     * @param index for each block and KV head {@link #ints}
     */
    public static void seal(
            KernelContext context,
            IntArray step,
            IntArray tables,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            IntArray index,
            FloatArray anchors,
            int storage,
            int geometry) {
        float[] centre = context.allocateFloatLocalArray(Attention.MAX_HEAD_DIM);
        float[] scale = context.allocateFloatLocalArray(Attention.MAX_HEAD_DIM);
        int[] place = context.allocateIntLocalArray(Attention.MAX_HEAD_DIM);
        int[] channel = context.allocateIntLocalArray(4 * MAX_NIBBLES);
        float[] middle = context.allocateFloatLocalArray(2 * Attention.MAX_HEAD_DIM);
        int[] value = context.allocateIntLocalArray(2 * Attention.MAX_HEAD_DIM);
        int t = context.localIdx;
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int head = context.groupIdx % kvHeads;
        int row = context.groupIdx / kvHeads;
        int used = row < Step.rows(step) ? 1 : 0;
        int safeRow = used == 1 ? row : 0;
        int length = Step.position(step, safeRow) + 1;
        int filled = length % pageTokens == 0 ? 1 : 0;
        int due = used * filled * (length >= Anchor.TOKENS ? 1 : 0);
        int table = Step.table(step, safeRow);
        int newest = (length - 1) / pageTokens;
        int first = length == Anchor.TOKENS ? 0 : newest;
        int last = due == 1 ? newest : first - 1;
        int nibbles = Anchor.nibbles(headDim);
        int padded = rows(headDim) * 16;
        int blocks = (pageTokens + TOKENS - 1) / TOKENS;
        int count = pageTokens / blocks;
        int ints = ints(geometry);
        for (int i = t; i < 4 * MAX_NIBBLES; i += THREADS) {
            channel[i] = -1;
        }
        context.localBarrier();
        for (int d = t; d < due * headDim; d += THREADS) {
            centre[d] = Anchor.get(tables, anchors, geometry, table, head, 0, d);
            scale[d] = Anchor.get(tables, anchors, geometry, table, head, 1, d);
            int where = (int) Anchor.get(tables, anchors, geometry, table, head, 2, d);
            place[d] = where;
            channel[4 * Anchor.nibble(where) + Anchor.shift(where)] = d;
        }
        context.localBarrier();
        for (int page = first; page <= last; page++) {
            int block = tables.get(table + page);
            int to = (block * kvHeads + head) * ints;
            for (int i = t; i < blocks * headDim; i += THREADS) {
                int d = i % headDim;
                int from = i / headDim * TOKENS;
                float sum = 0f;
                for (int s = from; s < from + count; s++) {
                    sum += Page.key(geometry, storage, f, h, b, q, block, head, s, d);
                }
                float away = (sum / count - centre[d]) / scale[d];
                int code = clamp(round(TornadoMath.max(-FAR, TornadoMath.min(FAR, away)) + 7.5f), VALUES - 1);
                value[i] = code;
                middle[i] = centre[d] + (code - 7.5f) * scale[d];
            }
            context.localBarrier();
            // four bytes at a time: of codes a token each, two nibbles; of middles two channels each
            for (int i = t; i < blocks * 2 * nibbles; i += THREADS) {
                int k = i / (2 * nibbles);
                int pair = i % (2 * nibbles) / 4;
                int quad = i % 4;
                int w = 0;
                for (int j = 0; j < 4; j++) {
                    int slot = quad * 4 + j;
                    int byteBits = 0;
                    for (int c = 0; c < 8; c++) {
                        int d = channel[8 * pair + c];
                        if (d >= 0) {
                            if (slot < count) {
                                int bits = Anchor.bits(place[d]);
                                int levels = 1 << bits;
                                float key = Page.key(geometry, storage, f, h, b, q, block, head, k * TOKENS + slot, d);
                                float size = TornadoMath.max(stride(bits) * scale[d], Anchor.LEAST);
                                int code = floor((key - middle[k * headDim + d]) / size) + levels / 2;
                                byteBits = byteBits
                                        | clamp(code, levels - 1) << (Anchor.shift(place[d]) + (c > 3 ? 4 : 0));
                            }
                        }
                    }
                    w = w | byteBits << (8 * j);
                }
                index.set(to + k * ROW * rows(headDim) + 4 * pair + quad, w);
            }
            // the left-over half row of an odd number of rows stays empty
            for (int i = t; i < blocks * padded / 8; i += THREADS) {
                int k = i / (padded / 8);
                int at = i % (padded / 8) * 4;
                int w = 0;
                for (int j = 0; j < 4; j++) {
                    int low = at + j;
                    int high = low + padded / 2;
                    int a = low < headDim ? value[k * headDim + smaller(low, headDim - 1)] : 0;
                    int o = high < headDim ? value[k * headDim + smaller(high, headDim - 1)] : 0;
                    w = w | (a | o << 4) << (8 * j);
                }
                index.set(to + k * ROW * rows(headDim) + 2 * nibbles + i % (padded / 8), w);
            }
            context.localBarrier();
        }
    }

    private static int clamp(int x, int most) {
        return smaller(larger(x, 0), most);
    }

    static int smaller(int a, int b) {
        return a < b ? a : b;
    }

    static int larger(int a, int b) {
        return a > b ? a : b;
    }
}
