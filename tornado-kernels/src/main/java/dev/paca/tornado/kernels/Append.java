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
    /** Threads of a work-group: in heads of up to 128 channels each has a pair at most. */
    public static final int THREADS = 64;

    private Append() {}

    /**
     * Rotates the queries in place, and stores rotated keys, and values, in their pages, if they are not there: a work-group
     * for a head of a row. A page that comes full can get its index at once, where no other row of the step belongs to its
     * sequence; of others {@link Index#seal} computes it.
     *
     * @param tables page tables, one after the other
     * @param qkv for each row its queries, keys and values
     * @param bias what is added to a row before; one element where nothing is
     * @param angles for each position and pair of channels a cosine and a sine
     * @param index see {@link Index}
     * @param halves 1 where channel i pairs with i + headDim / 2, 0 where channels 2i and 2i + 1 pair
     * @param biased 1 where there is a bias
     * @param form of the index of a page that comes full, or 0 to compute none
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
            IntArray index,
            int storage,
            int geometry,
            int halves,
            int biased,
            int form) {
        float[] token = context.allocateFloatLocalArray(Attention.MAX_HEAD_DIM);
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int heads = kvHeads * Geometry.group(geometry);
        int units = heads + 2 * kvHeads;
        int t = context.localIdx;
        int unit = context.groupIdx % units;
        int row = context.groupIdx / units;
        // what a row says is read whether it is in use or not, so that nothing waits for that
        int used = row < Step.rows(step) ? 1 : 0;
        int turns = used * (unit < heads ? 1 : 0);
        int stores = used * (unit < heads ? 0 : 1) * (Step.judged(step) == 0 ? 1 : 0);
        int position = Step.position(step, row);
        int page = position / pageTokens;
        int slot = position - page * pageTokens;
        int block = tables.get(Step.table(step, row) + page);
        int key = unit < heads + kvHeads ? 1 : 0;
        int head = key == 1 ? max(0, unit - heads) : unit - heads - kvHeads;
        int base = Page.base(geometry, storage, block, head);
        // from one channel, or one quad of channels, to the next
        int next = key == 1 ? pageTokens : 1;
        int wide = headDim / Page.packed(storage);
        int to = key == 1 ? base + slot : base + Page.values(geometry, storage) + slot * wide;
        int in = unit * headDim;
        int at = context.groupIdx * headDim;
        for (int pair = t; pair < headDim / 2; pair += THREADS) {
            int left = halves == 1 ? pair : 2 * pair;
            int right = halves == 1 ? headDim / 2 + pair : 2 * pair + 1;
            float x = qkv.get(at + left);
            float y = qkv.get(at + right);
            if (biased == 1) {
                x += bias.get(in + left);
                y += bias.get(in + right);
            }
            if (key == 1) {
                int angle = Step.turn(step, row) * headDim + 2 * pair;
                float cos = angles.get(angle);
                float sin = angles.get(angle + 1);
                float before = x;
                x = before * cos - y * sin;
                y = before * sin + y * cos;
            }
            if (turns == 1) {
                qkv.set(at + left, x);
                qkv.set(at + right, y);
            }
            if (storage >= Page.FP8) {
                token[left] = x;
                token[right] = y;
            } else if (stores == 1) {
                Page.set(storage, f, h, b, to + left * next, x);
                Page.set(storage, f, h, b, to + right * next, y);
            }
        }
        if (storage >= Page.FP8) {
            context.localBarrier();
            float scale = 1f;
            if (storage == Page.INT8) {
                float size = 0f;
                for (int d = 0; d < headDim; d++) {
                    size = TornadoMath.max(size, TornadoMath.abs(token[d]));
                }
                scale = scale(size);
                if (t < stores) {
                    f.set(Page.scale(geometry, block, head) + (1 - key) * pageTokens + slot, scale);
                }
            }
            int quads = stores * (headDim / 4);
            for (int i = t; i < quads; i += THREADS) {
                float x0 = token[4 * i];
                float x1 = token[4 * i + 1];
                float x2 = token[4 * i + 2];
                float x3 = token[4 * i + 3];
                int w;
                if (storage == Page.FP8) {
                    w = Page.pack(x0, x1, x2, x3);
                } else {
                    w = code(x0 / scale) | code(x1 / scale) << 8 | code(x2 / scale) << 16 | code(x3 / scale) << 24;
                }
                q.set(to + i * next, w);
            }
        }
        if (form != 0) {
            // the key's other channels come from other threads
            context.globalBarrier();
            int fills = stores * key * (slot == pageTokens - 1 ? 1 : 0);
            for (int d = t; d < fills * headDim; d += THREADS) {
                int w;
                if (form == Index.MIN_MAX) {
                    w = Index.bounds(geometry, storage, f, h, b, q, block, head, d);
                } else {
                    float mean = Index.mean(geometry, storage, f, h, b, q, block, head, d);
                    w = Index.moments(geometry, storage, f, h, b, q, block, head, d, mean);
                }
                index.set((block * kvHeads + head) * headDim + d, w);
            }
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

    private static int max(int a, int b) {
        return a > b ? a : b;
    }
}
