package dev.paca.tornado.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.model.gguf.GgmlType;
import dev.paca.model.kernels.Matrix;
import dev.paca.tornado.memory.HostArrays;
import dev.paca.tornado.weights.DeviceMatrix;
import dev.paca.tornado.weights.Unused;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Products on tensor cores, where TornadoVM's first backend is PTX; elsewhere they do not run. */
class TensorProductsTest {
    private static final long SEED = 7;

    @ParameterizedTest
    @CsvSource({
        "5, 64, 0, 1",
        "13, 96, 1, 7",
        "128, 2048, 2, 16",
        "33, 160, 2, 13",
        "8192, 256, 0, 9",
        "1000, 512, 1, 20",
        "40000, 64, 0, 3"
    })
    void fewVectors(int outputs, int cols, int mode, int rows) {
        int capacity = rows > BatchProducts.TOKENS ? 2 * BatchProducts.TOKENS : BatchProducts.TOKENS;
        int height = mode == Product.SWIGLU ? 2 * outputs : outputs;
        int splits = BatchProducts.splits(height, cols);
        int groups = BatchProducts.groups(height, capacity, splits);
        Trial trial = new Trial(outputs, cols, mode, rows, capacity);
        FloatArray tiles = HostArrays.floats(BatchProducts.tiles(groups));
        Kernel.run(
                Map.of(
                        "round", new int[] {Halves.groups(capacity * cols), Halves.THREADS},
                        "product", new int[] {groups, BatchProducts.THREADS}),
                trial.in(),
                new Object[] {trial.halves, trial.hidden, tiles},
                new Object[] {trial.y},
                graph -> TensorProducts.task(
                        trial.round(graph),
                        "product",
                        true,
                        trial.context,
                        trial.step,
                        trial.halves,
                        trial.y,
                        tiles,
                        trial.hidden,
                        trial.m.h(),
                        outputs,
                        cols,
                        outputs + 3,
                        3,
                        mode,
                        capacity,
                        splits));
        trial.check();
    }

    @ParameterizedTest
    @CsvSource({
        "5, 64, 0, 1",
        "13, 96, 1, 70",
        "128, 512, 2, 128",
        "33, 160, 2, 130",
        "320, 256, 0, 200",
        "1000, 512, 1, 129",
        "17000, 64, 0, 300"
    })
    void manyVectors(int outputs, int cols, int mode, int rows) {
        int capacity = Math.ceilDiv(rows, TileProducts.TOKENS) * TileProducts.TOKENS;
        int height = mode == Product.SWIGLU ? 2 * outputs : outputs;
        int splits = TileProducts.splits(height, cols, capacity, mode);
        int groups = TileProducts.groups(height, capacity, splits);
        Trial trial = new Trial(outputs, cols, mode, rows, capacity);
        FloatArray tiles = HostArrays.floats(groups * TileProducts.TILE);
        Kernel.run(
                Map.of(
                        "round", new int[] {Halves.groups(capacity * cols), Halves.THREADS},
                        "product", new int[] {groups, TileProducts.THREADS},
                        "gather", new int[] {Math.ceilDiv(capacity * outputs, 64), 64}),
                trial.in(),
                new Object[] {trial.halves, trial.hidden, tiles},
                new Object[] {trial.y},
                graph -> {
                    TensorProducts.task(
                            trial.round(graph),
                            "product",
                            false,
                            trial.context,
                            trial.step,
                            trial.halves,
                            trial.y,
                            tiles,
                            trial.hidden,
                            trial.m.h(),
                            outputs,
                            cols,
                            outputs + 3,
                            3,
                            mode,
                            capacity,
                            splits);
                    return splits == 1
                            ? graph
                            : graph.task(
                                    "gather",
                                    TileProducts::gather,
                                    trial.context,
                                    trial.step,
                                    tiles,
                                    trial.y,
                                    outputs,
                                    outputs + 3,
                                    3,
                                    mode,
                                    capacity,
                                    splits);
                });
        trial.check();
    }

    /** What goes into a product, and what should come out. */
    private static final class Trial {
        final KernelContext context = new KernelContext();
        final IntArray step;
        final IntArray halves;
        final IntArray hidden;
        final FloatArray y;
        final DeviceMatrix m;
        private final FloatArray input;
        private final int cols;
        private final int capacity;
        private final float[] expected;

        Trial(int outputs, int cols, int mode, int rows, int capacity) {
            Kernel.assumePtx();
            this.cols = cols;
            this.capacity = capacity;
            Random random = new Random(SEED);
            Matrix w = Kernel.matrix(GgmlType.F16, mode == Product.SWIGLU ? 2 * outputs : outputs, cols, random);
            float[] x = Kernel.floats(capacity * cols, random);
            float[] before = Kernel.floats(capacity * (outputs + 3), random);
            m = DeviceMatrix.of(List.of(w), true, Unused.create());
            step = HostArrays.ints(Step.size(capacity));
            step.set(Step.ROWS, rows);
            input = HostArrays.floats(x);
            halves = HostArrays.ints(capacity * cols);
            hidden = HostArrays.ints(capacity * outputs + 1);
            y = HostArrays.floats(before);
            expected = ProductTest.expected(w, x, rows, before, outputs, outputs + 3, 3, mode);
        }

        Object[] in() {
            return new Object[] {step, input, y, m.h()};
        }

        TaskGraph round(TaskGraph graph) {
            return graph.task("round", Halves::round, context, step, input, halves, cols, capacity);
        }

        void check() {
            Kernel.assertClose(y, expected, Kernel.TOLERANCE);
            assertThat(expected).hasSize(y.getSize());
        }
    }
}
