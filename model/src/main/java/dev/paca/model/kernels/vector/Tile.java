package dev.paca.model.kernels.vector;

import static dev.paca.model.kernels.vector.Lanes.F;
import static dev.paca.model.kernels.vector.Lanes.FLOATS;

import jdk.incubator.vector.FloatVector;

/**
 * The inner loops of products with many tokens. A tile holds rows of weights as floats, unpacked once and used for all
 * tokens; tokens lie across the lanes, so that nothing has to be summed across a vector.
 */
final class Tile {
    /** Rows that are multiplied at a time: with two vectors of tokens, 16 sums in registers. */
    static final int GROUP = 8;

    /** Numbers of a row that a tile holds: a block of the K types; rows and tokens of that length fit the first cache. */
    static final int DEPTH = 256;

    private Tile() {}

    /**
     * {@code sums[s + r * stride + t] += sum over c of tile[w + r * DEPTH + c] * x[from + c * stride + t]} for 8 rows r and
     * {@code 2 * FLOATS} tokens t.
     *
     * @param depth how many columns c, at most {@link #DEPTH}
     */
    static void pairs(float[] tile, int w, float[] x, int from, int depth, float[] sums, int s) {
        int stride = 2 * FLOATS;
        FloatVector a0 = FloatVector.fromArray(F, sums, s);
        FloatVector b0 = FloatVector.fromArray(F, sums, s + FLOATS);
        FloatVector a1 = FloatVector.fromArray(F, sums, s + stride);
        FloatVector b1 = FloatVector.fromArray(F, sums, s + stride + FLOATS);
        FloatVector a2 = FloatVector.fromArray(F, sums, s + 2 * stride);
        FloatVector b2 = FloatVector.fromArray(F, sums, s + 2 * stride + FLOATS);
        FloatVector a3 = FloatVector.fromArray(F, sums, s + 3 * stride);
        FloatVector b3 = FloatVector.fromArray(F, sums, s + 3 * stride + FLOATS);
        FloatVector a4 = FloatVector.fromArray(F, sums, s + 4 * stride);
        FloatVector b4 = FloatVector.fromArray(F, sums, s + 4 * stride + FLOATS);
        FloatVector a5 = FloatVector.fromArray(F, sums, s + 5 * stride);
        FloatVector b5 = FloatVector.fromArray(F, sums, s + 5 * stride + FLOATS);
        FloatVector a6 = FloatVector.fromArray(F, sums, s + 6 * stride);
        FloatVector b6 = FloatVector.fromArray(F, sums, s + 6 * stride + FLOATS);
        FloatVector a7 = FloatVector.fromArray(F, sums, s + 7 * stride);
        FloatVector b7 = FloatVector.fromArray(F, sums, s + 7 * stride + FLOATS);
        for (int c = 0; c < depth; c++) {
            FloatVector xa = FloatVector.fromArray(F, x, from + c * stride);
            FloatVector xb = FloatVector.fromArray(F, x, from + c * stride + FLOATS);
            FloatVector v = FloatVector.broadcast(F, tile[w + c]);
            a0 = v.fma(xa, a0);
            b0 = v.fma(xb, b0);
            v = FloatVector.broadcast(F, tile[w + DEPTH + c]);
            a1 = v.fma(xa, a1);
            b1 = v.fma(xb, b1);
            v = FloatVector.broadcast(F, tile[w + 2 * DEPTH + c]);
            a2 = v.fma(xa, a2);
            b2 = v.fma(xb, b2);
            v = FloatVector.broadcast(F, tile[w + 3 * DEPTH + c]);
            a3 = v.fma(xa, a3);
            b3 = v.fma(xb, b3);
            v = FloatVector.broadcast(F, tile[w + 4 * DEPTH + c]);
            a4 = v.fma(xa, a4);
            b4 = v.fma(xb, b4);
            v = FloatVector.broadcast(F, tile[w + 5 * DEPTH + c]);
            a5 = v.fma(xa, a5);
            b5 = v.fma(xb, b5);
            v = FloatVector.broadcast(F, tile[w + 6 * DEPTH + c]);
            a6 = v.fma(xa, a6);
            b6 = v.fma(xb, b6);
            v = FloatVector.broadcast(F, tile[w + 7 * DEPTH + c]);
            a7 = v.fma(xa, a7);
            b7 = v.fma(xb, b7);
        }
        a0.intoArray(sums, s);
        b0.intoArray(sums, s + FLOATS);
        a1.intoArray(sums, s + stride);
        b1.intoArray(sums, s + stride + FLOATS);
        a2.intoArray(sums, s + 2 * stride);
        b2.intoArray(sums, s + 2 * stride + FLOATS);
        a3.intoArray(sums, s + 3 * stride);
        b3.intoArray(sums, s + 3 * stride + FLOATS);
        a4.intoArray(sums, s + 4 * stride);
        b4.intoArray(sums, s + 4 * stride + FLOATS);
        a5.intoArray(sums, s + 5 * stride);
        b5.intoArray(sums, s + 5 * stride + FLOATS);
        a6.intoArray(sums, s + 6 * stride);
        b6.intoArray(sums, s + 6 * stride + FLOATS);
        a7.intoArray(sums, s + 7 * stride);
        b7.intoArray(sums, s + 7 * stride + FLOATS);
    }

