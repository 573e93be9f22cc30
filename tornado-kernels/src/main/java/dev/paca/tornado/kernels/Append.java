package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * What comes between projecting queries, keys and values and reading the cache: biases, rotary position embedding (Su and
 * others 2021), and storing keys and values in their pages.
 */
public final class Append {
    /** Channels that a thread takes: half of them in one quad of neighbours, half in another. */
    public static final int CHANNELS = 8;

    private Append() {}

    /**
     * Rotates the queries in place, and stores rotated keys, and values, in their pages, if they are not there: a thread for
     * {@link #CHANNELS} channels of a head of a row.
     *
     * @param tables page tables, one after the other
     * @param qkv for each row its queries, keys and values
     * @param bias what is added to a row before; one element where nothing is
     * @param angles for each position and pair of channels a cosine and a sine
     * @param halves 1 where channel i pairs with i + headDim / 2, 0 where channels 2i and 2i + 1 pair
     * @param biased 1 where there is a bias
     */
    public static void append(
            KernelContext context,
            IntArray step,
            IntArray tables,
            FloatArray qkv,
            FloatArray bias,
            FloatArray angles,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            int storage,
            int geometry,
            int halves,
            int biased) {
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int heads = kvHeads * Geometry.group(geometry);
        int threads = headDim / CHANNELS;
        int units = heads + 2 * kvHeads;
        int i = context.globalIdx;
        int row = i / (units * threads);
        int unit = i / threads - row * units;
        int j = i % threads;
        if (row < Step.rows(step)) {
            int position = Step.position(step, row);
            int left = halves == 1 ? 4 * j : 8 * j;
            int right = halves == 1 ? headDim / 2 + 4 * j : 8 * j + 4;
            int in = unit * headDim;
            int at = row * units * headDim + in;
            float e0 = qkv.get(at + left);
            float e1 = qkv.get(at + left + 1);
            float e2 = qkv.get(at + left + 2);
            float e3 = qkv.get(at + left + 3);
            float e4 = qkv.get(at + right);
            float e5 = qkv.get(at + right + 1);
            float e6 = qkv.get(at + right + 2);
            float e7 = qkv.get(at + right + 3);
            if (biased == 1) {
                e0 += bias.get(in + left);
                e1 += bias.get(in + left + 1);
                e2 += bias.get(in + left + 2);
                e3 += bias.get(in + left + 3);
                e4 += bias.get(in + right);
                e5 += bias.get(in + right + 1);
                e6 += bias.get(in + right + 2);
                e7 += bias.get(in + right + 3);
            }
            if (unit < heads + kvHeads) {
                int a = Step.turn(step, row) * headDim + 8 * j;
                float c0 = angles.get(a);
                float s0 = angles.get(a + 1);
                float c1 = angles.get(a + 2);
                float s1 = angles.get(a + 3);
                float c2 = angles.get(a + 4);
                float s2 = angles.get(a + 5);
                float c3 = angles.get(a + 6);
                float s3 = angles.get(a + 7);
                float t0 = e0;
                float t1 = e1;
                float t2 = e2;
                float t3 = e3;
                float t4 = e4;
                float t5 = e5;
                float t6 = e6;
                float t7 = e7;
                if (halves == 1) {
                    e0 = t0 * c0 - t4 * s0;
                    e4 = t0 * s0 + t4 * c0;
                    e1 = t1 * c1 - t5 * s1;
                    e5 = t1 * s1 + t5 * c1;
                    e2 = t2 * c2 - t6 * s2;
                    e6 = t2 * s2 + t6 * c2;
                    e3 = t3 * c3 - t7 * s3;
                    e7 = t3 * s3 + t7 * c3;
                } else {
                    e0 = t0 * c0 - t1 * s0;
                    e1 = t0 * s0 + t1 * c0;
                    e2 = t2 * c1 - t3 * s1;
                    e3 = t2 * s1 + t3 * c1;
                    e4 = t4 * c2 - t5 * s2;
                    e5 = t4 * s2 + t5 * c2;
                    e6 = t6 * c3 - t7 * s3;
                    e7 = t6 * s3 + t7 * c3;
                }
            }
            // a token's scale needs all its channels: these are stored by the next kernel
            if (unit < heads || storage == Page.INT8) {
                qkv.set(at + left, e0);
                qkv.set(at + left + 1, e1);
                qkv.set(at + left + 2, e2);
                qkv.set(at + left + 3, e3);
                qkv.set(at + right, e4);
                qkv.set(at + right + 1, e5);
                qkv.set(at + right + 2, e6);
                qkv.set(at + right + 3, e7);
            }
            int stores = (Step.judged(step) == 0 ? 1 : 0) * (unit >= heads ? 1 : 0);
            if (stores == 1) {
                int page = position / pageTokens;
                int slot = position - page * pageTokens;
                int block = tables.get(Step.table(step, row) + page);
                int key = unit < heads + kvHeads ? 1 : 0;
                int head = key == 1 ? unit - heads : unit - heads - kvHeads;
                int base = Page.base(geometry, storage, block, head);
                // from one channel, or one quad of channels, to the next
                int next = key == 1 ? pageTokens : 1;
                int wide = headDim / Page.packed(storage);
                int from = key == 1 ? base + slot : base + Page.values(geometry, storage) + slot * wide;
                if (storage == Page.FP8) {
                    q.set(from + left / 4 * next, Page.pack(e0, e1, e2, e3));
                    q.set(from + right / 4 * next, Page.pack(e4, e5, e6, e7));
                } else if (storage != Page.INT8) {
                    Page.set(storage, f, h, b, from + left * next, e0);
                    Page.set(storage, f, h, b, from + (left + 1) * next, e1);
                    Page.set(storage, f, h, b, from + (left + 2) * next, e2);
                    Page.set(storage, f, h, b, from + (left + 3) * next, e3);
                    Page.set(storage, f, h, b, from + right * next, e4);
                    Page.set(storage, f, h, b, from + (right + 1) * next, e5);
                    Page.set(storage, f, h, b, from + (right + 2) * next, e6);
                    Page.set(storage, f, h, b, from + (right + 3) * next, e7);
                }
            }
        }
    }

