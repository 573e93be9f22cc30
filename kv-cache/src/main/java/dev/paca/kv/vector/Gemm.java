package dev.paca.kv.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * C += A·B for the small matrices of attention, in row-major order. Each element is one chain of fused multiply-adds in
 * ascending order of the inner index, whatever rows and columns are computed beside it.
 *
 * <p>Three register blocks of 8 accumulators or fewer, which fit the 16 vector registers of AVX2 and hide the latency of
 * the multiply-add on two pipes: 4 rows × 2 vectors for prefill, 2 × 4 and 1 × 4 for the few rows of decode.
 */
final class Gemm {
    private static final VectorSpecies<Float> F = Lanes.FLOAT;
    private static final int LANES = Lanes.COUNT;
    /** Columns are computed in multiples of this; rows of B and C have room for it. */
    static final int COLUMNS = 4 * LANES;

    private Gemm() {}

    /**
     * @param rows rows of A and C
     * @param inner columns of A, rows of B
     * @param columns columns of B and C, rounded up to {@link #COLUMNS}
     */
    static void add(
            float[] a,
            int aAt,
            int aStride,
            float[] b,
            int bStride,
            float[] c,
            int cAt,
            int cStride,
            int rows,
            int inner,
            int columns) {
        int r = 0;
        for (; r + 4 <= rows; r += 4) {
            for (int n = 0; n < columns; n += 2 * LANES) {
                four(a, aAt + r * aStride, aStride, b, n, bStride, c, cAt + r * cStride + n, cStride, inner);
            }
        }
        for (; r + 2 <= rows; r += 2) {
            for (int n = 0; n < columns; n += 4 * LANES) {
                two(a, aAt + r * aStride, aStride, b, n, bStride, c, cAt + r * cStride + n, cStride, inner);
            }
        }
        if (r < rows) {
            for (int n = 0; n < columns; n += 4 * LANES) {
                one(a, aAt + r * aStride, b, n, bStride, c, cAt + r * cStride + n, inner);
            }
        }
    }

    private static void four(
            float[] a, int aAt, int aStride, float[] b, int bAt, int bStride, float[] c, int cAt, int cs, int inner) {
        FloatVector c00 = FloatVector.fromArray(F, c, cAt);
        FloatVector c01 = FloatVector.fromArray(F, c, cAt + LANES);
        FloatVector c10 = FloatVector.fromArray(F, c, cAt + cs);
        FloatVector c11 = FloatVector.fromArray(F, c, cAt + cs + LANES);
        FloatVector c20 = FloatVector.fromArray(F, c, cAt + 2 * cs);
        FloatVector c21 = FloatVector.fromArray(F, c, cAt + 2 * cs + LANES);
        FloatVector c30 = FloatVector.fromArray(F, c, cAt + 3 * cs);
        FloatVector c31 = FloatVector.fromArray(F, c, cAt + 3 * cs + LANES);
        for (int k = 0; k < inner; k++) {
            FloatVector b0 = FloatVector.fromArray(F, b, bAt + k * bStride);
            FloatVector b1 = FloatVector.fromArray(F, b, bAt + k * bStride + LANES);
            FloatVector a0 = FloatVector.broadcast(F, a[aAt + k]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(F, a[aAt + aStride + k]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(F, a[aAt + 2 * aStride + k]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(F, a[aAt + 3 * aStride + k]);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
        }
        c00.intoArray(c, cAt);
        c01.intoArray(c, cAt + LANES);
        c10.intoArray(c, cAt + cs);
        c11.intoArray(c, cAt + cs + LANES);
        c20.intoArray(c, cAt + 2 * cs);
        c21.intoArray(c, cAt + 2 * cs + LANES);
        c30.intoArray(c, cAt + 3 * cs);
        c31.intoArray(c, cAt + 3 * cs + LANES);
    }

    private static void two(
            float[] a, int aAt, int aStride, float[] b, int bAt, int bStride, float[] c, int cAt, int cs, int inner) {
        FloatVector c00 = FloatVector.fromArray(F, c, cAt);
        FloatVector c01 = FloatVector.fromArray(F, c, cAt + LANES);
        FloatVector c02 = FloatVector.fromArray(F, c, cAt + 2 * LANES);
        FloatVector c03 = FloatVector.fromArray(F, c, cAt + 3 * LANES);
        FloatVector c10 = FloatVector.fromArray(F, c, cAt + cs);
        FloatVector c11 = FloatVector.fromArray(F, c, cAt + cs + LANES);
        FloatVector c12 = FloatVector.fromArray(F, c, cAt + cs + 2 * LANES);
        FloatVector c13 = FloatVector.fromArray(F, c, cAt + cs + 3 * LANES);
        for (int k = 0; k < inner; k++) {
            int at = bAt + k * bStride;
            FloatVector a0 = FloatVector.broadcast(F, a[aAt + k]);
            FloatVector a1 = FloatVector.broadcast(F, a[aAt + aStride + k]);
            FloatVector b0 = FloatVector.fromArray(F, b, at);
            c00 = a0.fma(b0, c00);
            c10 = a1.fma(b0, c10);
            FloatVector b1 = FloatVector.fromArray(F, b, at + LANES);
            c01 = a0.fma(b1, c01);
            c11 = a1.fma(b1, c11);
            FloatVector b2 = FloatVector.fromArray(F, b, at + 2 * LANES);
            c02 = a0.fma(b2, c02);
            c12 = a1.fma(b2, c12);
            FloatVector b3 = FloatVector.fromArray(F, b, at + 3 * LANES);
            c03 = a0.fma(b3, c03);
            c13 = a1.fma(b3, c13);
        }
        c00.intoArray(c, cAt);
        c01.intoArray(c, cAt + LANES);
        c02.intoArray(c, cAt + 2 * LANES);
        c03.intoArray(c, cAt + 3 * LANES);
        c10.intoArray(c, cAt + cs);
        c11.intoArray(c, cAt + cs + LANES);
        c12.intoArray(c, cAt + cs + 2 * LANES);
        c13.intoArray(c, cAt + cs + 3 * LANES);
    }

    private static void one(float[] a, int aAt, float[] b, int bAt, int bStride, float[] c, int cAt, int inner) {
        FloatVector c0 = FloatVector.fromArray(F, c, cAt);
        FloatVector c1 = FloatVector.fromArray(F, c, cAt + LANES);
        FloatVector c2 = FloatVector.fromArray(F, c, cAt + 2 * LANES);
        FloatVector c3 = FloatVector.fromArray(F, c, cAt + 3 * LANES);
        for (int k = 0; k < inner; k++) {
            int at = bAt + k * bStride;
            FloatVector a0 = FloatVector.broadcast(F, a[aAt + k]);
            c0 = a0.fma(FloatVector.fromArray(F, b, at), c0);
            c1 = a0.fma(FloatVector.fromArray(F, b, at + LANES), c1);
            c2 = a0.fma(FloatVector.fromArray(F, b, at + 2 * LANES), c2);
            c3 = a0.fma(FloatVector.fromArray(F, b, at + 3 * LANES), c3);
        }
        c0.intoArray(c, cAt);
        c1.intoArray(c, cAt + LANES);
        c2.intoArray(c, cAt + 2 * LANES);
        c3.intoArray(c, cAt + 3 * LANES);
    }
}