    /** As {@link #pairs}, for {@code FLOATS} tokens, which is also the stride. */
    static void singles(float[] tile, int w, float[] x, int from, int depth, float[] sums, int s) {
        FloatVector a0 = FloatVector.fromArray(F, sums, s);
        FloatVector a1 = FloatVector.fromArray(F, sums, s + FLOATS);
        FloatVector a2 = FloatVector.fromArray(F, sums, s + 2 * FLOATS);
        FloatVector a3 = FloatVector.fromArray(F, sums, s + 3 * FLOATS);
        FloatVector a4 = FloatVector.fromArray(F, sums, s + 4 * FLOATS);
        FloatVector a5 = FloatVector.fromArray(F, sums, s + 5 * FLOATS);
        FloatVector a6 = FloatVector.fromArray(F, sums, s + 6 * FLOATS);
        FloatVector a7 = FloatVector.fromArray(F, sums, s + 7 * FLOATS);
        for (int c = 0; c < depth; c++) {
            FloatVector xa = FloatVector.fromArray(F, x, from + c * FLOATS);
            a0 = FloatVector.broadcast(F, tile[w + c]).fma(xa, a0);
            a1 = FloatVector.broadcast(F, tile[w + DEPTH + c]).fma(xa, a1);
            a2 = FloatVector.broadcast(F, tile[w + 2 * DEPTH + c]).fma(xa, a2);
            a3 = FloatVector.broadcast(F, tile[w + 3 * DEPTH + c]).fma(xa, a3);
            a4 = FloatVector.broadcast(F, tile[w + 4 * DEPTH + c]).fma(xa, a4);
            a5 = FloatVector.broadcast(F, tile[w + 5 * DEPTH + c]).fma(xa, a5);
            a6 = FloatVector.broadcast(F, tile[w + 6 * DEPTH + c]).fma(xa, a6);
            a7 = FloatVector.broadcast(F, tile[w + 7 * DEPTH + c]).fma(xa, a7);
        }
        a0.intoArray(sums, s);
        a1.intoArray(sums, s + FLOATS);
        a2.intoArray(sums, s + 2 * FLOATS);
        a3.intoArray(sums, s + 3 * FLOATS);
        a4.intoArray(sums, s + 4 * FLOATS);
        a5.intoArray(sums, s + 5 * FLOATS);
        a6.intoArray(sums, s + 6 * FLOATS);
        a7.intoArray(sums, s + 7 * FLOATS);
    }
}
