package dev.paca.tornado.graph;

import dev.paca.tornado.kernels.Norm;
import dev.paca.tornado.kernels.Product;
import dev.paca.tornado.weights.DeviceMatrix;
import java.util.List;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Norms and products of a graph's rows. One row is normalised by the products that read it; several are normalised once,
 * and multiplied on tensor cores where there are any, by kernels that read what the kernel before has rounded.
 *
 * @param rows rows at most
 * @param tensors for products on tensor cores; null if there are none
 * @param normed rows of the normalised stream
 * @param none stands for halves that are not written
 * @param eps of a norm
 */
record Linears(
        IntArray step,
        int rows,
        FloatArray stream,
        FloatArray normed,
        IntArray none,
        float eps,
        @Nullable Tensors tensors) {

    /** Halves that the kernel before a product of {@link #from} rounds to; one element if it does not. */
    IntArray halves() {
        return tensors == null ? none : tensors.halves();
    }

    /** Rows that these are for. */
    int capacity() {
        return tensors == null ? 0 : tensors.padded();
    }

    /** Whether a matrix is multiplied with rounded rows: 1, or 0. */
    int rounds(DeviceMatrix w) {
        return tensors != null && Tensors.takes(w) ? 1 : 0;
    }

    /** Normalises the rows of the stream, for products {@link #fromStream} of those matrices. */
    void norm(Tasks tasks, FloatArray gain, List<DeviceMatrix> matrices) {
        if (rows > 1) {
            tasks.graph.task(
                    tasks.task("norm", rows, Norm.THREADS),
                    Norm::rms,
                    tasks.context,
                    step,
                    stream,
                    gain,
                    normed,
                    halves(),
                    matrices.getFirst().cols(),
                    eps,
                    0,
                    capacity(),
                    matrices.stream().mapToInt(this::rounds).max().orElse(0));
        }
    }

    /** A product with the normalised stream. */
    void fromStream(
            Tasks tasks, String what, DeviceMatrix w, FloatArray gain, FloatArray y, int stride, int to, int mode) {
        if (rows == 1) {
            tasks.normedProduct(what, w, stream, gain, eps, y, to, mode);
        } else {
            many(tasks, what, w, normed, halves(), y, stride, to, mode);
        }
    }

    /** A product with rows of x, rounded to {@link #halves} where that is wanted. */
    void from(Tasks tasks, String what, DeviceMatrix w, FloatArray x, FloatArray y, int stride, int to, int mode) {
        if (rows == 1) {
            tasks.product(what, w, x, y, to, mode);
        } else {
            many(tasks, what, w, x, halves(), y, stride, to, mode);
        }
    }

    /** Adds a product with the inner rows, which {@link Product#SWIGLU} of {@code source} has left, to the stream. */
    void fromHidden(Tasks tasks, String what, DeviceMatrix w, DeviceMatrix source, FloatArray x, int stride) {
        if (rows == 1) {
            tasks.product(what, w, x, stream, 0, Product.ADD);
            return;
        }
        if (tensors != null && Tensors.takes(w) && !Tensors.takes(source)) {
            tensors.round(tasks, step, x, tensors.hidden(), w.cols());
        }
        many(tasks, what, w, x, tensors == null ? none : tensors.hidden(), stream, stride, 0, Product.ADD);
    }

    private void many(
            Tasks tasks,
            String what,
            DeviceMatrix w,
            FloatArray x,
            IntArray rounded,
            FloatArray y,
            int stride,
            int to,
            int mode) {
        if (tensors != null && Tensors.takes(w)) {
            tensors.products(tasks, what, step, w, rounded, y, stride, to, mode);
        } else {
            tasks.products(what, step, w, x, y, stride, to, mode, rows);
        }
    }
}
