package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * What a sequence's codes of keys are relative to, as {@link dev.paca.kv.page.Anchor} has it: for each KV head and channel a
 * centre, a scale, and where its code lies, made of the sequence's first {@link #TOKENS} keys. It is shared out over the
 * pages of these tokens, so it goes where they go; sequences that share them share it.
 */
public final class Anchor {
    /** Tokens that it is made of. */
    public static final int TOKENS = 256;
    /** Threads of a work-group. */
    public static final int THREADS = 128;

    /** The least scale: that of a channel whose keys are all alike. */
    static final float LEAST = 1.17549435E-38f;

    /** Numbers of a channel. */
    private static final int FIELDS = 3;

    /** Mean square error of codes with so many bits of a variable with deviation 1: {@link dev.paca.kv.page.Nibbles}. */
    private static final float ERROR1 = 0.3634f;

    private static final float ERROR2 = 0.1188f;
    private static final float ERROR3 = 0.03744f;
    private static final float ERROR4 = 0.01154f;
    private static final float WORST = 3e38f;

    private Anchor() {}

    /** Pages that hold a part of it. */
    public static int pages(int geometry) {
        return TOKENS / Geometry.pageTokens(geometry);
    }

    /** Floats of a page's part for a KV head. */
    public static int part(int geometry) {
        return (FIELDS * Geometry.headDim(geometry) + pages(geometry) - 1) / pages(geometry);
    }

    /** Nibbles of a key: 7 bytes for 16 channels, of which a half is left over in an odd row. */
    static int nibbles(int headDim) {
        return 7 * ((headDim + 15) / 16) / 2 * 2;
    }

    /** A number of a sequence's anchor: {@code field} 0 is the centre, 1 the scale, 2 the place. */
    static float get(IntArray tables, FloatArray anchors, int geometry, int table, int head, int field, int d) {
        int part = part(geometry);
        int i = field * Geometry.headDim(geometry) + d;
        int block = tables.get(table + i / part);
        return anchors.get((block * Geometry.kvHeads(geometry) + head) * part + i % part);
    }

    private static void set(
            IntArray tables, FloatArray anchors, int geometry, int table, int head, int field, int d, float value) {
        int part = part(geometry);
        int i = field * Geometry.headDim(geometry) + d;
        int block = tables.get(table + i / part);
        anchors.set((block * Geometry.kvHeads(geometry) + head) * part + i % part, value);
    }

    /** Bits of a channel's code. */
    static int bits(int place) {
        return place & 7;
    }

    /** Where it begins in its nibble. */
    static int shift(int place) {
        return (place >> 3) & 7;
    }

    /** Its nibble. */
    static int nibble(int place) {
        return place >> 6;
    }

