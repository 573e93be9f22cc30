package dev.paca.tornado.weights;

import dev.paca.kv.PacaException;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.kernels.Matrix;
import dev.paca.tornado.kernels.Weight;
import java.util.List;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * A weight matrix in the arrays that kernels read, its numbers the stored ones. F32, F16, Q8_0, Q4_0 and Q4_K keep their
 * form, with scales apart from numbers so that words are aligned; other types are converted once, BF16 to F32 and the rest
 * to F16.
 *
 * @param type a type of {@link Weight}, which says what the arrays hold
 * @param rows outputs of a product
 * @param cols inputs of a product
 * @param converted whether the stored type was another
 */
public record DeviceMatrix(
        int type, int rows, int cols, FloatArray f, HalfFloatArray h, ShortArray b, IntArray q, boolean converted) {

    /**
     * Lays out one matrix, or several of one width one below the other; if their types differ, they are converted.
     *
     * @param halves whether the device computes with half precision
     * @param unused stands for the arrays that the type does not need
     * @throws PacaException if an array of the device cannot hold it
     */
    public static DeviceMatrix of(List<Matrix> parts, boolean halves, Unused unused) {
        Matrix first = parts.getFirst();
        int rows = parts.stream().mapToInt(Matrix::rows).sum();
        int cols = first.cols();
        long numbers = (long) rows * cols;
        if (numbers >= Integer.MAX_VALUE - 64) {
            throw new PacaException("Tensor " + first.name() + " has " + numbers
                    + " numbers, more than an array of the device can hold (2^31). Use --device cpu for this model.");
        }
        return new MatrixPacker(parts, rows, cols, halves, unused).pack();
    }

    /** Whether numbers of that type keep their form. */
    public static boolean kept(GgmlType type) {
        return switch (type) {
            case F32, F16, Q8_0, Q4_0, Q4_K -> true;
            default -> false;
        };
    }

    /** Bytes on the device. */
    public long bytes() {
        return 4L * f.getSize() + 2L * h.getSize() + 2L * b.getSize() + 4L * q.getSize();
    }

    /** Bytes on the device of a matrix of that stored type, before it is laid out. */
    public static long bytes(GgmlType type, long numbers) {
        return switch (type) {
            case F32, BF16 -> 4 * numbers;
            case Q8_0 -> numbers + numbers / 8;
            case Q4_0 -> numbers / 2 + numbers / 8;
            case Q4_K -> (Weight.Q4_K_INTS + 2) * 4L * (numbers / 256);
            default -> 2 * numbers;
        };
    }
}
