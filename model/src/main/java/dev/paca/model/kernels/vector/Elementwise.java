package dev.paca.model.kernels.vector;

import static dev.paca.model.kernels.vector.Lanes.F;
import static dev.paca.model.kernels.vector.Lanes.FLOATS;

import dev.paca.model.kernels.Exp;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** What happens to activations between products. */
final class Elementwise {
    private Elementwise() {}

    static void rmsNorm(float[] x, int from, float[] weight, float eps, float[] out) {
        int n = weight.length;
        int bound = F.loopBound(n);
        FloatVector squares = FloatVector.zero(F);
        for (int i = 0; i < bound; i += FLOATS) {
            FloatVector v = FloatVector.fromArray(F, x, from + i);
            squares = v.fma(v, squares);
        }
        float sum = Lanes.sum(squares);
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

    /** See {@link Exp}. */
    private static FloatVector exp(FloatVector x) {
        FloatVector clamped = x.max(Exp.MIN).min(Exp.MAX);
        FloatVector rounded = clamped.fma(FloatVector.broadcast(F, Exp.LOG2_E), FloatVector.broadcast(F, Exp.ROUND));
        FloatVector k = rounded.sub(Exp.ROUND);
        FloatVector r = k.fma(FloatVector.broadcast(F, -Exp.LN2_HIGH), clamped);
        r = k.fma(FloatVector.broadcast(F, -Exp.LN2_LOW), r);
        FloatVector p = FloatVector.broadcast(F, Exp.P5);
        p = p.fma(r, FloatVector.broadcast(F, Exp.P4));
        p = p.fma(r, FloatVector.broadcast(F, Exp.P3));
        p = p.fma(r, FloatVector.broadcast(F, Exp.P2));
        p = p.fma(r, FloatVector.broadcast(F, Exp.P1));
        p = p.fma(r, FloatVector.broadcast(F, Exp.P0));
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
