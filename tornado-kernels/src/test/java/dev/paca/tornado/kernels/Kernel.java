package dev.paca.tornado.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.paca.model.gguf.GgmlType;
import dev.paca.model.gguf.Quantizer;
import dev.paca.model.kernels.Matrix;
import dev.paca.tornado.memory.HostArrays;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** Runs one kernel on the device that TornadoVM takes first, and compares what comes out. */
final class Kernel {
    /** A backend may contract to fused operations and use approximate exponentials; sums are of up to 4098 floats. */
    static final double TOLERANCE = 2e-5;

    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Kernel() {}

    static void run(int groups, int threads, Object[] in, Object[] out, Function<TaskGraph, TaskGraph> task) {
        run(Map.of("kernel", new int[] {groups, threads}), in, new Object[] {}, out, task);
    }

    /** Runs several: {@code grids} has groups and threads of each by its name; see {@link #plan}. */
    static void run(
            Map<String, int[]> grids,
            Object[] in,
            Object[] between,
            Object[] out,
            Function<TaskGraph, TaskGraph> tasks) {
        try (TornadoExecutionPlan plan = plan(grids, in, between, out, tasks)) {
            plan.execute();
        } catch (TornadoExecutionPlanException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * What can be run several times.
     *
     * @param between arrays that are neither put in nor taken out, and stay on the device. TornadoVM frees those at the end
     *     that it has been told of; others it leaves pinned on PTX, and what comes to lie in their memory after them cannot
     *     be copied, of which nothing but a line on standard error tells
     */
    static TornadoExecutionPlan plan(
            Map<String, int[]> grids,
            Object[] in,
            Object[] between,
            Object[] out,
            Function<TaskGraph, TaskGraph> tasks) {
        System.setProperty("tornado.recover.bailout", "false");
        Stream.of(in, between, out).flatMap(Arrays::stream).forEach(Kernel::assertApart);
        TaskGraph graph = new TaskGraph("test").transferToDevice(DataTransferMode.EVERY_EXECUTION, in);
        graph = tasks.apply(graph).transferToHost(DataTransferMode.EVERY_EXECUTION, out);
        if (between.length > 0) {
            graph = graph.transferToHost(DataTransferMode.UNDER_DEMAND, between);
        }
        GridScheduler scheduler = new GridScheduler();
        grids.forEach((name, size) -> {
            WorkerGrid1D grid = new WorkerGrid1D(size[0] * size[1]);
            grid.setLocalWork(size[1], 1, 1);
            scheduler.addWorkerGrid("test." + name, grid);
        });
        return new TornadoExecutionPlan(graph.snapshot()).withGridScheduler(scheduler);
    }

    /** See {@link HostArrays}: on PTX an array that shares a page of memory with another may never be copied. */
    private static void assertApart(Object array) {
        assertThat(((TornadoNativeArray) array).getSegmentWithHeader().address() % HostArrays.PAGE)
                .as("where an array begins in its page of memory: made by HostArrays, it is 0")
                .isZero();
    }

    /** 1 where the device can shuffle within a warp, as kernels are told there. */
    static int shuffle() {
        return ptx() ? 1 : 0;
    }

    /** Leaves a test out where TornadoVM's first backend is another. */
    static void assumePtx() {
        assumeTrue(ptx(), "this runs with PTX only");
    }

    private static boolean ptx() {
        return TornadoRuntimeProvider.getTornadoRuntime().getBackendType(0) == TornadoVMBackendType.PTX;
    }

    static Matrix matrix(GgmlType type, int rows, int cols, Random random) {
        MemorySegment data = Arena.ofAuto().allocate(type.bytes((long) rows * cols), 8);
        if (type == GgmlType.Q4_K || type == GgmlType.Q6_K) {
            // no writer makes these: any bytes are numbers, if the scales of scales are small and positive
            data.copyFrom(MemorySegment.ofArray(bytes((int) data.byteSize(), random)));
            for (long at = 0; at < data.byteSize(); at += type.blockBytes()) {
                long scale = at + (type == GgmlType.Q6_K ? 208 : 0);
                data.set(HALF, scale, Float.floatToFloat16(0.001f + random.nextFloat() / 100));
                if (type == GgmlType.Q4_K) {
                    data.set(HALF, scale + 2, Float.floatToFloat16(0.001f + random.nextFloat() / 100));
                }
            }
        } else {
            Quantizer.quantize(type, floats(rows * cols, random), 0, rows * cols, data, 0);
        }
        return new Matrix("test", type, rows, cols, data);
    }

    private static byte[] bytes(int n, Random random) {
        byte[] bytes = new byte[n];
        random.nextBytes(bytes);
        return bytes;
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
