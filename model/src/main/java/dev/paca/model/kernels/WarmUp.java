package dev.paca.model.kernels;

import dev.paca.kv.Workers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Runs vector kernels on small products until they are as fast as compiled ones are, beside plain loops as the measure. */
final class WarmUp implements Runnable {
    /** Rows of the products: enough for all loops over rows and tokens. */
    private static final int ROWS = 16;

    /** A prompt's tokens that fill two vectors, and one; of each kind of loop one is in use. */
    private static final int[] PROMPTS = {24, 12};

    /** Interpreted, a vector loop takes tens of times a plain one's time; compiled, mostly less than it. */
    private static final int SLOWER = 2;

    /** A round that is fast may have been lucky; so many one after the other have been compiled. */
    private static final int FAST_ROUNDS = 3;

    /** Loops that have not become fast after so many rounds will not. */
    private static final int MOST_ROUNDS = 2000;

    private final Kernels vector;
    private final Kernels plain;
    private final List<Matrix> matrices = new ArrayList<>();
    private volatile boolean few;
    private volatile boolean many;
    private volatile boolean rest;
    private volatile boolean stopped;

    /** What runs with either kind of kernels. */
    private interface Exercise {
        void run(Kernels kernels);
    }

    WarmUp(Kernels vector, Kernels plain) {
        this.vector = vector;
        this.plain = plain;
    }

    /** Whether products with few tokens are compiled. */
    boolean few() {
        return few;
    }

    /** Whether products with many tokens are compiled. */
    boolean many() {
        return many;
    }

    /** Whether what is not a product is compiled. */
    boolean rest() {
        return rest;
    }

    /** Some of their rows are multiplied, where they lie: C2 compiles for the kind of memory that it sees. */
    void take(Collection<Matrix> models) {
        for (Matrix w : models) {
            int rows = Math.min(ROWS, w.rows());
            matrices.add(
                    new Matrix(w.name(), w.type(), rows, w.cols(), w.data().asSlice(0, (long) rows * w.rowBytes())));
        }
    }

    /** Ends it soon. */
    void stop() {
        stopped = true;
    }

    @Override
    public void run() {
        // First what every token needs.
        few = compile(products(1)) || few;
        rest = compile(List.of(WarmUp::rest)) || rest;
        List<Exercise> prompts = new ArrayList<>();
        for (int tokens : PROMPTS) {
            prompts.addAll(products(tokens));
        }
        many = compile(prompts) || many;
    }

    private List<Exercise> products(int tokens) {
        List<Exercise> list = new ArrayList<>();
        for (Matrix w : matrices) {
            float[] x = new float[tokens * w.cols()];
            Matrix[] ws = {w};
            float[][] outs = {new float[tokens * w.rows()]};
            list.add(kernels -> kernels.matmul(ws, x, tokens, outs, Workers.serial()));
        }
        return list;
    }

    private static void rest(Kernels kernels) {
        float[] x = new float[256];
        float[] y = new float[256];
        kernels.rmsNorm(x, y, 1, 1, x);
        kernels.swiGlu(x, y, x.length);
        kernels.add(x, y, x.length);
    }

    /** Runs all until each is fast, or hopeless; false if stopped before. */
    private boolean compile(List<Exercise> exercises) {
        int fast = 0;
        for (int round = 0; round < MOST_ROUNDS && fast < FAST_ROUNDS; round++) {
            boolean all = true;
            for (Exercise exercise : exercises) {
                if (stopped) {
                    return false;
                }
                all &= time(exercise, vector) < SLOWER * time(exercise, plain);
            }
            fast = all ? fast + 1 : 0;
        }
        return true;
    }

    private static long time(Exercise exercise, Kernels kernels) {
        long start = System.nanoTime();
        exercise.run(kernels);
        return System.nanoTime() - start;
    }
}
