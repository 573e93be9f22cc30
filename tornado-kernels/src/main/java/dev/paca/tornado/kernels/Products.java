package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * A matrix times several vectors: a work-group of {@link #THREADS} computes {@link #ROWS} outputs of {@link #TOKENS}
 * vectors, its threads share out the columns. Every number that is loaded serves as many products as the other side has,
 * all of which are in registers: the sums are spelt out because an array of them would lie in memory.
 */
public final class Products {
    /** Threads of a work-group. */
    public static final int THREADS = 128;
    /** Rows of the matrix that a work-group multiplies. */
    public static final int ROWS = 4;
    /** Vectors that a work-group multiplies them with. */
    public static final int TOKENS = 8;

    private static final int SUMS = ROWS * TOKENS;

    private Products() {}

    /** Work-groups for {@code outputs} outputs of {@code rows} vectors. */
    public static int groups(int outputs, int mode, int rows) {
        return Product.groups(outputs, mode) * ((rows + TOKENS - 1) / TOKENS);
    }

    /**
     * {@code y[t * stride + to + r] = sum over c of w[r][c] * x[t * cols + c]} for the step's rows t, as {@code mode} says.
     *
     * @param type a type of {@link Weight}
     * @param outputs how many numbers come out for a vector; the matrix has as many rows, or twice as many for
     *     {@link Product#SWIGLU}
     * @param stride numbers of a row of {@code y}
     * @param to index of the first output in a row
     * @param capacity most rows that a step can have
     * @param near 1 to run the vectors of the same weights close together (many weights, few vectors), 0 to run the
     *     weights of the same vectors close together
     * @param shuffle 1 where the backend can shuffle within a warp
     */
    public static void products(
            KernelContext context,
            IntArray step,
            FloatArray x,
            FloatArray y,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            int type,
            int outputs,
            int cols,
            int stride,
            int to,
            int mode,
            int capacity,
            int near,
            int shuffle) {
        float[] sums = context.allocateFloatLocalArray(SUMS * THREADS);
        int t = context.localIdx;
        int group = context.groupIdx;
        int blocks = (capacity + TOKENS - 1) / TOKENS;
        int each = mode == Product.SWIGLU ? 2 : 4;
        int slabs = (outputs + each - 1) / each;
        int token = (near == 1 ? group % blocks : group / slabs) * TOKENS;
        int first = (near == 1 ? group / blocks : group % slabs) * each;
        int rows = Step.rows(step);
        int lastRow = rows - 1;
        int last = outputs - 1;
        int r0 = min(first, last);
        int r1 = min(first + 1, last);
        int r2 = mode == Product.SWIGLU ? outputs + r0 : min(first + 2, last);
        int r3 = mode == Product.SWIGLU ? outputs + r1 : min(first + 3, last);
        int x0 = min(token + 0, lastRow) * cols;
        int x1 = min(token + 1, lastRow) * cols;
        int x2 = min(token + 2, lastRow) * cols;
        int x3 = min(token + 3, lastRow) * cols;
        int x4 = min(token + 4, lastRow) * cols;
        int x5 = min(token + 5, lastRow) * cols;
        int x6 = min(token + 6, lastRow) * cols;
        int x7 = min(token + 7, lastRow) * cols;
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
        float a40 = 0f;
        float a41 = 0f;
        float a42 = 0f;
        float a43 = 0f;
        float a50 = 0f;
        float a51 = 0f;
        float a52 = 0f;
        float a53 = 0f;
        float a60 = 0f;
        float a61 = 0f;
        float a62 = 0f;
        float a63 = 0f;
        float a70 = 0f;
        float a71 = 0f;
        float a72 = 0f;
        float a73 = 0f;
        // a block of vectors that the step does not have runs no column, but meets the barriers
        int end = token < rows ? cols : 0;
        for (int c = t; c < end; c += THREADS) {
            float w0 = Weight.at(type, f, h, b, q, r0 * cols + c);
            float w1 = Weight.at(type, f, h, b, q, r1 * cols + c);
            float w2 = Weight.at(type, f, h, b, q, r2 * cols + c);
            float w3 = Weight.at(type, f, h, b, q, r3 * cols + c);
            float v0 = x.get(x0 + c);
            float v1 = x.get(x1 + c);
            float v2 = x.get(x2 + c);
            float v3 = x.get(x3 + c);
            float v4 = x.get(x4 + c);
            float v5 = x.get(x5 + c);
            float v6 = x.get(x6 + c);
            float v7 = x.get(x7 + c);
            a00 += w0 * v0;
            a01 += w1 * v0;
            a02 += w2 * v0;
            a03 += w3 * v0;
            a10 += w0 * v1;
            a11 += w1 * v1;
            a12 += w2 * v1;
            a13 += w3 * v1;
            a20 += w0 * v2;
            a21 += w1 * v2;
            a22 += w2 * v2;
            a23 += w3 * v2;
            a30 += w0 * v3;
            a31 += w1 * v3;
            a32 += w2 * v3;
            a33 += w3 * v3;
            a40 += w0 * v4;
            a41 += w1 * v4;
            a42 += w2 * v4;
            a43 += w3 * v4;
            a50 += w0 * v5;
            a51 += w1 * v5;
            a52 += w2 * v5;
            a53 += w3 * v5;
            a60 += w0 * v6;
            a61 += w1 * v6;
            a62 += w2 * v6;
            a63 += w3 * v6;
            a70 += w0 * v7;
            a71 += w1 * v7;
            a72 += w2 * v7;
            a73 += w3 * v7;
        }
        int lane = t & (Sum.WARP - 1);
        int at = shuffle == 1 ? (t / Sum.WARP) * SUMS : t * SUMS;
        if (shuffle == 1) {
            a00 = Sum.warp(context, a00);
            a01 = Sum.warp(context, a01);
            a02 = Sum.warp(context, a02);
            a03 = Sum.warp(context, a03);
            a10 = Sum.warp(context, a10);
            a11 = Sum.warp(context, a11);
            a12 = Sum.warp(context, a12);
            a13 = Sum.warp(context, a13);
            a20 = Sum.warp(context, a20);
            a21 = Sum.warp(context, a21);
            a22 = Sum.warp(context, a22);
            a23 = Sum.warp(context, a23);
            a30 = Sum.warp(context, a30);
            a31 = Sum.warp(context, a31);
            a32 = Sum.warp(context, a32);
            a33 = Sum.warp(context, a33);
            a40 = Sum.warp(context, a40);
            a41 = Sum.warp(context, a41);
            a42 = Sum.warp(context, a42);
            a43 = Sum.warp(context, a43);
            a50 = Sum.warp(context, a50);
            a51 = Sum.warp(context, a51);
            a52 = Sum.warp(context, a52);
            a53 = Sum.warp(context, a53);
            a60 = Sum.warp(context, a60);
            a61 = Sum.warp(context, a61);
            a62 = Sum.warp(context, a62);
            a63 = Sum.warp(context, a63);
            a70 = Sum.warp(context, a70);
            a71 = Sum.warp(context, a71);
            a72 = Sum.warp(context, a72);
            a73 = Sum.warp(context, a73);
        }
        if (shuffle * lane == 0) {
            sums[at + 0] = a00;
            sums[at + 1] = a01;
            sums[at + 2] = a02;
            sums[at + 3] = a03;
            sums[at + 4] = a10;
            sums[at + 5] = a11;
            sums[at + 6] = a12;
            sums[at + 7] = a13;
            sums[at + 8] = a20;
            sums[at + 9] = a21;
            sums[at + 10] = a22;
            sums[at + 11] = a23;
            sums[at + 12] = a30;
            sums[at + 13] = a31;
            sums[at + 14] = a32;
            sums[at + 15] = a33;
            sums[at + 16] = a40;
            sums[at + 17] = a41;
            sums[at + 18] = a42;
            sums[at + 19] = a43;
            sums[at + 20] = a50;
            sums[at + 21] = a51;
            sums[at + 22] = a52;
            sums[at + 23] = a53;
            sums[at + 24] = a60;
            sums[at + 25] = a61;
            sums[at + 26] = a62;
            sums[at + 27] = a63;
            sums[at + 28] = a70;
            sums[at + 29] = a71;
            sums[at + 30] = a72;
            sums[at + 31] = a73;
        }
        context.localBarrier();
        int parts = shuffle == 1 ? THREADS / Sum.WARP : THREADS;
        if (t < SUMS) {
            float sum = sums[t];
            for (int p = 1; p < parts; p++) {
                sum += sums[p * SUMS + t];
            }
            sums[t] = sum;
        }
        context.localBarrier();
        int row = token + t / ROWS;
        int r = t % ROWS;
        int wanted = (t < SUMS ? 1 : 0) * (row < rows ? 1 : 0) * (r < min(each, outputs - first) ? 1 : 0);
        if (wanted == 1) {
            int out = row * stride + to + first + r;
            if (mode == Product.SWIGLU) {
                float gate = sums[t];
                y.set(out, gate / (1f + TornadoMath.exp(TornadoMath.min(-gate, 80f))) * sums[t + 2]);
            } else {
                y.set(out, mode == Product.ADD ? y.get(out) + sums[t] : sums[t]);
            }
        }
    }

    private static int min(int a, int b) {
        return a < b ? a : b;
    }
}
