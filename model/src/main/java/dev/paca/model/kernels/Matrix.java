package dev.paca.model.kernels;

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
public record Matrix(String name, GgmlType type, int rows, int cols, MemorySegment data) {}
