package dev.paca.model.kernels;

import dev.paca.kv.PacaException;
import dev.paca.model.gguf.GgmlType;
import java.lang.foreign.MemorySegment;

/**
 * Weights in their stored form, row after row.
 *
 * @param name the tensor's name
 * @param type how the numbers are stored
 * @param rows outputs of a product
 * @param cols inputs of a product; a multiple of the type's block size
 * @param data {@code type.bytes(rows * cols)} bytes
 */
public record Matrix(String name, GgmlType type, int rows, int cols, MemorySegment data) {
    public Matrix {
        if (rows <= 0 || cols <= 0 || cols % type.blockSize() != 0) {
            throw new PacaException(
                    "Tensor %s has %d rows of %d numbers, but rows of type %s must be a multiple of %d long."
                            .formatted(name, rows, cols, type, type.blockSize()));
        }
        long bytes = type.bytes((long) rows * cols);
        if (data.byteSize() != bytes) {
            throw new PacaException("Tensor %s has %d bytes, but %d rows of %d numbers of type %s take %d."
                    .formatted(name, data.byteSize(), rows, cols, type, bytes));
        }
    }

    /** Bytes of a row. */
    public int rowBytes() {
        return Math.toIntExact(type.bytes(cols));
    }
}
