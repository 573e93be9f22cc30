package dev.paca.tornado;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.Workers;
import dev.paca.kv.attention.ScalarAttention;
import dev.paca.kv.host.HostPool;
import dev.paca.kv.host.KvStep;
import dev.paca.kv.index.ScalarScorer;
import dev.paca.model.kernels.Matrix;
import dev.paca.model.kernels.ScalarKernels;
import dev.paca.model.llama.LlamaConfig;
import java.util.Arrays;
import java.util.List;

/** What parts should compute, by the CPU's scalar kernels. */
final class PartTruth {
    private static final int CHUNK = 512;

    private PartTruth() {}

    /** Gives a token's row to the definition: queries, keys and values, one after the other. */
    interface Rows {
        float[] of(int position);
    }

    /** What a layer's heads gather for the token at {@code position} of a sequence. */
    static float[] attend(KvShape model, KvPolicy policy, int position, Rows rows, Workers workers) {
        KvShape shape = new KvShape(1, model.heads(), model.kvHeads(), model.headDim());
        // Keys and values as floats, and as much for indexes.
        long limit = 16L * shape.kvDim() * (position + policy.pageTokens() + CHUNK) + (1 << 20);
        // Devices score every page by its whole index.
        try (HostPool pool = new HostPool(shape, limit, new ScalarAttention(), new ScalarScorer());
                KvCache cache = pool.open(policy.with(policy.selection().exactly()))) {
            for (int from = 0; from < position; from += CHUNK) {
                int count = Math.min(CHUNK, position - from);
                Phase phase = from + count == position ? Phase.PREFILL_END : Phase.PREFILL;
                KvStep step = append(pool, cache, shape, from, count, phase, rows, workers);
                step.finish();
            }
            KvStep step = append(pool, cache, shape, position, 1, Phase.DECODE, rows, workers);
            float[] out = new float[shape.queryDim()];
            step.attend(0, Arrays.copyOf(rows.of(position), shape.queryDim()), out);
            return out;
        }
    }

    private static KvStep append(
            HostPool pool, KvCache cache, KvShape shape, int from, int count, Phase phase, Rows rows, Workers workers) {
        float[] k = new float[count * shape.kvDim()];
        float[] v = new float[k.length];
        for (int i = 0; i < count; i++) {
            float[] row = rows.of(from + i);
            System.arraycopy(row, shape.queryDim(), k, i * shape.kvDim(), shape.kvDim());
            System.arraycopy(row, shape.queryDim() + shape.kvDim(), v, i * shape.kvDim(), shape.kvDim());
        }
        cache.reserve(count);
        KvStep step = pool.step(List.of(new KvStep.Span(cache, 0, count, phase, new int[count], 0)), workers);
        step.append(0, k, v);
        return step;
    }

    /** A layer's matrices: to queries, keys and values, from the heads, gate above up, and down. */
    record Layer(Matrix qkv, Matrix output, Matrix gateUp, Matrix down) {}

    /**
     * Products of layers with the same weights.
     *
     * @param stream the residual stream, a row each; changed to what it is after the last layer
     * @return queries, keys and values of the last layer
     */
    static float[] multiply(
            LlamaConfig config, Layer w, int layers, int rows, float[] stream, float[] attended, Workers workers) {
        ScalarKernels kernels = new ScalarKernels("The definition.");
        float[] ones = new float[config.dim()];
        Arrays.fill(ones, 1);
        float[] normed = new float[stream.length];
        float[] qkv = new float[rows * w.qkv.rows()];
        float[] added = new float[stream.length];
        float[] both = new float[rows * w.gateUp.rows()];
        for (int l = 0; l < layers; l++) {
            kernels.rmsNorm(stream, ones, config.normEpsilon(), rows, normed);
            product(kernels, w.qkv, normed, rows, qkv, workers);
            product(kernels, w.output, attended, rows, added, workers);
            kernels.add(stream, added, stream.length);
            kernels.rmsNorm(stream, ones, config.normEpsilon(), rows, normed);
            product(kernels, w.gateUp, normed, rows, both, workers);
            float[] hidden = swiGlu(kernels, both, rows, config.ffnDim());
            product(kernels, w.down, hidden, rows, added, workers);
            kernels.add(stream, added, stream.length);
        }
        return qkv;
    }

    private static void product(ScalarKernels kernels, Matrix w, float[] x, int rows, float[] out, Workers workers) {
        kernels.matmul(new Matrix[] {w}, x, rows, new float[][] {out}, workers);
    }

    private static float[] swiGlu(ScalarKernels kernels, float[] both, int rows, int n) {
        float[] gate = new float[rows * n];
        float[] up = new float[rows * n];
        for (int r = 0; r < rows; r++) {
            System.arraycopy(both, 2 * r * n, gate, r * n, n);
            System.arraycopy(both, (2 * r + 1) * n, up, r * n, n);
        }
        kernels.swiGlu(gate, up, gate.length);
        return gate;
    }

    /** @throws PacaException if the share is larger than {@code tolerance}, or no number */
    static void check(String what, String device, double share, double tolerance) {
        if (!(share <= tolerance)) {
            throw new PacaException(what + " on " + device + " is wrong: it differs from the CPU's scalar kernels by "
                    + share + " of their result's length, expected at most " + tolerance
                    + ". What is timed must be right first: use another device, and report this one with its driver.");
        }
    }
}
