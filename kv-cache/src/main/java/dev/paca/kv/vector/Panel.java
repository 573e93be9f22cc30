package dev.paca.kv.vector;

import dev.paca.kv.Storage;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Expands a rectangle of a block from its stored form into a tile of floats that stays in the first-level cache. Rows are
 * written in whole vectors, so up to one vector less one float beyond {@code columns} is overwritten in each row, and as
 * much is read beyond the block; panels and chunks have room for that.
 */
final class Panel {
    private static final VectorSpecies<Float> F = Lanes.FLOAT;
    private static final VectorSpecies<Integer> I = Lanes.INT;
    private static final VectorSpecies<Short> S = Lanes.SHORT;
    private static final int LANES = Lanes.COUNT;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    private Panel() {}

    /**
     * @param at byte offset of the block's first row
     * @param rowElements elements of a row of the block
     * @param skip columns left out at the beginning of each row
     * @param rows rows to expand
     * @param columns columns to expand
     * @param to index in {@code panel} of the first element
     * @param stride floats between rows of {@code panel}
     */
    static void expand(
            Storage storage,
            MemorySegment bytes,
            long at,
            int rowElements,
            int skip,
            int rows,
            int columns,
            float[] panel,
            int to,
            int stride) {
        switch (storage) {
            case F32 -> f32(bytes, at + 4L * skip, 4L * rowElements, rows, columns, panel, to, stride);
            case F16 -> f16(bytes, at + 2L * skip, 2L * rowElements, rows, columns, panel, to, stride);
        }
    }

    private static void f32(
            MemorySegment bytes, long at, long rowBytes, int rows, int columns, float[] panel, int to, int stride) {
        for (int c = 0; c < columns; c += LANES) {
            for (int r = 0; r < rows; r++) {
                FloatVector.fromMemorySegment(F, bytes, at + r * rowBytes + 4L * c, LE)
                        .intoArray(panel, to + r * stride + c);
            }
        }
    }

    /**
     * Half to single precision by bits: with sign and exponent moved to their places the value is too small by 2^112, for
     * subnormals too, and a multiplication mends it exactly. Codes of infinity and NaN do not occur.
     */
    private static void f16(
            MemorySegment bytes, long at, long rowBytes, int rows, int columns, float[] panel, int to, int stride) {
        IntVector bits = IntVector.broadcast(I, 0x8fffe000);
        FloatVector scale = FloatVector.broadcast(F, 0x1p112f);
        for (int c = 0; c < columns; c += LANES) {
            for (int r = 0; r < rows; r++) {
                IntVector code = (IntVector) ShortVector.fromMemorySegment(S, bytes, at + r * rowBytes + 2L * c, LE)
                        .convertShape(VectorOperators.S2I, I, 0);
                code.lanewise(VectorOperators.LSHL, 13)
                        .and(bits)
                        .reinterpretAsFloats()
                        .mul(scale)
                        .intoArray(panel, to + r * stride + c);
            }
        }
    }
}
