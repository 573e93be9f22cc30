package dev.paca.tornado.kernels;

import dev.paca.model.gguf.GgmlType;
import dev.paca.model.kernels.Matrix;
import dev.paca.tornado.memory.HostArrays;
import dev.paca.tornado.weights.DeviceMatrix;
import dev.paca.tornado.weights.Unused;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Products in whole numbers, where TornadoVM's first backend is PTX; elsewhere they do not run. */
class DotProductTest {
    private static final long SEED = 9;
    private static final float EPS = 0.5f;
    /** Numbers of the vector keep 16 bits, relative to the largest of 32, and SwiGLU multiplies two products. */
    private static final double ROUNDED = 1.2e-4;

    private final KernelContext context = new KernelContext();

    @ParameterizedTest
    @CsvSource({
        "Q8_0, 1, 32, 0, 0, 1",
        "Q8_0, 13, 96, 1, 0, 1",
        "Q8_0, 65, 2080, 2, 1, 1",
        "Q8_0, 33, 4096, 0, 1, 3",
        "Q8_0, 7, 8224, 1, 0, 2",
        "Q8_0, 260, 512, 2, 1, 16",
        "Q8_0, 3, 20000, 0, 0, 1",
        "Q4_0, 1, 32, 0, 0, 1",
        "Q4_0, 13, 96, 1, 1, 1",
        "Q4_0, 65, 2080, 2, 1, 2",
        "Q4_0, 31, 16416, 1, 0, 3"
    })
    void wholeNumbers(GgmlType type, int outputs, int cols, int mode, int norm, int turns) {
        Trial trial = new Trial(type, outputs, cols, mode, norm);
        DeviceMatrix m = trial.m;
        Kernel.run(
                DotProduct.groups(m.type(), outputs, cols, mode, turns),
                DotProduct.THREADS,
                new Object[] {trial.x, trial.gain, trial.y, m.f(), m.q()},
                new Object[] {trial.y},
                graph -> {
                    DotProduct.task(
                            graph,
                            "kernel",
                            context,
                            trial.x,
                            trial.gain,
                            trial.y,
                            m.q(),
                            m.f(),
                            m.type(),
                            outputs,
                            cols,
                            3,
                            mode,
                            norm,
                            EPS,
                            turns);
                    return graph;
                });
        Kernel.assertClose(trial.y, trial.expected, ROUNDED);
    }

    /** What goes into a product, and what should come out. */
    private static final class Trial {
        final DeviceMatrix m;
        final FloatArray x;
        final FloatArray gain;
        final FloatArray y;
        final float[] expected;

        Trial(GgmlType type, int outputs, int cols, int mode, int norm) {
            Kernel.assumePtx();
            Random random = new Random(SEED);
            Matrix w = Kernel.matrix(type, mode == Product.SWIGLU ? 2 * outputs : outputs, cols, random);
            float[] input = Kernel.floats(cols, random);
            float[] gains = Kernel.floats(cols, random);
            float[] before = Kernel.floats(outputs + 3, random);
            m = DeviceMatrix.of(List.of(w), true, Unused.create());
            x = HostArrays.floats(input);
            gain = HostArrays.floats(gains);
            y = HostArrays.floats(before);
            float[] reads = norm == 1 ? ProductTest.normalised(input, gains, EPS) : input;
            expected = ProductTest.expected(w, reads, 1, before, outputs, outputs + 3, 3, mode);
        }
    }
}
