package dev.paca.model.kernels;

import dev.paca.kv.Workers;

/**
 * What the forward pass computes with. Activations are rows of floats, {@code tokens} of them, one after the other from
 * index 0. Nothing is allocated once the largest number of tokens has been seen.
 */
public interface Kernels {
    /** What it is and why it was chosen, in one line. */
    String description();

    /**
     * Products of several matrices with the same activations: {@code outs[i][t * rows_i + r] = sum over c of
     * ws[i][r][c] * x[t * cols + c]}. Given together since the activations are then quantised once and the threads meet once.
     */
    void matmul(Matrix[] ws, float[] x, int tokens, float[][] outs, Workers workers);

    /** {@code out[t][i] = x[t][i] / sqrt(mean over i of x[t][i]^2 + eps) * weight[i]}, for rows of {@code weight.length}. */
    void rmsNorm(float[] x, float[] weight, float eps, int rows, float[] out);

    /** {@code gate[i] = gate[i] / (1 + exp(-gate[i])) * up[i]} for the first {@code n} (SwiGLU: Shazeer 2020). */
    void swiGlu(float[] gate, float[] up, int n);

    /** {@code x[i] += y[i]} for the first {@code n}. */
    void add(float[] x, float[] y, int n);

    /** Adds {@code bias} to each of {@code rows} rows of its length. */
    void addBias(float[] x, float[] bias, int rows);

    /** Copies row {@code row} of {@code w} to {@code out} from {@code offset}, as floats: an embedding. */
    void row(Matrix w, int row, float[] out, int offset);

    /** Tells that a forward pass is over. */
    default void endPass() {}
}
