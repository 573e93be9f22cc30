package dev.paca.model.kernels.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.model.gguf.GgmlType;
import dev.paca.model.kernels.EarlyKernelsTest;
import dev.paca.model.kernels.KernelLookup;
import dev.paca.model.kernels.Kernels;
import dev.paca.model.kernels.Matrix;
import dev.paca.model.kernels.ScalarKernels;
import dev.paca.model.kernels.ThreadWorkers;
import dev.paca.model.kernels.Weights;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class VectorKernelsTest {
    private static final int[] SIZES = {1, 2, 3, 7, 8, 13, 31, 32, 33, 63, 64, 65, 127, 128, 207, 4098};

    /** Sums of floats in another order, relative to the lengths of the vectors: some units of 2^-24. */
    private static final double FLOAT_SUM = 1e-6;

    /**
     * What rounding activations to 1/127 of the largest of 32 adds: each is off by at most 1/254 of it, which is up to ten
     * times the usual one here; over a row it averages out to a part of that.
     */
    private static final double INT8_ACTIVATIONS = 5e-3;

    /** The vector exp and a float division. */
    private static final float RELATIVE = 2e-6f;

    /** Nothing beside any other activation; the sigmoid of large negative numbers is not followed below it. */
    private static final float NOTHING = 1e-30f;

    private final Kernels truth = new ScalarKernels("");
    private final Kernels vector = KernelLookup.best();

    @ParameterizedTest
    @EnumSource(GgmlType.class)
    void productsAgree(GgmlType type) {
        try (ThreadWorkers workers = new ThreadWorkers(2)) {
            for (int rows : new int[] {1, 2, 3, 7, 33, 65}) {
                for (int cols : new int[] {1, 2, 3, 8, 13, 207}) {
                    int width = cols * type.blockSize();
                    if (width > 5000) {
                        continue;
                    }
                    for (int tokens : new int[] {1, 2, 5, 9, 17, 40}) {
                        check(type, rows, width, tokens, workers);
                    }
                }
            }
        }
    }

    private void check(GgmlType type, int rows, int cols, int tokens, ThreadWorkers workers) {
        Matrix[] ws = {Weights.random(type, rows, cols, rows * 31L + cols), Weights.random(type, rows + 1, cols, 5)};
        float[] x = Weights.activations(tokens * cols, 3);
        float[][] expected = {new float[tokens * rows], new float[tokens * (rows + 1)]};
        float[][] found = {new float[tokens * rows], new float[tokens * (rows + 1)]};
        truth.matmul(ws, x, tokens, expected, workers);
        vector.matmul(ws, x, tokens, found, workers);
        for (int i = 0; i < ws.length; i++) {
            for (int r = 0; r < ws[i].rows(); r++) {
                float[] row = new float[cols];
                truth.row(ws[i], r, row, 0);
                for (int t = 0; t < tokens; t++) {
                    int at = t * ws[i].rows() + r;
                    double scale = length(row, 0, cols) * length(x, t * cols, cols);
                    assertThat(Math.abs(found[i][at] - expected[i][at]) / scale)
                            .as("%s, %d tokens, row %d, token %d", ws[i].name(), tokens, r, t)
                            .isLessThan(type == GgmlType.Q4_0 ? INT8_ACTIVATIONS : FLOAT_SUM);
                }
            }
        }
    }

    /** A JVM of its own, whose vectors are as wide as its property says, makes the comparisons of this class. */
    public static final class OtherWidth {
        public static void main(String[] args) {
            VectorKernelsTest test = new VectorKernelsTest();
            for (GgmlType type : GgmlType.values()) {
                test.productsAgree(type);
                test.rowsAreEqual(type);
            }
            test.rmsNormAgrees();
            test.swiGluAgrees();
            System.out.println(test.vector.description());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 256})
    void agreesInOtherWidths(int bits) throws IOException {
        assertThat(said(OtherWidth.class, bits)).contains("Vector kernels of " + bits + " bits");
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 256})
    void plainLoopsAreEqualInOtherWidths(int bits) throws IOException {
        assertThat(said(EarlyKernelsTest.OtherWidth.class, bits)).contains("Vector kernels of " + bits + " bits");
    }

    /** What the class says, run with vectors of that width. */
    private static String said(Class<?> main, int bits) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "-Dpaca.kernels=" + bits,
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName())
                .redirectErrorStream(true)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static double length(float[] v, int from, int n) {
        double squares = 0;
        for (int i = from; i < from + n; i++) {
            squares += (double) v[i] * v[i];
        }
        return Math.sqrt(squares);
    }

    @ParameterizedTest
    @EnumSource(GgmlType.class)
    void rowsAreEqual(GgmlType type) {
        int cols = 3 * 256;
        Matrix w = Weights.random(type, 5, cols, 1);
        for (int r = 0; r < 5; r++) {
            float[] expected = new float[cols + 7];
            float[] found = new float[cols + 7];
            truth.row(w, r, expected, 7);
            vector.row(w, r, found, 7);
            assertThat(found).isEqualTo(expected);
        }
    }

    @Test
    void rmsNormAgrees() {
        for (int n : SIZES) {
            float[] weight = Weights.activations(n, 1);
            float[] x = Weights.activations(3 * n, 2);
            float[] expected = new float[3 * n];
            float[] found = new float[3 * n];
            truth.rmsNorm(x, weight, 1e-5f, 3, expected);
            vector.rmsNorm(x, weight, 1e-5f, 3, found);
            agree(found, expected);
        }
    }

    @Test
    void swiGluAgrees() {
        for (int n : SIZES) {
            float[] expected = Weights.activations(n, 1);
            float[] up = Weights.activations(n, 2);
            float[] found = expected.clone();
            truth.swiGlu(expected, up, n);
            vector.swiGlu(found, up, n);
            agree(found, expected);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {0f, 1e-30f, 80f, -80f, 1000f, -1000f, Float.NaN})
    void swiGluKeepsExtremes(float gate) {
        float[] expected = new float[64];
        float[] up = new float[64];
        Arrays.fill(expected, gate);
        Arrays.fill(up, 1f);
        float[] found = expected.clone();
        truth.swiGlu(expected, up, 64);
        vector.swiGlu(found, up, 64);
        agree(found, expected);
    }

    @Test
    void additionsAreEqual() {
        for (int n : SIZES) {
            float[] expected = Weights.activations(3 * n, 1);
            float[] found = expected.clone();
            float[] y = Weights.activations(3 * n, 2);
            truth.add(expected, y, 3 * n);
            vector.add(found, y, 3 * n);
            float[] bias = Weights.activations(n, 3);
            truth.addBias(expected, bias, 3);
            vector.addBias(found, bias, 3);
            assertThat(found).isEqualTo(expected);
        }
    }

    private static void agree(float[] found, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            if (Float.isNaN(expected[i])) {
                assertThat(found[i]).isNaN();
            } else {
                assertThat(Math.abs(found[i] - expected[i]))
                        .as("%d of %d: %s, expected %s", i, expected.length, found[i], expected[i])
                        .isLessThanOrEqualTo(Math.abs(expected[i]) * RELATIVE + NOTHING);
            }
        }
    }
}
