package dev.paca.model.kernels;

import dev.paca.kv.Workers;

/**
 * Plain loops for the first forward pass, and vector kernels from then on: when the JVM has just started, vector loops are
 * interpreted until C2 has compiled them, and the first token would wait for that. Those after it run while C2 compiles.
 * Both give the same bits, so that nobody can tell from a result which it was.
 */
public final class EarlyKernels implements Kernels {
    /**
     * Multiplications beyond which a product compiles its own loops while it runs, sooner than plain loops would end; a short
     * prompt's with a small model are below.
     */
    private static final long MANY = 1L << 26;

    private final Kernels vector;
    private final PlainKernels plain;
    private boolean first = true;

    /**
     * @param vector what computes after the first pass
     * @param lanes floats in a vector of theirs
     */
    public EarlyKernels(Kernels vector, int lanes) {
        this.vector = vector;
        this.plain = new PlainKernels(lanes);
    }

    @Override
    public String description() {
        return vector.description();
    }

    @Override
    public void matmul(Matrix[] ws, float[] x, int tokens, float[][] outs, Workers workers) {
        boolean isPlain = first && !large(ws, tokens) && plain.equals(ws, tokens);
        (isPlain ? plain : vector).matmul(ws, x, tokens, outs, workers);
    }

    private static boolean large(Matrix[] ws, int tokens) {
        long sum = 0;
        for (Matrix w : ws) {
            sum += (long) w.rows() * w.cols() * tokens;
        }
        return sum > MANY;
    }

    Kernels vector() {
        return vector;
    }

    PlainKernels plain() {
        return plain;
    }

    /** What computes now, but for products. */
    Kernels now() {
        return first ? plain : vector;
    }

    @Override
    public void rmsNorm(float[] x, float[] weight, float eps, int rows, float[] out) {
        now().rmsNorm(x, weight, eps, rows, out);
    }

    @Override
    public void swiGlu(float[] gate, float[] up, int n) {
        now().swiGlu(gate, up, n);
    }

    @Override
    public void add(float[] x, float[] y, int n) {
        now().add(x, y, n);
    }

    @Override
    public void addBias(float[] x, float[] bias, int rows) {
        now().addBias(x, bias, rows);
    }

    @Override
    public void row(Matrix w, int row, float[] out, int offset) {
        now().row(w, row, out, offset);
    }

    @Override
    public void endPass() {
        first = false;
    }
}
