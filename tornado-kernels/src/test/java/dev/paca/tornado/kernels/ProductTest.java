package dev.paca.tornado.kernels;

import dev.paca.kv.Workers;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.kernels.Matrix;
import dev.paca.model.kernels.ScalarKernels;
import dev.paca.tornado.memory.HostArrays;
import dev.paca.tornado.weights.DeviceMatrix;
import dev.paca.tornado.weights.Unused;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

class ProductTest {
    private static final long SEED = 4;
    private static final float EPS = 0.5f;

    @ParameterizedTest
    @CsvSource({
        "F32, 1, 1, 0",
        "F32, 13, 207, 0",
        "F32, 33, 4098, 1",
        "F32, 7, 65, 2",
        "F16, 3, 127, 0",
        "F16, 64, 128, 2",
        "BF16, 5, 31, 0",
        "Q8_0, 1, 32, 0",
        "Q8_0, 13, 96, 1",
        "Q8_0, 65, 2080, 2",
        "Q4_0, 2, 32, 0",
        "Q4_0, 31, 1056, 1",
        "Q4_K, 1, 256, 0",
        "Q4_K, 31, 1280, 2",
        "Q6_K, 3, 256, 0",
        "Q5_0, 7, 64, 1"
    })
    void oneVector(GgmlType type, int outputs, int cols, int mode) {
        oneVector(type, outputs, cols, mode, 0);
    }

    @ParameterizedTest
    @CsvSource({"F32, 13, 207, 0", "F16, 33, 4098, 2", "Q8_0, 65, 2080, 2", "Q4_0, 31, 1056, 0", "Q4_K, 3, 512, 0"})
    void oneNormalisedVector(GgmlType type, int outputs, int cols, int mode) {
        oneVector(type, outputs, cols, mode, 1);
    }

    private static void oneVector(GgmlType type, int outputs, int cols, int mode, int norm) {
        Random random = new Random(SEED);
        Matrix w = Kernel.matrix(type, mode == Product.SWIGLU ? 2 * outputs : outputs, cols, random);
        float[] x = Kernel.floats(cols, random);
        float[] before = Kernel.floats(outputs + 3, random);
        DeviceMatrix m = DeviceMatrix.of(List.of(w), false, Unused.create());
        FloatArray y = HostArrays.floats(before);
        KernelContext context = new KernelContext();
        FloatArray input = HostArrays.floats(x);
        float[] gains = Kernel.floats(cols, random);
        FloatArray gain = HostArrays.floats(gains);
        Kernel.run(
                Product.groups(outputs, mode),
                Product.THREADS,
                new Object[] {input, gain, y, m.f(), m.h(), m.b(), m.q()},
                new Object[] {y},
                graph -> graph.task(
                        "kernel",
                        Product::product,
                        context,
                        input,
                        gain,
                        y,
                        m.f(),
                        m.h(),
                        m.b(),
                        m.q(),
                        m.type(),
                        outputs,
                        cols,
                        3,
                        mode,
                        Kernel.shuffle(),
                        norm,
                        EPS,
                        Product.THREADS));
        float[] reads = norm == 1 ? normalised(x, gains, EPS) : x;
        Kernel.assertClose(y, expected(w, reads, 1, before, outputs, outputs + 3, 3, mode), tolerance(type));
    }

    @ParameterizedTest
    @CsvSource({
        "F32, 5, 65, 0, 1, 8, 0", "F32, 13, 207, 1, 7, 16, 1", "F16, 31, 128, 2, 13, 16, 0",
        "Q8_0, 33, 96, 0, 9, 16, 1", "Q4_0, 6, 64, 1, 16, 16, 0", "Q4_K, 3, 512, 2, 3, 8, 0"
    })
    void manyVectors(GgmlType type, int outputs, int cols, int mode, int rows, int capacity, int near) {
        Random random = new Random(SEED);
        Matrix w = Kernel.matrix(type, mode == Product.SWIGLU ? 2 * outputs : outputs, cols, random);
        float[] x = Kernel.floats(capacity * cols, random);
        int stride = outputs + 3;
        float[] before = Kernel.floats(capacity * stride, random);
        DeviceMatrix m = DeviceMatrix.of(List.of(w), false, Unused.create());
        IntArray step = HostArrays.ints(Step.size(capacity));
        step.set(Step.ROWS, rows);
        FloatArray y = HostArrays.floats(before);
        KernelContext context = new KernelContext();
        FloatArray input = HostArrays.floats(x);
        Kernel.run(
                Products.groups(outputs, mode, capacity),
                Products.THREADS,
                new Object[] {step, input, y, m.f(), m.h(), m.b(), m.q()},
                new Object[] {y},
                graph -> graph.task(
                        "kernel",
                        Products::products,
                        context,
                        step,
                        input,
                        y,
                        m.f(),
                        m.h(),
                        m.b(),
                        m.q(),
                        m.type(),
                        outputs,
                        cols,
                        stride,
                        3,
                        mode,
                        capacity,
                        near,
                        0));
        Kernel.assertClose(y, expected(w, x, rows, before, outputs, stride, 3, mode), tolerance(type));
    }

    static float[] normalised(float[] x, float[] gain, float eps) {
        double squares = 0;
        for (float v : x) {
            squares += (double) v * v;
        }
        double scale = 1 / Math.sqrt(squares / x.length + eps);
        float[] y = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = (float) (x[i] * scale * gain[i]);
        }
        return y;
    }

    /** Converted to half precision, numbers keep 11 bits. */
    private static double tolerance(GgmlType type) {
        return DeviceMatrix.kept(type) ? Kernel.TOLERANCE : 5e-4;
    }

    static float[] expected(Matrix w, float[] x, int rows, float[] before, int outputs, int stride, int to, int mode) {
        ScalarKernels truth = new ScalarKernels("truth");
        float[] all = new float[rows * w.rows()];
        truth.matmul(new Matrix[] {w}, x, rows, new float[][] {all}, Workers.serial());
        float[] out = before.clone();
        for (int t = 0; t < rows; t++) {
            float[] gate = new float[outputs];
            float[] up = new float[outputs];
            for (int r = 0; r < outputs; r++) {
                gate[r] = all[t * w.rows() + r];
                up[r] = mode == Product.SWIGLU ? all[t * w.rows() + outputs + r] : 0;
            }
            if (mode == Product.SWIGLU) {
                truth.swiGlu(gate, up, outputs);
            }
            for (int r = 0; r < outputs; r++) {
                int at = t * stride + to + r;
                out[at] = mode == Product.ADD ? out[at] + gate[r] : gate[r];
            }
        }
        return out;
    }
}
