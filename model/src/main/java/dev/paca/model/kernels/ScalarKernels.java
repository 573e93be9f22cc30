package dev.paca.model.kernels;

import dev.paca.kv.Workers;
import dev.paca.model.gguf.Dequantizer;

/**
 * The definition of what the other kernels have to compute: weights dequantised to float, sums in double, one operation
 * after the other. Never made fast; used where there is no Vector API.
 */
public final class ScalarKernels implements Kernels {
    private final String description;

    /** @param description what {@link #description} says */
    public ScalarKernels(String description) {
        this.description = description;
    }

    @Override
    public String description() {
        return description;
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
                    out[t * w.rows() + r] = dot(weights, x, t * w.cols());
                }
            });
        }
    }

    private static float dot(float[] weights, float[] x, int from) {
        double sum = 0;
        for (int c = 0; c < weights.length; c++) {
            sum += (double) weights[c] * x[from + c];
        }
        return (float) sum;
    }

    @Override
    public void rmsNorm(float[] x, float[] weight, float eps, int rows, float[] out) {
        int n = weight.length;
        for (int r = 0; r < rows; r++) {
            double squares = 0;
            for (int i = 0; i < n; i++) {
                squares += (double) x[r * n + i] * x[r * n + i];
            }
            double scale = 1 / Math.sqrt(squares / n + eps);
            for (int i = 0; i < n; i++) {
                out[r * n + i] = (float) (x[r * n + i] * scale * weight[i]);
            }
        }
    }

    @Override
    public void swiGlu(float[] gate, float[] up, int n) {
        for (int i = 0; i < n; i++) {
            gate[i] = (float) (gate[i] / (1 + Math.exp(-gate[i])) * up[i]);
        }
    }

    @Override
    public void add(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            x[i] += y[i];
        }
    }

    @Override
    public void addBias(float[] x, float[] bias, int rows) {
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < bias.length; i++) {
                x[r * bias.length + i] += bias[i];
            }
        }
    }

    @Override
    public void row(Matrix w, int row, float[] out, int offset) {
        Dequantizer.dequantize(w.type(), w.data(), (long) row * w.cols(), w.cols(), out, offset);
    }
}
