package dev.paca.model.kernels.vector;

import static dev.paca.model.kernels.vector.Lanes.F;
import static dev.paca.model.kernels.vector.Lanes.FLOATS;

import dev.paca.kv.Workers;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.kernels.Matrix;
import jdk.incubator.vector.FloatVector;

/**
 * Products with one token or a few: reading the weights from memory is what takes time. A task is a run of rows, read once
 * from memory and, for further tokens, from the cache.
 */
final class FewTokens implements Workers.Task {
    /** A task that is shorter costs more to hand out than it lets the threads end together. */
    private static final int LEAST_BYTES = 32 << 10;

    /** Rows that the cache nearest to a core still holds when the next token comes. */
    private static final int MOST_BYTES_FOR_SEVERAL_TOKENS = 64 << 10;

    /** The loops for single types are made of 512-bit vectors. */
    private static final boolean WIDE = FLOATS == 16;

    private final Split split = new Split();
    private Matrix[] ws = {};
    private float[][] outs = {};
    private float[] x = {};
    private int tokens;
    private int[] quantized = {};
    private final int[] scratch = new int[32];
    private float[][] rows = {};

    void products(Matrix[] ws, float[] x, int tokens, float[][] outs, Workers workers) {
        this.ws = ws;
        this.outs = outs;
        this.x = x;
        this.tokens = tokens;
        boolean whole = false;
        for (int i = 0; i < ws.length; i++) {
            whole |= !q80(ws[i]) && !q40(ws[i]);
            prepare(ws, i);
        }
        if (whole) {
            reserve(workers.threads(), ws[0].cols());
        }
        long most = tokens == 1 ? Long.MAX_VALUE : MOST_BYTES_FOR_SEVERAL_TOKENS;
        split.guided(ws, workers.threads(), LEAST_BYTES, most);
        workers.run(split.tasks(), this);
    }

    private static boolean q80(Matrix w) {
        return WIDE
                && w.type() == GgmlType.Q8_0
                && w.cols() % Q80Rows.STEP == 0
                && w.data().isNative();
    }

    private static boolean q40(Matrix w) {
        return WIDE
                && w.type() == GgmlType.Q4_0
                && w.cols() % Q40Rows.STEP == 0
                && w.data().isNative();
    }

    /** Brings the activations into the form that matrix {@code i} needs, if the matrix before it did not. */
    private void prepare(Matrix[] ws, int i) {
        int cols = ws[i].cols();
        if (q40(ws[i]) && (i == 0 || !q40(ws[i - 1]))) {
            int steps = cols / Q40Rows.STEP;
            if (quantized.length < tokens * steps * Q40Rows.INTS) {
                quantized = new int[tokens * steps * Q40Rows.INTS];
            }
            for (int t = 0; t < tokens; t++) {
                Q40Rows.quantize(x, t * cols, cols, quantized, t * steps, scratch);
            }
        }
    }

    private void reserve(int threads, int cols) {
        if (rows.length < threads || rows[0].length < cols) {
            rows = new float[threads][cols];
        }
    }

    @Override
    public void run(int task, int thread) {
        int i = split.matrix(task);
        Matrix w = ws[i];
        float[] out = outs[i];
        int first = split.row(task);
        int n = split.rows(task);
        int cols = w.cols();
        long at = (long) first * w.rowBytes();
        if (q80(w)) {
            for (int t = 0; t < tokens; t++) {
                Q80Rows.products(w.data(), at, n, cols, x, t * cols, out, t * w.rows() + first);
            }
        } else if (q40(w)) {
            int steps = cols / Q40Rows.STEP;
            for (int t = 0; t < tokens; t++) {
                Q40Rows.products(w.data(), at, n, cols, quantized, t * steps, out, t * w.rows() + first);
            }
        } else {
            float[] row = rows[thread];
            for (int r = first; r < first + n; r++) {
                VectorKernels.unpackRow(w, r, 0, cols, row, 0);
                for (int t = 0; t < tokens; t++) {
                    out[t * w.rows() + r] = dot(row, x, t * cols, cols);
                }
            }
        }
    }

    private static float dot(float[] a, float[] b, int from, int n) {
        int bound = n - n % (4 * FLOATS);
        FloatVector s0 = FloatVector.zero(F);
        FloatVector s1 = FloatVector.zero(F);
        FloatVector s2 = FloatVector.zero(F);
        FloatVector s3 = FloatVector.zero(F);
        int i = 0;
        for (; i < bound; i += 4 * FLOATS) {
            s0 = FloatVector.fromArray(F, a, i).fma(FloatVector.fromArray(F, b, from + i), s0);
            s1 = FloatVector.fromArray(F, a, i + FLOATS).fma(FloatVector.fromArray(F, b, from + i + FLOATS), s1);
            s2 = FloatVector.fromArray(F, a, i + 2 * FLOATS)
                    .fma(FloatVector.fromArray(F, b, from + i + 2 * FLOATS), s2);
            s3 = FloatVector.fromArray(F, a, i + 3 * FLOATS)
                    .fma(FloatVector.fromArray(F, b, from + i + 3 * FLOATS), s3);
        }
        float sum = Lanes.sum(s0.add(s1).add(s2.add(s3)));
        for (; i < n; i++) {
            sum += a[i] * b[from + i];
        }
        return sum;
    }
}
