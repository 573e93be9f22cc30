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
    @SuppressWarnings({"rawtypes", "unchecked"})
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
        Task14<
                        KernelContext,
                        IntArray,
                        IntArray,
                        FloatArray,
                        FloatArray,
                        IntArray,
                        IntArray,
                        Integer,
                        Integer,
                        Integer,
                        Integer,
                        Integer,
                        Integer,
                        Integer>
                kernel = few ? BatchProducts::products : TileProducts::products;
        return graph.task(
                name,
                (Task14) kernel,
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
}
