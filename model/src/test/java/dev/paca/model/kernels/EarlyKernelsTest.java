package dev.paca.model.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.Workers;
import dev.paca.model.gguf.GgmlType;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which kernels compute depends on what ran before, so that only equal bits will do. */
public class EarlyKernelsTest {
    private static final int[] SIZES = {1, 2, 3, 7, 8, 13, 31, 32, 33, 63, 64, 65, 127, 128, 207, 4098};
    private static final int[] TOKENS = {1, 2, 8, 9, 16, 17, 40};

    private final EarlyKernels early = (EarlyKernels) KernelLookup.early();
    private final Kernels vector = early.vector();
    private final PlainKernels plain = early.plain();

    @ParameterizedTest
    @EnumSource(GgmlType.class)
    void productsAreEqual(GgmlType type) {
        int found = 0;
        try (ThreadWorkers workers = new ThreadWorkers(2)) {
            for (int rows : new int[] {1, 2, 7, 17, 65}) {
                for (int blocks : new int[] {1, 2, 3, 4, 8, 207}) {
                    int cols = blocks * type.blockSize();
                    for (int tokens : TOKENS) {
                        Matrix[] ws = {
                            Weights.random(type, rows, cols, rows * 31L + cols), Weights.random(type, rows + 1, cols, 5)
                        };
                        if (cols < 5000 && plain.equals(ws, tokens)) {
                            productsAreEqual(ws, tokens, workers);
                            found++;
                        }
                    }
                }
            }
        }
        assertThat(found).isPositive();
    }

    private void productsAreEqual(Matrix[] ws, int tokens, Workers workers) {
        float[] x = Weights.activations(tokens * ws[0].cols(), 3);
        float[][] expected = outs(ws, tokens);
        float[][] found = outs(ws, tokens);
        vector.matmul(ws, x, tokens, expected, workers);
        plain.matmul(ws, x, tokens, found, workers);
        assertThat(found).as("%s, %d tokens", ws[0].name(), tokens).isDeepEqualTo(expected);
    }

    private static float[][] outs(Matrix[] ws, int tokens) {
        return Arrays.stream(ws).map(w -> new float[tokens * w.rows()]).toArray(float[][]::new);
    }

    @ParameterizedTest
    @EnumSource(GgmlType.class)
    void rowsAreEqual(GgmlType type) {
        int cols = 3 * 256;
        Matrix w = Weights.random(type, 5, cols, 1);
        for (int r = 0; r < 5; r++) {
            float[] expected = new float[cols + 7];
            float[] found = new float[cols + 7];
            vector.row(w, r, expected, 7);
            plain.row(w, r, found, 7);
            assertThat(found).isEqualTo(expected);
        }
    }

    @Test
    void restIsEqual() {
        for (int n : SIZES) {
            float[] expected = new float[3 * n];
            float[] found = new float[3 * n];
            rest(vector, n, expected);
            rest(plain, n, found);
            assertThat(found).as("%d numbers", n).isEqualTo(expected);
        }
    }

    private static void rest(Kernels kernels, int n, float[] out) {
        float[] x = Weights.activations(3 * n, 2);
        kernels.rmsNorm(x, Weights.activations(n, 1), 1e-5f, 3, out);
        kernels.swiGlu(out, x, 3 * n);
        kernels.add(out, x, 3 * n);
        kernels.addBias(out, Weights.activations(n, 3), 3);
    }

    @ParameterizedTest
    @ValueSource(floats = {0f, -0f, 1e-30f, 80f, -80f, 1000f, -1000f, Float.POSITIVE_INFINITY, Float.NaN})
    void extremesAreEqual(float gate) {
        float[] expected = new float[64];
        float[] up = new float[64];
        Arrays.fill(expected, gate);
        Arrays.fill(up, 1f);
        float[] found = expected.clone();
        vector.swiGlu(expected, up, 64);
        plain.swiGlu(found, up, 64);
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void changesAfterThePassAndComputesTheSame() {
        Matrix[] ws = {Weights.random(GgmlType.Q8_0, 64, 512, 1)};
        float[] x = Weights.activations(40 * 512, 2);
        float[][] before = {new float[40 * 64]};
        float[][] after = {new float[40 * 64]};
        early.matmul(ws, x, 40, before, Workers.serial());
        assertThat(early.now()).isSameAs(plain);
        early.endPass();
        assertThat(early.now()).isSameAs(vector);
        early.matmul(ws, x, 40, after, Workers.serial());
        assertThat(after).isDeepEqualTo(before);
    }

    /** A JVM of its own, whose vectors are as wide as its property says, makes the comparisons of this class. */
    public static final class OtherWidth {
        public static void main(String[] args) {
            EarlyKernelsTest test = new EarlyKernelsTest();
            for (GgmlType type : GgmlType.values()) {
                test.productsAreEqual(type);
            }
            test.restIsEqual();
            System.out.println(test.early.description());
        }
    }
}
