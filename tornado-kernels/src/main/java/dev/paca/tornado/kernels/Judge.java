package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * How much attention the last tokens of a prompt give to each slot of their sequence, by which SnapKV (Li and others 2024)
 * and its relatives choose what is kept. Softmax over a whole row in three kernels: {@link #sums} has maxima and sums of
 * splits of the slots, {@link #totals} puts them together, {@link #masses} adds the weights of all rows up, in whole numbers
 * as the CPU does. A query row is a query head of a token; a tile of {@link #ROWS} of them meets {@link #SLOTS} slots, and a
 * thread has four of each, so that what it reads from local memory serves several products.
 */
public final class Judge {
    /** Threads of a work-group. */
    public static final int THREADS = 128;
    /** Query rows of a tile. */
    public static final int ROWS = 32;
    /** Slots of a tile. */
    public static final int SLOTS = 64;
    /** Slots of a split. */
    public static final int SPLIT = 4 * SLOTS;
    /** Tokens that can be judged by at once: their weights are summed in an int. */
    public static final int MAX_TOKENS = 128;

    /** What a weight of 1 is in whole numbers. */
    private static final int UNIT = 1 << 23;

    /** Threads that share out the slots of a tile, and those that share out its rows. */
    private static final int ACROSS = 16;

    private static final int DOWN = THREADS / ACROSS;
    /** Channels of a tile that lie in local memory at a time. */
    private static final int DEPTH = 8;

    /** Stands for minus infinity, which backends may assume not to occur. */
    private static final float NOTHING = -1e30f;

    private Judge() {}

    /**
     * The maximum and the sum of each query row over a split of the slots that it sees: a work-group for a tile of rows, a
     * split and a KV head.
     *
     * @param sums for each KV head and split, of each query row: maximum, and sum relative to it
     * @param splits splits of a sequence at most
     * @param rows query rows of a KV head at most, a multiple of {@link #ROWS}
     * @param scale what a product of query and key is multiplied with
     */
    public static void sums(
            KernelContext context,
            IntArray step,
            IntArray tables,
            FloatArray qkv,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            FloatArray sums,
            int storage,
            int geometry,
            int splits,
            int rows,
            float scale) {
        float[] query = context.allocateFloatLocalArray(DEPTH * ROWS);
        float[] keys = context.allocateFloatLocalArray(DEPTH * SLOTS);
        float[] tops = context.allocateFloatLocalArray(ROWS * ACROSS);
        float[] parts = context.allocateFloatLocalArray(ROWS * ACROSS);
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int group = Geometry.group(geometry);
        int units = kvHeads * group + 2 * kvHeads;
        int t = context.localIdx;
        int tiles = rows / ROWS;
        int tile = context.groupIdx % tiles;
        int split = context.groupIdx / tiles % splits;
        int head = context.groupIdx / (tiles * splits);
        int tokens = Step.judged(step);
        int last = tokens > 0 ? tokens - 1 : 0;
        int seen = tokens > 0 ? Step.position(step, last) + 1 : 0;
        int table = Step.table(step, 0);
        int first = split * SPLIT;
        int row = tile * ROWS;
        int used = (first < seen ? 1 : 0) * (row < tokens * group ? 1 : 0);
        int end = used * min(first + SPLIT, seen);
        int x = t % ACROSS;
        int y = t / ACROSS;
        // rows beyond the last are computed as the last one is, and not written
        int r0 = min(row + y, tokens * group - 1);
        int r1 = min(row + y + DOWN, tokens * group - 1);
        int r2 = min(row + y + 2 * DOWN, tokens * group - 1);
        int r3 = min(row + y + 3 * DOWN, tokens * group - 1);
        int p0 = Step.position(step, used * r0 / group);
        int p1 = Step.position(step, used * r1 / group);
        int p2 = Step.position(step, used * r2 / group);
        int p3 = Step.position(step, used * r3 / group);
        float m0 = NOTHING;
        float m1 = NOTHING;
        float m2 = NOTHING;
        float m3 = NOTHING;
        float l0 = 0f;
        float l1 = 0f;
        float l2 = 0f;
        float l3 = 0f;
        for (int from = first; from < end; from += SLOTS) {
            float s00 = 0f;
            float s01 = 0f;
            float s02 = 0f;
            float s03 = 0f;
            float s10 = 0f;
            float s11 = 0f;
            float s12 = 0f;
            float s13 = 0f;
            float s20 = 0f;
            float s21 = 0f;
            float s22 = 0f;
            float s23 = 0f;
            float s30 = 0f;
            float s31 = 0f;
            float s32 = 0f;
            float s33 = 0f;
            for (int d = 0; d < headDim; d += DEPTH) {
                for (int i = t; i < DEPTH * ROWS; i += THREADS) {
                    int r = min(row + i % ROWS, tokens * group - 1);
                    int at = (r / group * units + head * group + r % group) * headDim;
                    query[i] = qkv.get(at + d + i / ROWS);
                }
                for (int i = t; i < DEPTH * SLOTS; i += THREADS) {
                    int slot = min(from + i % SLOTS, seen - 1);
                    int block = tables.get(table + slot / pageTokens);
                    keys[i] = Page.key(geometry, storage, f, h, b, q, block, head, slot % pageTokens, d + i / SLOTS);
                }
                context.localBarrier();
                for (int c = 0; c < DEPTH; c++) {
                    float q0 = query[c * ROWS + y];
                    float q1 = query[c * ROWS + y + DOWN];
                    float q2 = query[c * ROWS + y + 2 * DOWN];
                    float q3 = query[c * ROWS + y + 3 * DOWN];
                    float k0 = keys[c * SLOTS + x];
                    float k1 = keys[c * SLOTS + x + ACROSS];
                    float k2 = keys[c * SLOTS + x + 2 * ACROSS];
                    float k3 = keys[c * SLOTS + x + 3 * ACROSS];
                    s00 += q0 * k0;
                    s01 += q0 * k1;
                    s02 += q0 * k2;
                    s03 += q0 * k3;
                    s10 += q1 * k0;
                    s11 += q1 * k1;
                    s12 += q1 * k2;
                    s13 += q1 * k3;
                    s20 += q2 * k0;
                    s21 += q2 * k1;
                    s22 += q2 * k2;
                    s23 += q2 * k3;
                    s30 += q3 * k0;
                    s31 += q3 * k1;
                    s32 += q3 * k2;
                    s33 += q3 * k3;
                }
                context.localBarrier();
            }
            int c0 = from + x;
            int c1 = c0 + ACROSS;
            int c2 = c1 + ACROSS;
            int c3 = c2 + ACROSS;
            float n0 = top(m0, s00, s01, s02, s03, scale, p0, c0, c1, c2, c3);
            float n1 = top(m1, s10, s11, s12, s13, scale, p1, c0, c1, c2, c3);
            float n2 = top(m2, s20, s21, s22, s23, scale, p2, c0, c1, c2, c3);
            float n3 = top(m3, s30, s31, s32, s33, scale, p3, c0, c1, c2, c3);
            l0 = l0 * TornadoMath.exp(m0 - n0) + mass(n0, s00, s01, s02, s03, scale, p0, c0, c1, c2, c3);
            l1 = l1 * TornadoMath.exp(m1 - n1) + mass(n1, s10, s11, s12, s13, scale, p1, c0, c1, c2, c3);
            l2 = l2 * TornadoMath.exp(m2 - n2) + mass(n2, s20, s21, s22, s23, scale, p2, c0, c1, c2, c3);
            l3 = l3 * TornadoMath.exp(m3 - n3) + mass(n3, s30, s31, s32, s33, scale, p3, c0, c1, c2, c3);
            m0 = n0;
            m1 = n1;
            m2 = n2;
            m3 = n3;
        }
        tops[y * ACROSS + x] = m0;
        tops[(y + DOWN) * ACROSS + x] = m1;
        tops[(y + 2 * DOWN) * ACROSS + x] = m2;
        tops[(y + 3 * DOWN) * ACROSS + x] = m3;
        parts[y * ACROSS + x] = l0;
        parts[(y + DOWN) * ACROSS + x] = l1;
        parts[(y + 2 * DOWN) * ACROSS + x] = l2;
        parts[(y + 3 * DOWN) * ACROSS + x] = l3;
        context.localBarrier();
        int writes = used * (t < ROWS ? 1 : 0) * (row + t < tokens * group ? 1 : 0);
        if (writes == 1) {
            float top = NOTHING;
            for (int i = 0; i < ACROSS; i++) {
                top = TornadoMath.max(top, tops[t * ACROSS + i]);
            }
            float sum = 0f;
            for (int i = 0; i < ACROSS; i++) {
                sum += parts[t * ACROSS + i] * TornadoMath.exp(tops[t * ACROSS + i] - top);
            }
            int to = ((head * splits + split) * rows + row + t) * 2;
            sums.set(to, top);
            sums.set(to + 1, sum);
        }
    }

    /**
     * Puts the splits together: a work-group for a query row of a KV head.
     *
     * @param totals for each KV head and query row: its maximum, and what a weight relative to that is multiplied with
     */
    public static void totals(
            KernelContext context,
            IntArray step,
            FloatArray sums,
            FloatArray totals,
            int geometry,
            int splits,
            int rows) {
        float[] tops = context.allocateFloatLocalArray(THREADS);
        float[] parts = context.allocateFloatLocalArray(THREADS);
        int group = Geometry.group(geometry);
        int t = context.localIdx;
        int row = context.groupIdx % rows;
        int head = context.groupIdx / rows;
        int tokens = Step.judged(step);
        int used = row < tokens * group ? 1 : 0;
        int last = tokens > 0 ? tokens - 1 : 0;
        int seen = Step.position(step, last) + 1;
        int filled = used * ((seen + SPLIT - 1) / SPLIT);
        int from = (head * splits * rows + row) * 2;
        float top = NOTHING;
        for (int i = t; i < filled; i += THREADS) {
            top = TornadoMath.max(top, sums.get(from + i * rows * 2));
        }
        tops[t] = top;
        context.localBarrier();
        top = NOTHING;
        for (int i = 0; i < THREADS; i++) {
            top = TornadoMath.max(top, tops[i]);
        }
        float sum = 0f;
        for (int i = t; i < filled; i += THREADS) {
            sum += sums.get(from + i * rows * 2 + 1) * TornadoMath.exp(sums.get(from + i * rows * 2) - top);
        }
        parts[t] = sum;
        context.localBarrier();
        int writes = used * (t == 0 ? 1 : 0);
        if (writes == 1) {
            sum = 0f;
            for (int i = 0; i < THREADS; i++) {
                sum += parts[i];
            }
            totals.set((head * rows + row) * 2, top);
            totals.set((head * rows + row) * 2 + 1, UNIT / (sum * group));
        }
    }

    /**
     * The weights of all rows, summed for each slot: a work-group for {@link #SLOTS} slots of a KV head.
     *
     * @param masses for each layer and KV head, of each slot: the sum over the tokens of the mean over the query heads, of
     *     which each weight is rounded down to a whole number of units
     * @param capacity slots of a KV head in {@code masses}, a multiple of {@link #SLOTS}
     * @param layer which layer of {@code masses}
     */
    public static void masses(
            KernelContext context,
            IntArray step,
            IntArray tables,
            FloatArray qkv,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            FloatArray totals,
            IntArray masses,
            int storage,
            int geometry,
            int capacity,
            int rows,
            int layer,
            float scale) {
        float[] query = context.allocateFloatLocalArray(DEPTH * ROWS);
        float[] keys = context.allocateFloatLocalArray(DEPTH * SLOTS);
        int[] parts = context.allocateIntLocalArray(DOWN * SLOTS);
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int group = Geometry.group(geometry);
        int units = kvHeads * group + 2 * kvHeads;
        int t = context.localIdx;
        int tiles = capacity / SLOTS;
        int from = context.groupIdx % tiles * SLOTS;
        int head = context.groupIdx / tiles;
        int tokens = Step.judged(step);
        int last = tokens > 0 ? tokens - 1 : 0;
        int seen = tokens > 0 ? Step.position(step, last) + 1 : 0;
        int table = Step.table(step, 0);
        int end = from < seen ? tokens * group : 0;
        int x = t % ACROSS;
        int y = t / ACROSS;
        int c0 = from + x;
        int c1 = c0 + ACROSS;
        int c2 = c1 + ACROSS;
        int c3 = c2 + ACROSS;
        int w0 = 0;
        int w1 = 0;
        int w2 = 0;
        int w3 = 0;
        for (int row = 0; row < end; row += ROWS) {
            float s00 = 0f;
            float s01 = 0f;
            float s02 = 0f;
            float s03 = 0f;
            float s10 = 0f;
            float s11 = 0f;
            float s12 = 0f;
            float s13 = 0f;
            float s20 = 0f;
            float s21 = 0f;
            float s22 = 0f;
            float s23 = 0f;
            float s30 = 0f;
            float s31 = 0f;
            float s32 = 0f;
            float s33 = 0f;
            for (int d = 0; d < headDim; d += DEPTH) {
                for (int i = t; i < DEPTH * ROWS; i += THREADS) {
                    int r = min(row + i % ROWS, end - 1);
                    int at = (r / group * units + head * group + r % group) * headDim;
                    query[i] = qkv.get(at + d + i / ROWS);
                }
                for (int i = t; i < DEPTH * SLOTS; i += THREADS) {
                    int slot = min(from + i % SLOTS, seen - 1);
                    int block = tables.get(table + slot / pageTokens);
                    keys[i] = Page.key(geometry, storage, f, h, b, q, block, head, slot % pageTokens, d + i / SLOTS);
                }
                context.localBarrier();
                for (int c = 0; c < DEPTH; c++) {
                    float q0 = query[c * ROWS + y];
                    float q1 = query[c * ROWS + y + DOWN];
                    float q2 = query[c * ROWS + y + 2 * DOWN];
                    float q3 = query[c * ROWS + y + 3 * DOWN];
                    float k0 = keys[c * SLOTS + x];
                    float k1 = keys[c * SLOTS + x + ACROSS];
                    float k2 = keys[c * SLOTS + x + 2 * ACROSS];
                    float k3 = keys[c * SLOTS + x + 3 * ACROSS];
                    s00 += q0 * k0;
                    s01 += q0 * k1;
                    s02 += q0 * k2;
                    s03 += q0 * k3;
                    s10 += q1 * k0;
                    s11 += q1 * k1;
                    s12 += q1 * k2;
                    s13 += q1 * k3;
                    s20 += q2 * k0;
                    s21 += q2 * k1;
                    s22 += q2 * k2;
                    s23 += q2 * k3;
                    s30 += q3 * k0;
                    s31 += q3 * k1;
                    s32 += q3 * k2;
                    s33 += q3 * k3;
                }
                context.localBarrier();
            }
            // rows beyond the last weigh nothing: they see no slot
            int r0 = row + y;
            int r1 = r0 + DOWN;
            int r2 = r1 + DOWN;
            int r3 = r2 + DOWN;
            int i0 = min(r0, end - 1);
            int i1 = min(r1, end - 1);
            int i2 = min(r2, end - 1);
            int i3 = min(r3, end - 1);
            int p0 = r0 < end ? Step.position(step, i0 / group) : -1;
            int p1 = r1 < end ? Step.position(step, i1 / group) : -1;
            int p2 = r2 < end ? Step.position(step, i2 / group) : -1;
            int p3 = r3 < end ? Step.position(step, i3 / group) : -1;
            int at = head * rows * 2;
            float m0 = totals.get(at + i0 * 2);
            float m1 = totals.get(at + i1 * 2);
            float m2 = totals.get(at + i2 * 2);
            float m3 = totals.get(at + i3 * 2);
            float u0 = totals.get(at + i0 * 2 + 1);
            float u1 = totals.get(at + i1 * 2 + 1);
            float u2 = totals.get(at + i2 * 2 + 1);
            float u3 = totals.get(at + i3 * 2 + 1);
            w0 += whole(s00, scale, m0, u0, c0, p0)
                    + whole(s10, scale, m1, u1, c0, p1)
                    + whole(s20, scale, m2, u2, c0, p2)
                    + whole(s30, scale, m3, u3, c0, p3);
            w1 += whole(s01, scale, m0, u0, c1, p0)
                    + whole(s11, scale, m1, u1, c1, p1)
                    + whole(s21, scale, m2, u2, c1, p2)
                    + whole(s31, scale, m3, u3, c1, p3);
            w2 += whole(s02, scale, m0, u0, c2, p0)
                    + whole(s12, scale, m1, u1, c2, p1)
                    + whole(s22, scale, m2, u2, c2, p2)
                    + whole(s32, scale, m3, u3, c2, p3);
            w3 += whole(s03, scale, m0, u0, c3, p0)
                    + whole(s13, scale, m1, u1, c3, p1)
                    + whole(s23, scale, m2, u2, c3, p2)
                    + whole(s33, scale, m3, u3, c3, p3);
        }
        parts[y * SLOTS + x] = w0;
        parts[y * SLOTS + x + ACROSS] = w1;
        parts[y * SLOTS + x + 2 * ACROSS] = w2;
        parts[y * SLOTS + x + 3 * ACROSS] = w3;
        context.localBarrier();
        int writes = (t < SLOTS ? 1 : 0) * (from + t < seen ? 1 : 0);
        if (writes == 1) {
            int sum = 0;
            for (int i = 0; i < DOWN; i++) {
                sum += parts[i * SLOTS + t];
            }
            masses.set((layer * Geometry.kvHeads(geometry) + head) * capacity + from + t, sum);
        }
    }

    /** The largest of a row's scores so far and of four slots', as far as the row sees them. */
    private static float top(
            float so, float s0, float s1, float s2, float s3, float scale, int p, int c0, int c1, int c2, int c3) {
        float a = TornadoMath.max(score(s0, scale, c0, p), score(s1, scale, c1, p));
        float b = TornadoMath.max(score(s2, scale, c2, p), score(s3, scale, c3, p));
        return TornadoMath.max(so, TornadoMath.max(a, b));
    }

    /** What four slots weigh in a row, relative to a maximum. */
    private static float mass(
            float max, float s0, float s1, float s2, float s3, float scale, int p, int c0, int c1, int c2, int c3) {
        return weight(s0, scale, max, c0, p)
                + weight(s1, scale, max, c1, p)
                + weight(s2, scale, max, c2, p)
                + weight(s3, scale, max, c3, p);
    }

    private static float score(float product, float scale, int slot, int position) {
        return slot <= position ? product * scale : NOTHING;
    }

    private static float weight(float product, float scale, float max, int slot, int position) {
        return slot <= position ? TornadoMath.exp(product * scale - max) : 0f;
    }

    private static int whole(float product, float scale, float max, float unit, int slot, int position) {
        return (int) (weight(product, scale, max, slot, position) * unit);
    }

    private static int min(int a, int b) {
        return a < b ? a : b;
    }
}
