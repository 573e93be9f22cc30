package dev.paca.model.kernels.vector;

import static dev.paca.model.kernels.vector.Lanes.F;
import static dev.paca.model.kernels.vector.Lanes.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** What happens to activations between products. */
final class Elementwise {
    /** exp is 0 below and infinite above what these bounds give, to within what a float sigmoid can show. */
    private static final float EXP_MIN = -87.3f;

    private static final float EXP_MAX = 88.3f;

    private static final float LOG2_E = 1.44269504f;

    /** ln 2 in two parts, the first with few bits, so that its product with the exponent is exact (Cody and Waite 1980). */
    private static final float LN2_HIGH = 0.693359375f;

    private static final float LN2_LOW = -2.12194440e-4f;

    /** 1.5 * 2^23: added to a small float it leaves the nearest integer in the lowest bits. */
    private static final float ROUND = 12582912f;

    private Elementwise() {}

    static void rmsNorm(float[] x, int from, float[] weight, float eps, float[] out) {
        int n = weight.length;
        int bound = F.loopBound(n);
        FloatVector squares = FloatVector.zero(F);
        for (int i = 0; i < bound; i += FLOATS) {
            FloatVector v = FloatVector.fromArray(F, x, from + i);
            squares = v.fma(v, squares);
        }
        float sum = squares.reduceLanes(VectorOperators.ADD);
        for (int i = bound; i < n; i++) {
            sum += x[from + i] * x[from + i];
        }
        float scale = (float) (1 / Math.sqrt(sum / n + eps));
        for (int i = 0; i < bound; i += FLOATS) {
            FloatVector v = FloatVector.fromArray(F, x, from + i).mul(scale);
            v.mul(FloatVector.fromArray(F, weight, i)).intoArray(out, from + i);
        }
        for (int i = bound; i < n; i++) {
            out[from + i] = x[from + i] * scale * weight[i];
        }
    }

    static void swiGlu(float[] gate, float[] up, int n) {
        int bound = F.loopBound(n);
        for (int i = 0; i < bound; i += FLOATS) {
            FloatVector g = FloatVector.fromArray(F, gate, i);
            FloatVector sigmoid = exp(g.neg()).add(1);
            g.div(sigmoid).mul(FloatVector.fromArray(F, up, i)).intoArray(gate, i);
        }
        for (int i = bound; i < n; i++) {
            gate[i] = (float) (gate[i] / (1 + Math.exp(-gate[i])) * up[i]);
        }
    }

    /**
     * exp(x) = 2^k exp(r) with k = round(x / ln 2) and |r| <= ln 2 / 2, where exp(r) is the minimax polynomial of Cephes'
     * expf; relative error below 3e-7 within [{@link #EXP_MIN}, {@link #EXP_MAX}], beyond which x is clamped.
     */
    private static FloatVector exp(FloatVector x) {
        FloatVector clamped = x.max(EXP_MIN).min(EXP_MAX);
        FloatVector rounded = clamped.fma(FloatVector.broadcast(F, LOG2_E), FloatVector.broadcast(F, ROUND));
        FloatVector k = rounded.sub(ROUND);
        FloatVector r = k.fma(FloatVector.broadcast(F, -LN2_HIGH), clamped);
        r = k.fma(FloatVector.broadcast(F, -LN2_LOW), r);
        FloatVector p = FloatVector.broadcast(F, 1.9875691500e-4f);
        p = p.fma(r, FloatVector.broadcast(F, 1.3981999507e-3f));
        p = p.fma(r, FloatVector.broadcast(F, 8.3334519073e-3f));
        p = p.fma(r, FloatVector.broadcast(F, 4.1665795894e-2f));
        p = p.fma(r, FloatVector.broadcast(F, 1.6666665459e-1f));
        p = p.fma(r, FloatVector.broadcast(F, 5.0000001201e-1f));
        p = p.fma(r.mul(r), r).add(1);
        IntVector power = rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        return p.reinterpretAsInts().add(power).reinterpretAsFloats();
    }

    static void add(float[] x, int from, float[] y, int n) {
        int bound = F.loopBound(n);
        for (int i = 0; i < bound; i += FLOATS) {
            FloatVector.fromArray(F, x, from + i)
                    .add(FloatVector.fromArray(F, y, i))
                    .intoArray(x, from + i);
        }
        for (int i = bound; i < n; i++) {
            x[from + i] += y[i];
        }
    }
}
