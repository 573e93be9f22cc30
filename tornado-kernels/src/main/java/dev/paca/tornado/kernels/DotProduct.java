package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task15;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;
import uk.ac.manchester.tornado.api.utils.QuantizationUtils;

/**
 * A matrix of {@link Weight#Q8_0} or {@link Weight#Q4_0} times one vector, in whole numbers (PTX only: dp4a, four products of
 * bytes and their sum in an instruction). Each work-group rounds the vector to 16 bits, relative to the largest of every 32
 * columns, and lays down the upper and the lower bytes of the numbers apart. The products of half a block or one are exact, so
 * that rounding the vector is all that is lost. A warp has a slice of the columns, and multiplies four rows at a time while the
 * next four are on their way; the first are asked for before the vector is rounded. As in {@link Product} the vector may be
 * normalised on the way.
 */
public final class DotProduct {
    /** Threads of a work-group. */
    public static final int THREADS = 512;

    private static final int WARPS = THREADS / Sum.WARP;
    /** Rows that a warp multiplies at once. */
    private static final int ROWS = 4;
    /** Columns that a thread rounds at once: eight threads have a block. */
    private static final int ROUNDED = 4;
    /** Columns with a scale. */
    private static final int BLOCK = 32;

    /** Columns that local memory has room for: two bytes and the eighth of a float each. */
    private static final int MAX_COLS = 20_000;
    /** Work-groups that a large device has room for at once. */
    private static final int BUSY = 256;

    private static final int MAX_TURNS = 16;

    /** What the largest of a block is rounded to: the bytes of that and of all below are signed ones. */
    private static final float LARGEST = 32512f;
    /** Makes rounded numbers positive, and both of their bytes count from 0; with one half, so that cutting off rounds. */
    private static final float OFFSET = 32896.5f;
    /** Stands for 0 where the largest of a block is that: what is below becomes 0. */
    private static final float SMALLEST = 1e-30f;
    /** Makes four bytes that count from 0 signed. */
    private static final int SIGNED = 0x80808080;

    private DotProduct() {}

    /** Whether it multiplies with weights of a type, and there is room to round so many columns. */
    public static boolean takes(int type, int cols) {
        boolean bytes = type == Weight.Q8_0 || type == Weight.Q4_0;
        return bytes && cols <= MAX_COLS;
    }

    /** Columns that a thread multiplies at once, 16 bytes of weights: half a block or one. */
    private static int columns(int type) {
        return type == Weight.Q8_0 ? BLOCK / 2 : BLOCK;
    }

    /** Slices that columns are shared out in: one for each warp if there are many. */
    static int slices(int type, int cols) {
        int slices = 1;
        while (slices < WARPS && slices * columns(type) * Sum.WARP < cols) {
            slices = 2 * slices;
        }
        return slices;
    }

    /** How often a warp multiplies its rows: rounding the vector serves them all, as long as the device has enough to do. */
    public static int turns(int type, int rows, int cols) {
        int slices = slices(type, cols);
        // where the columns take all of a work-group's threads, rounding them takes as long as several rows
        int busy = slices == WARPS ? BUSY / 2 : BUSY;
        return Math.clamp(rows * slices / (ROWS * WARPS * busy), 1, MAX_TURNS);
    }

    /** Work-groups that {@code outputs} outputs take. */
    public static int groups(int type, int outputs, int cols, int mode, int turns) {
        int each = turns * WARPS / slices(type, cols) * (mode == Product.SWIGLU ? ROWS / 2 : ROWS);
        return (outputs + each - 1) / each;
    }

