package dev.paca.model.kernels.vector;

import static dev.paca.model.kernels.vector.Lanes.F;
import static dev.paca.model.kernels.vector.Lanes.FLOATS;

import dev.paca.kv.PacaException;
import dev.paca.kv.Workers;
import dev.paca.model.gguf.Dequantizer;
import dev.paca.model.kernels.KernelLookup;
import dev.paca.model.kernels.Kernels;
import dev.paca.model.kernels.Matrix;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Kernels on the Vector API. */
public final class VectorKernels implements Kernels {
    private VectorKernels() {}

    /**
     * @param bits the width of vectors that is asked for, as {@link KernelLookup#PROPERTY} says it; empty for the widest
     * @throws PacaException if this machine does not have it
     */
    public static Kernels create(String bits) {
        int widest = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        if (!bits.isEmpty() && !(bits.matches("128|256|512") && Integer.parseInt(bits) <= widest)) {
            throw new PacaException(
                    "-D%s=%s is not known here: expected scalar, or a width of vectors, 128, 256 or 512, up to this machine's %d bits."
                            .formatted(KernelLookup.PROPERTY, bits, widest));
        }
        return new VectorKernels();
    }

    @Override
    public String description() {
        String width = "Vector kernels of " + F.vectorBitSize() + " bits, ";
        return width
                + (System.getProperty(KernelLookup.PROPERTY) == null
                        ? "the widest vectors of this machine."
                        : "as -D" + KernelLookup.PROPERTY + " asks.");
    }

    @Override
    public void matmul(Matrix[] ws, float[] x, int tokens, float[][] outs, Workers workers) {
        for (int i = 0; i < ws.length; i++) {
            Matrix w = ws[i];
            float[] out = outs[i];
            float[][] scratch = new float[workers.threads()][w.cols()];
            workers.run(w.rows(), (r, thread) -> {
                float[] weights = scratch[thread];
                row(w, r, weights, 0);
                for (int t = 0; t < tokens; t++) {
                    out[t * w.rows() + r] = dot(weights, x, t * w.cols(), w.cols());
                }
            });
        }
    }

    private static float dot(float[] a, float[] b, int from, int n) {
        int bound = F.loopBound(n);
        FloatVector sums = FloatVector.zero(F);
        for (int i = 0; i < bound; i += FLOATS) {
            sums = FloatVector.fromArray(F, a, i).fma(FloatVector.fromArray(F, b, from + i), sums);
        }
        float sum = sums.reduceLanes(VectorOperators.ADD);
        for (int i = bound; i < n; i++) {
            sum += a[i] * b[from + i];
        }
        return sum;
    }

    @Override
    public void rmsNorm(float[] x, float[] weight, float eps, int rows, float[] out) {
        for (int r = 0; r < rows; r++) {
            Elementwise.rmsNorm(x, r * weight.length, weight, eps, out);
        }
    }

    @Override
    public void swiGlu(float[] gate, float[] up, int n) {
        Elementwise.swiGlu(gate, up, n);
    }

    @Override
    public void add(float[] x, float[] y, int n) {
        Elementwise.add(x, 0, y, n);
    }

    @Override
    public void addBias(float[] x, float[] bias, int rows) {
        for (int r = 0; r < rows; r++) {
            Elementwise.add(x, r * bias.length, bias, bias.length);
        }
    }

    @Override
    public void row(Matrix w, int row, float[] out, int offset) {
        Dequantizer.dequantize(w.type(), w.data(), (long) row * w.cols(), w.cols(), out, offset);
    }
}
