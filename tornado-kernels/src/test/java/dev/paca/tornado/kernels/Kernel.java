package dev.paca.tornado.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.model.gguf.GgmlType;
import dev.paca.model.gguf.Quantizer;
import dev.paca.model.kernels.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.function.Function;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Runs one kernel on the device that TornadoVM takes first, and compares what comes out. */
final class Kernel {
    /** A backend may contract to fused operations and use approximate exponentials; sums are of up to 4098 floats. */
    static final double TOLERANCE = 2e-5;

    private Kernel() {}

    static void run(int groups, int threads, Object[] in, Object[] out, Function<TaskGraph, TaskGraph> task) {
        System.setProperty("tornado.recover.bailout", "false");
        TaskGraph graph = new TaskGraph("test").transferToDevice(DataTransferMode.EVERY_EXECUTION, in);
        graph = task.apply(graph).transferToHost(DataTransferMode.EVERY_EXECUTION, out);
        WorkerGrid1D grid = new WorkerGrid1D(groups * threads);
        grid.setLocalWork(threads, 1, 1);
        GridScheduler scheduler = new GridScheduler("test.kernel", grid);
        try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
            plan.withGridScheduler(scheduler).execute();
        } catch (TornadoExecutionPlanException e) {
            throw new AssertionError(e);
        }
    }

    static Matrix matrix(GgmlType type, int rows, int cols, Random random) {
        MemorySegment data = Arena.ofAuto().allocate(type.bytes((long) rows * cols), 8);
        Quantizer.quantize(type, floats(rows * cols, random), 0, rows * cols, data, 0);
        return new Matrix("test", type, rows, cols, data);
    }

    static float[] floats(int n, Random random) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    static void assertClose(FloatArray found, float[] expected, double tolerance) {
        double error = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            assertThat(Float.isFinite(found.get(i))).as("finite at " + i).isTrue();
            error += Math.pow(found.get(i) - expected[i], 2);
            size += Math.pow(expected[i], 2);
        }
        assertThat(Math.sqrt(error)).as("relative error, norm " + size).isLessThan(tolerance * Math.sqrt(size));
    }
}