    /**
     * Adds the product to a graph. It reads eight bytes at a time as a long, which other kernels read four at a time as an
     * int: TornadoVM hands over memory, whatever the class of the array that it knows it by.
     *
     * @param w numbers as {@link Weight} has them; the rest as for {@link #dotProduct}
     */
    @SuppressWarnings({"rawtypes", "unchecked"})
    public static void task(
            TaskGraph graph,
            String name,
            KernelContext context,
            FloatArray x,
            FloatArray gain,
            FloatArray y,
            IntArray w,
            FloatArray scales,
            int type,
            int outputs,
            int cols,
            int to,
            int mode,
            int norm,
            float eps,
            int turns) {
        Task15<
                        KernelContext,
                        FloatArray,
                        FloatArray,
                        FloatArray,
                        LongArray,
                        FloatArray,
                        Integer,
                        Integer,
                        Integer,
                        Integer,
                        Integer,
                        Integer,
                        Float,
                        Integer,
                        Integer>
                kernel = DotProduct::dotProduct;
        int slices = slices(type, cols);
        graph.task(
                name,
                (Task15) kernel,
                context,
                x,
                gain,
                y,
                w,
                scales,
                type,
                outputs,
                cols,
                to,
                mode,
                norm,
                eps,
                slices,
                turns);
    }

