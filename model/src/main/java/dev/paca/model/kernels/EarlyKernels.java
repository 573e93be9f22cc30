package dev.paca.model.kernels;

import dev.paca.kv.Workers;
import dev.paca.model.gguf.GgmlType;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Vector kernels from the moment on when C2 has compiled them, and plain loops until then: between the start of the JVM and
 * the first token, the vector loops would mostly be interpreted. Both give the same bits, so that nobody can tell from a
 * result which it was.
 *
 * <p>After the first forward pass a thread of its own runs the vector loops on small products of the kinds that were seen,
 * so that C2 comes to compile them. Not before: the first token would be late, since C2 has one thread on a small machine.
 */
public final class EarlyKernels implements Kernels {
    /**
     * Multiplications beyond which a product compiles its own loops while it runs, sooner than plain loops would end; a short
     * prompt's with a small model are below.
     */
    private static final long MANY = 1L << 26;

    private final Kernels vector;
    private final PlainKernels plain;
    private final WarmUp warmUp;
    private final Map<GgmlType, Matrix> seen = new EnumMap<>(GgmlType.class);
    private @Nullable Thread thread;

    /**
     * @param vector what computes once it is compiled
     * @param spare another one of the same, for the warm-up
     * @param lanes floats in a vector of theirs
     */
    public EarlyKernels(Kernels vector, Kernels spare, int lanes) {
        this.vector = vector;
        this.plain = new PlainKernels(lanes);
        this.warmUp = new WarmUp(spare, new PlainKernels(lanes));
    }

    @Override
    public String description() {
        return vector.description();
    }

    @Override
    public void matmul(Matrix[] ws, float[] x, int tokens, float[][] outs, Workers workers) {
        boolean ready = tokens > PlainKernels.FEW ? warmUp.many() : warmUp.few();
        if (ready || large(ws, tokens) || !plain.equals(ws, tokens)) {
            vector.matmul(ws, x, tokens, outs, workers);
        } else {
            for (Matrix w : ws) {
                seen.putIfAbsent(w.type(), w);
            }
            plain.matmul(ws, x, tokens, outs, workers);
        }
    }

    private static boolean large(Matrix[] ws, int tokens) {
        long sum = 0;
        for (Matrix w : ws) {
            sum += (long) w.rows() * w.cols() * tokens;
        }
        return sum > MANY;
    }

    /** Whether vector kernels compute everything. */
    boolean compiled() {
        return warmUp.few() && warmUp.many() && warmUp.rest();
    }

    /** Waits for the warm-up, if one has begun. */
    void awaitWarmUp() throws InterruptedException {
        Thread running = thread;
        if (running != null) {
            running.join();
        }
    }

    Kernels vector() {
        return vector;
    }

    PlainKernels plain() {
        return plain;
    }

    private Kernels now() {
        return warmUp.rest() ? vector : plain;
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
        if (thread == null) {
            warmUp.take(seen.values());
            thread = Thread.ofPlatform().daemon().name("paca-warm-up").start(warmUp);
        }
    }

    /** Stops the warm-up, so that nothing reads the weights any more. */
    @Override
    public void close() {
        warmUp.stop();
        boolean interrupted = false;
        for (Thread running = thread; running != null && running.isAlive(); ) {
            try {
                running.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
