package dev.paca.model.gguf;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A tensor of a file, its numbers as they are stored.
 *
 * @param name its name, unique in the file
 * @param type how the numbers are stored
 * @param shape 1 to 4 positive sizes in ggml's order: the length of a row first, then the number of rows
 * @param data {@code type.bytes(elements())} bytes
 */
public record Tensor(String name, GgmlType type, long[] shape, MemorySegment data) {
    /** How many numbers it has. */
    public long elements() {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    /** The shape as people write it: {@code [2048, 512]}. */
    public String shapeText() {
        return shapeText(shape);
    }

    static String shapeText(long[] shape) {
        return Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