    /**
     * As {@link Product#product}.
     *
     * @param w numbers as {@link Weight} has them
     * @param scales of 32 columns each
     * @param cols a multiple of 32
     * @param slices see {@link #slices}
     * @param turns see {@link #turns}
     */
    public static void dotProduct(
            KernelContext context,
            FloatArray x,
            FloatArray gain,
            FloatArray y,
            LongArray w,
            FloatArray scales,
            int type,
            int outputs,
            int cols,
            int to,
            int mode,
            int norm,
            float eps,
            int slices,
            int turns) {
        int[] upper = context.allocateIntLocalArray(cols / 4);
        int[] lower = context.allocateIntLocalArray(cols / 4);
        float[] units = context.allocateFloatLocalArray(cols / BLOCK);
        float[] sums = context.allocateFloatLocalArray(turns * WARPS * ROWS);
        float[] squares = context.allocateFloatLocalArray(WARPS);
        int t = context.localIdx;
        int group = context.groupIdx;
        int lane = t & (Sum.WARP - 1);
        int warp = t / Sum.WARP;
        int parts = WARPS / slices;
        int slice = warp & (slices - 1);
        int part = warp / slices;
        int last = outputs - 1;
        int each = mode == Product.SWIGLU ? ROWS / 2 : ROWS;
        int start = (group * turns * parts + part) * each;
        int chunk = columns(type);
        int width = slices * chunk * Sum.WARP;
        int steps = (cols + width - 1) / width;
        int longs = 2 * cols / chunk;
        int blocks = cols / BLOCK;

        int column = (slice * Sum.WARP + lane) * chunk;
        int c = column < cols ? column : 0;
        int r0 = row(start, 0, outputs, last, mode);
        int r1 = row(start, 1, outputs, last, mode);
        int r2 = row(start, 2, outputs, last, mode);
        int r3 = row(start, 3, outputs, last, mode);
        long v0 = w.get(r0 * longs + 2 * (c / chunk));
        long v1 = w.get(r1 * longs + 2 * (c / chunk));
        long v2 = w.get(r2 * longs + 2 * (c / chunk));
        long v3 = w.get(r3 * longs + 2 * (c / chunk));
        long w0 = w.get(r0 * longs + 2 * (c / chunk) + 1);
        long w1 = w.get(r1 * longs + 2 * (c / chunk) + 1);
        long w2 = w.get(r2 * longs + 2 * (c / chunk) + 1);
        long w3 = w.get(r3 * longs + 2 * (c / chunk) + 1);
        float s0 = scales.get(r0 * blocks + c / BLOCK);
        float s1 = scales.get(r1 * blocks + c / BLOCK);
        float s2 = scales.get(r2 * blocks + c / BLOCK);
        float s3 = scales.get(r3 * blocks + c / BLOCK);

        // the first columns of a thread stay where they are until they are rounded
        int near = min(ROUNDED * t, cols - ROUNDED);
        float x0 = x.get(near);
        float x1 = x.get(near + 1);
        float x2 = x.get(near + 2);
        float x3 = x.get(near + 3);
        float square = ROUNDED * t < cols ? own(norm, x0, x1, x2, x3) : 0f;
        if (norm == 1) {
            x0 = x0 * gain.get(near);
            x1 = x1 * gain.get(near + 1);
            x2 = x2 * gain.get(near + 2);
            x3 = x3 * gain.get(near + 3);
        }
        float top = top(context, x0, x1, x2, x3);
        if ((t & 7) == 0) {
            if (ROUNDED * t < cols) {
                units[ROUNDED * t / BLOCK] = top;
            }
        }
        for (int from = ROUNDED * THREADS; from < cols; from += ROUNDED * THREADS) {
            int at = from + ROUNDED * t;
            int in = min(at, cols - ROUNDED);
            float y0 = x.get(in);
            float y1 = x.get(in + 1);
            float y2 = x.get(in + 2);
            float y3 = x.get(in + 3);
            float own = own(norm, y0, y1, y2, y3);
            if (norm == 1) {
                y0 = y0 * gain.get(in);
                y1 = y1 * gain.get(in + 1);
                y2 = y2 * gain.get(in + 2);
                y3 = y3 * gain.get(in + 3);
            }
            float most = top(context, y0, y1, y2, y3);
            if (at < cols) {
                square += own;
                if ((t & 7) == 0) {
                    units[at / BLOCK] = most;
                }
            }
        }
        square = Sum.warp(context, square);
        if (lane == 0) {
            squares[warp] = square;
        }
        context.localBarrier();
        if (ROUNDED * t < cols) {
            float scale = scale(units[ROUNDED * t / BLOCK]);
            int n0 = (int) (x0 * scale + OFFSET);
            int n1 = (int) (x1 * scale + OFFSET);
            int n2 = (int) (x2 * scale + OFFSET);
            int n3 = (int) (x3 * scale + OFFSET);
            upper[t] = upper(n0, n1, n2, n3);
            lower[t] = lower(n0, n1, n2, n3);
        }
        for (int at = ROUNDED * (THREADS + t); at < cols; at += ROUNDED * THREADS) {
            float scale = scale(units[at / BLOCK]);
            float y0 = x.get(at);
            float y1 = x.get(at + 1);
            float y2 = x.get(at + 2);
            float y3 = x.get(at + 3);
            if (norm == 1) {
                y0 = y0 * gain.get(at);
                y1 = y1 * gain.get(at + 1);
                y2 = y2 * gain.get(at + 2);
                y3 = y3 * gain.get(at + 3);
            }
            int n0 = (int) (y0 * scale + OFFSET);
            int n1 = (int) (y1 * scale + OFFSET);
            int n2 = (int) (y2 * scale + OFFSET);
            int n3 = (int) (y3 * scale + OFFSET);
            upper[at / ROUNDED] = upper(n0, n1, n2, n3);
            lower[at / ROUNDED] = lower(n0, n1, n2, n3);
        }
        context.localBarrier();

        float a0 = 0f;
        float a1 = 0f;
        float a2 = 0f;
        float a3 = 0f;
        for (int turn = 0; turn < turns; turn++) {
            for (int step = 0; step < steps; step++) {
                int own = step * width + column;
                int in = own < cols ? own : 0;
                // what is left over of a slice counts for nothing
                float unit = own < cols ? units[in / BLOCK] : 0f;
                int h0 = upper[in / 4];
                int h1 = upper[in / 4 + 1];
                int h2 = upper[in / 4 + 2];
                int h3 = upper[in / 4 + 3];
                int l0 = lower[in / 4];
                int l1 = lower[in / 4 + 1];
                int l2 = lower[in / 4 + 2];
                int l3 = lower[in / 4 + 3];
                int h4 = 0;
                int h5 = 0;
                int h6 = 0;
                int h7 = 0;
                int l4 = 0;
                int l5 = 0;
                int l6 = 0;
                int l7 = 0;
                if (type == Weight.Q4_0) {
                    h4 = upper[in / 4 + 4];
                    h5 = upper[in / 4 + 5];
                    h6 = upper[in / 4 + 6];
                    h7 = upper[in / 4 + 7];
                    l4 = lower[in / 4 + 4];
                    l5 = lower[in / 4 + 5];
                    l6 = lower[in / 4 + 6];
                    l7 = lower[in / 4 + 7];
                }
                long p0 = v0;
                long p1 = v1;
                long p2 = v2;
                long p3 = v3;
                long q0 = w0;
                long q1 = w1;
                long q2 = w2;
                long q3 = w3;
                float f0 = s0 * unit;
                float f1 = s1 * unit;
                float f2 = s2 * unit;
                float f3 = s3 * unit;
                int next = turn * steps + step + 1;
                if (next < turns * steps) {
                    int on = next % steps * width + column;
                    int n = on < cols ? on : 0;
                    int first = start + next / steps * parts * each;
                    int i0 = row(first, 0, outputs, last, mode);
                    int i1 = row(first, 1, outputs, last, mode);
                    int i2 = row(first, 2, outputs, last, mode);
                    int i3 = row(first, 3, outputs, last, mode);
                    v0 = w.get(i0 * longs + 2 * (n / chunk));
                    v1 = w.get(i1 * longs + 2 * (n / chunk));
                    v2 = w.get(i2 * longs + 2 * (n / chunk));
                    v3 = w.get(i3 * longs + 2 * (n / chunk));
                    w0 = w.get(i0 * longs + 2 * (n / chunk) + 1);
                    w1 = w.get(i1 * longs + 2 * (n / chunk) + 1);
                    w2 = w.get(i2 * longs + 2 * (n / chunk) + 1);
                    w3 = w.get(i3 * longs + 2 * (n / chunk) + 1);
                    s0 = scales.get(i0 * blocks + n / BLOCK);
                    s1 = scales.get(i1 * blocks + n / BLOCK);
                    s2 = scales.get(i2 * blocks + n / BLOCK);
                    s3 = scales.get(i3 * blocks + n / BLOCK);
                }
                a0 += f0
                        * (float) (256 * dot(type, p0, q0, h0, h1, h2, h3, h4, h5, h6, h7)
                                + dot(type, p0, q0, l0, l1, l2, l3, l4, l5, l6, l7));
                a1 += f1
                        * (float) (256 * dot(type, p1, q1, h0, h1, h2, h3, h4, h5, h6, h7)
                                + dot(type, p1, q1, l0, l1, l2, l3, l4, l5, l6, l7));
                a2 += f2
                        * (float) (256 * dot(type, p2, q2, h0, h1, h2, h3, h4, h5, h6, h7)
                                + dot(type, p2, q2, l0, l1, l2, l3, l4, l5, l6, l7));
                a3 += f3
                        * (float) (256 * dot(type, p3, q3, h0, h1, h2, h3, h4, h5, h6, h7)
                                + dot(type, p3, q3, l0, l1, l2, l3, l4, l5, l6, l7));
            }
            a0 = Sum.warp(context, a0);
            a1 = Sum.warp(context, a1);
            a2 = Sum.warp(context, a2);
            a3 = Sum.warp(context, a3);
            if (lane == 0) {
                int at = (turn * parts + part) * ROWS * slices + slice;
                sums[at] = a0;
                sums[at + slices] = a1;
                sums[at + 2 * slices] = a2;
                sums[at + 3 * slices] = a3;
            }
            a0 = 0f;
            a1 = 0f;
            a2 = 0f;
            a3 = 0f;
        }
        context.localBarrier();
        int begin = group * turns * parts * each;
        for (int i = t; i < turns * parts * each; i += THREADS) {
            if (begin + i < outputs) {
                float total = squares[0];
                for (int k = 1; k < WARPS; k++) {
                    total += squares[k];
                }
                float scale = type == Weight.Q8_0 ? 1f / LARGEST : 0.0625f / LARGEST;
                if (norm == 1) {
                    scale = scale / TornadoMath.sqrt(total / cols + eps);
                } else {
                    scale = scale + total;
                }
                int from = (i / each * ROWS + i % each) * slices;
                float value = sums[from];
                for (int k = 1; k < slices; k++) {
                    value += sums[from + k];
                }
                value = value * scale;
                int out = to + begin + i;
                if (mode == Product.SWIGLU) {
                    float up = sums[from + 2 * slices];
                    for (int k = 1; k < slices; k++) {
                        up += sums[from + 2 * slices + k];
                    }
                    y.set(out, Fragment.swiGlu(value, up * scale));
                } else {
                    y.set(out, mode == Product.ADD ? y.get(out) + value : value);
                }
            }
        }
    }