    /**
     * Computes the anchors of sequences that have just come to {@link #TOKENS} tokens: a work-group for a KV head of a row.
     *
     * @param anchors parts, for each block and KV head
     */
    public static void settle(
            KernelContext context,
            IntArray step,
            IntArray tables,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            FloatArray anchors,
            int storage,
            int geometry) {
        float[] scale = context.allocateFloatLocalArray(Attention.MAX_HEAD_DIM);
        int[] order = context.allocateIntLocalArray(Attention.MAX_HEAD_DIM);
        float[] sums = context.allocateFloatLocalArray(Attention.MAX_HEAD_DIM + 1);
        float[] errors = context.allocateFloatLocalArray(THREADS);
        int[] mixes = context.allocateIntLocalArray(THREADS);
        int t = context.localIdx;
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int head = context.groupIdx % kvHeads;
        int row = context.groupIdx / kvHeads;
        int used = row < Step.rows(step) ? 1 : 0;
        int safeRow = used == 1 ? row : 0;
        int due = used * (Step.position(step, safeRow) == TOKENS - 1 ? 1 : 0);
        int table = Step.table(step, safeRow);
        int end = due * headDim;
        for (int d = t; d < end; d += THREADS) {
            float sum = 0f;
            float squares = 0f;
            for (int page = 0; page < TOKENS / pageTokens; page++) {
                int block = tables.get(table + page);
                // the first key is the sink's
                int first = page == 0 ? 1 : 0;
                float pageSum = 0f;
                for (int s = first; s < pageTokens; s++) {
                    pageSum += Page.key(geometry, storage, f, h, b, q, block, head, s, d);
                }
                float mean = pageSum / (pageTokens - first);
                float pageSquares = 0f;
                for (int s = first; s < pageTokens; s++) {
                    float away = Page.key(geometry, storage, f, h, b, q, block, head, s, d) - mean;
                    pageSquares += away * away;
                }
                sum += pageSum;
                squares += pageSquares;
            }
            float deviation = TornadoMath.max(LEAST, TornadoMath.sqrt(squares / (TOKENS - 1)));
            scale[d] = deviation;
            set(tables, anchors, geometry, table, head, 0, d, sum / (TOKENS - 1));
            set(tables, anchors, geometry, table, head, 1, d, deviation);
        }
        context.localBarrier();
        // channels by their scale, and what those before each have together
        for (int d = t; d < end; d += THREADS) {
            int before = 0;
            for (int e = 0; e < headDim; e++) {
                before += scale[e] > scale[d] ? 1 : 0;
                before += (scale[e] == scale[d] ? 1 : 0) * (e < d ? 1 : 0);
            }
            order[d] = before;
            sums[before + 1] = scale[d] * scale[d];
        }
        context.localBarrier();
        int adds = due * (t == 0 ? 1 : 0) * headDim;
        if (adds > 0) {
            float sum = 0f;
            sums[0] = 0f;
            for (int i = 1; i <= adds; i++) {
                sum += sums[i];
                sums[i] = sum;
            }
        }
        context.localBarrier();
        int count = smaller(nibbles(headDim), headDim);
        int leastFours = larger(0, 2 * count - headDim);
        int candidates = due * ((count - leastFours) / 2 + 1) * (count + 1);
        float best = WORST;
        int mix = 0;
        for (int i = t; i < candidates; i += THREADS) {
            int fours = leastFours + i / (count + 1) * 2;
            int threes = i % (count + 1);
            int ones = (headDim - 2 * count + fours) / 2;
            if (fours + ones + threes <= count) {
                int three = fours + threes;
                int one = headDim - threes - 4 * ones;
                float error = ERROR4 * sums[fours]
                        + ERROR3 * (sums[three] - sums[fours])
                        + ERROR2 * (sums[one] - sums[three])
                        + ERROR1 * (sums[headDim] - sums[one]);
                mix = error < best ? i : mix;
                best = TornadoMath.min(best, error);
            }
        }
        errors[t] = best;
        mixes[t] = mix;
        context.localBarrier();
        for (int i = 0; i < THREADS; i++) {
            // the first of several that are as good
            int better = errors[i] < best ? 1 : 0;
            int first = (errors[i] == best ? 1 : 0) * (mixes[i] < mix ? 1 : 0);
            mix = better + first > 0 ? mixes[i] : mix;
            best = TornadoMath.min(best, errors[i]);
        }
        int fours = leastFours + mix / (count + 1) * 2;
        int threes = mix % (count + 1);
        int ones = (headDim - 2 * count + fours) / 2;
        int twos = count - fours - threes - ones;
        for (int d = t; d < end; d += THREADS) {
            int i = order[d];
            int pair = i - fours - threes;
            int single = pair - 2 * twos;
            int quad = single - threes;
            int bits;
            int nibble;
            int shift = 0;
            if (pair < 0) {
                bits = i < fours ? 4 : 3;
                nibble = i;
            } else if (single < 0) {
                bits = 2;
                nibble = fours + threes + pair / 2;
                shift = pair % 2 * 2;
            } else {
                bits = 1;
                nibble = quad < 0 ? fours + single : count - ones + quad / 4;
                shift = quad < 0 ? 3 : quad % 4;
            }
            set(tables, anchors, geometry, table, head, 2, d, bits + 8 * shift + 64 * nibble);
        }
    }

    private static int smaller(int a, int b) {
        return a < b ? a : b;
    }

    private static int larger(int a, int b) {
        return a > b ? a : b;
    }
}
