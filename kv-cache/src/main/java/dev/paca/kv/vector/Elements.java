package dev.paca.kv.vector;

import dev.paca.kv.Storage;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * How short floats become lanes: with sign, exponent and fraction moved to their places, the exponent's bias alone is
 * wrong, for subnormals too, and a multiplication by a power of two mends it exactly. Codes of infinity and NaN do not occur.
 *
 * @param bytes of an element: 1 or 2
 * @param shift from the code's bits to the float's
 * @param bits the float's bits that the code fills
 * @param factor what mends the bias
 */
record Elements(int bytes, int shift, int bits, float factor) {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    static final Elements F16 = new Elements(2, 13, 0x8fffe000, 0x1p112f);
    private static final Elements BF16 = new Elements(2, 16, -1, 1);
    private static final Elements E4M3 = new Elements(1, 20, 0x87f00000, 0x1p120f);
    private static final Elements E5M2 = new Elements(1, 21, 0x8fe00000, 0x1p112f);

    /** Null where elements are no short floats. Scales that lie beside them are not theirs. */
    static @Nullable Elements of(Storage storage) {
        return switch (storage) {
            case F16 -> F16;
            case BF16 -> BF16;
            case FP8_E4M3, FP8_E4M3_TENSOR, FP8_E4M3_HEAD, FP8_E4M3_TOKEN -> E4M3;
            case FP8_E5M2, FP8_E5M2_TENSOR, FP8_E5M2_HEAD, FP8_E5M2_TOKEN -> E5M2;
            case F32, INT8, KIVI4, KIVI2 -> null;
        };
    }

    IntVector mask() {
        return IntVector.broadcast(Lanes.INT, bits);
    }

    FloatVector scale() {
        return FloatVector.broadcast(Lanes.FLOAT, factor);
    }

    /** A vector of elements of a byte each. What is the same for a whole loop comes as arguments. */
    static FloatVector bytes(MemorySegment from, long at, int shift, IntVector mask, FloatVector scale) {
        return rawBytes(from, at, shift, mask).mul(scale);
    }

    /** The same of elements of two bytes. */
    static FloatVector halves(MemorySegment from, long at, int shift, IntVector mask, FloatVector scale) {
        return rawHalves(from, at, shift, mask).mul(scale);
    }

    /** The bits in their places, the bias as it was: what is made of them is short of {@link #factor}. */
    static FloatVector rawBytes(MemorySegment from, long at, int shift, IntVector mask) {
        IntVector code = (IntVector)
                ByteVector.fromMemorySegment(Lanes.BYTE, from, at, LE).convertShape(VectorOperators.B2I, Lanes.INT, 0);
        return code.lanewise(VectorOperators.LSHL, shift).and(mask).reinterpretAsFloats();
    }

    /** The same of elements of two bytes. */
    static FloatVector rawHalves(MemorySegment from, long at, int shift, IntVector mask) {
        IntVector code = (IntVector) ShortVector.fromMemorySegment(Lanes.SHORT, from, at, LE)
                .convertShape(VectorOperators.S2I, Lanes.INT, 0);
        return code.lanewise(VectorOperators.LSHL, shift).and(mask).reinterpretAsFloats();
    }
}