    /** Squares of four numbers together; where they are not normalised 0, or what tells that they are no numbers. */
    private static float own(int norm, float x0, float x1, float x2, float x3) {
        float sum = 0f;
        sum += x0 * (norm == 1 ? x0 : 0f);
        sum += x1 * (norm == 1 ? x1 : 0f);
        sum += x2 * (norm == 1 ? x2 : 0f);
        sum += x3 * (norm == 1 ? x3 : 0f);
        return sum;
    }

    /** The largest of eight threads' numbers, in the first of them. All threads of a warp shuffle. */
    private static float top(KernelContext context, float x0, float x1, float x2, float x3) {
        float a = TornadoMath.max(TornadoMath.abs(x0), TornadoMath.abs(x1));
        float b = TornadoMath.max(TornadoMath.abs(x2), TornadoMath.abs(x3));
        float top = TornadoMath.max(a, b);
        top = TornadoMath.max(top, context.simdShuffleDown(top, 4));
        top = TornadoMath.max(top, context.simdShuffleDown(top, 2));
        return TornadoMath.max(top, context.simdShuffleDown(top, 1));
    }

    private static float scale(float top) {
        return LARGEST / TornadoMath.max(top, SMALLEST);
    }

    private static int upper(int n0, int n1, int n2, int n3) {
        return SIGNED ^ ((n0 >> 8) | (n1 & 0xFF00) | ((n2 & 0xFF00) << 8) | ((n3 & 0xFF00) << 16));
    }

