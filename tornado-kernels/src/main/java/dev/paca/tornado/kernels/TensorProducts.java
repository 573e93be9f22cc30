package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task14;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Products on tensor cores as tasks. Their kernels read two halves at a time as an int: TornadoVM hands over memory, whatever
 * the class of the array that it knows it by.
 */
public final class TensorProducts {
    private TensorProducts() {}

    /** Adds {@link BatchProducts#products} or {@link TileProducts#products} to a graph, with what they are given. */
    public static TaskGraph task(
            TaskGraph graph,
            String name,
            boolean few,
            KernelContext context,
            IntArray step,
            IntArray x,
            FloatArray y,
            FloatArray tiles,
            IntArray halves,
            HalfFloatArray w,
            int outputs,
            int cols,
            int stride,
            int to,
            int mode,
            int capacity,
            int splits) {
        return task(
                graph,
                name,
                few ? BatchProducts::products : TileProducts::products,
                context,
                step,
                x,
                y,
                tiles,
                halves,
                w,
                outputs,
                cols,
                stride,
                to,
                mode,
                capacity,
                splits);
    }

    @SuppressWarnings("unchecked")
    private static <W> TaskGraph task(
            TaskGraph graph,
            String name,
            Task14<
                            KernelContext,
                            IntArray,
                            IntArray,
                            FloatArray,
                            FloatArray,
                            IntArray,
                            W,
                            Integer,
                            Integer,
                            Integer,
                            Integer,
                            Integer,
                            Integer,
                            Integer>
                    kernel,
            KernelContext context,
            IntArray step,
            IntArray x,
            FloatArray y,
            FloatArray tiles,
            IntArray halves,
            Object w,
            int outputs,
            int cols,
            int stride,
            int to,
            int mode,
            int capacity,
            int splits) {
        return graph.task(
                name, kernel, context, step, x, y, tiles, halves, (W) w, outputs, cols, stride, to, mode, capacity,
                splits);
    }
}