    /**
     * Stores keys and values, rotated in place by {@link #append}, as integers with a scale for each token: a work-group of
     * {@link Sum#WARP} threads for a key or value head of a row.
     */
    public static void scaled(
            KernelContext context,
            IntArray step,
            IntArray tables,
            FloatArray qkv,
            FloatArray f,
            IntArray q,
            int geometry) {
        float[] largest = context.allocateFloatLocalArray(Sum.WARP);
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int heads = kvHeads * Geometry.group(geometry);
        int t = context.localIdx;
        int unit = context.groupIdx % (2 * kvHeads);
        int row = context.groupIdx / (2 * kvHeads);
        int end = (row < Step.rows(step) ? 1 : 0) * (Step.judged(step) == 0 ? 1 : 0) * headDim;
        int from = (row * (heads + 2 * kvHeads) + heads + unit) * headDim;
        float size = 0f;
        for (int d = t; d < end; d += Sum.WARP) {
            size = TornadoMath.max(size, TornadoMath.abs(qkv.get(from + d)));
        }
        largest[t] = size;
        context.localBarrier();
        for (int i = 0; i < Sum.WARP; i++) {
            size = TornadoMath.max(size, largest[i]);
        }
        float scale = scale(size);
        int safeRow = end > 0 ? row : 0;
        int position = Step.position(step, safeRow);
        int page = position / pageTokens;
        int slot = position - page * pageTokens;
        int block = tables.get(Step.table(step, safeRow) + page);
        int key = unit < kvHeads ? 1 : 0;
        int head = key == 1 ? unit : unit - kvHeads;
        int base = Page.base(geometry, Page.INT8, block, head);
        int next = key == 1 ? pageTokens : 1;
        int to = key == 1 ? base + slot : base + Page.values(geometry, Page.INT8) + slot * (headDim / 4);
        int quads = end / 4;
        for (int i = t; i < quads; i += Sum.WARP) {
            int at = from + i * 4;
            int w = code(qkv.get(at) / scale)
                    | code(qkv.get(at + 1) / scale) << 8
                    | code(qkv.get(at + 2) / scale) << 16
                    | code(qkv.get(at + 3) / scale) << 24;
            q.set(to + i * next, w);
        }
        int last = end > 0 ? 1 : 0;
        for (int i = t; i < last; i += Sum.WARP) {
            f.set(Page.scale(geometry, block, head) + (1 - key) * pageTokens + slot, scale);
        }
    }

    /** What a token's numbers are divided by, the largest of which is {@code size}: not so small that it overflows. */
    static float scale(float size) {
        return size < 1e-33f ? 1f : size / 127f;
    }

    /** The nearest whole number, ties to even, plus 128. */
    static int code(float x) {
        int k = Half.nearestEven(TornadoMath.abs(x));
        int size = k > 127 ? 127 : k;
        return x < 0f ? 128 - size : 128 + size;
    }
}