    private static int lower(int n0, int n1, int n2, int n3) {
        return SIGNED ^ ((n0 & 255) | ((n1 & 255) << 8) | ((n2 & 255) << 16) | ((n3 & 255) << 24));
    }

    /** Row {@code i} of four from output {@code first}. */
    private static int row(int first, int i, int outputs, int last, int mode) {
        return mode == Product.SWIGLU ? i / 2 * outputs + min(first + i % 2, last) : min(first + i, last);
    }

    /** The products of 16 bytes of weights; of four bits, 16 times as many. */
    private static int dot(int type, long v, long w, int x0, int x1, int x2, int x3, int x4, int x5, int x6, int x7) {
        int a = (int) v;
        int b = (int) (v >> 32);
        int c = (int) w;
        int d = (int) (w >> 32);
        int sum = 0;
        if (type == Weight.Q8_0) {
            sum = QuantizationUtils.dp4a_packed(a, x0, sum);
            sum = QuantizationUtils.dp4a_packed(b, x1, sum);
            sum = QuantizationUtils.dp4a_packed(c, x2, sum);
            sum = QuantizationUtils.dp4a_packed(d, x3, sum);
        } else {
            sum = QuantizationUtils.dp4a_packed(nibbles(a << 4), x0, sum);
            sum = QuantizationUtils.dp4a_packed(nibbles(b << 4), x1, sum);
            sum = QuantizationUtils.dp4a_packed(nibbles(c << 4), x2, sum);
            sum = QuantizationUtils.dp4a_packed(nibbles(d << 4), x3, sum);
            sum = QuantizationUtils.dp4a_packed(nibbles(a), x4, sum);
            sum = QuantizationUtils.dp4a_packed(nibbles(b), x5, sum);
            sum = QuantizationUtils.dp4a_packed(nibbles(c), x6, sum);
            sum = QuantizationUtils.dp4a_packed(nibbles(d), x7, sum);
        }
        return sum;
    }

    /** The upper four bits of each byte less 8: as a signed byte, 16 times as large. */
    private static int nibbles(int word) {
        return (word & 0xF0F0F0F0) ^ SIGNED;
    }

    private static int min(int a, int b) {
        return a < b ? a : b;
    }
}
