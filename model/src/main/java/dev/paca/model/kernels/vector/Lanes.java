package dev.paca.model.kernels.vector;

import dev.paca.model.kernels.KernelLookup;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The width of vectors, decided when this class is loaded (C2 makes tight code only of species that are constants), and
 * how stored numbers come into vectors of that width.
 */
final class Lanes {
    /** Floats of the width in use. */
    static final VectorSpecies<Float> F = species(System.getProperty(KernelLookup.PROPERTY, ""));

    /** Ints of the same number. */
    static final VectorSpecies<Integer> I = F.withLanes(int.class);

    /** How many floats a vector has. */
    static final int FLOATS = F.length();

    static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE);

    /** 0, 1, 2 and so on. */
    static final IntVector COUNT = IntVector.zero(I).addIndex(1);

    private static final VectorSpecies<Short> HALF = VectorSpecies.of(short.class, shape(Math.max(64, FLOATS * 16)));
    private static final VectorSpecies<Byte> QUARTER = VectorSpecies.of(byte.class, shape(Math.max(64, FLOATS * 8)));

    private static final VectorShuffle<Float> BY_8 = apart(8);
    private static final VectorShuffle<Float> BY_4 = apart(4);
    private static final VectorShuffle<Float> BY_2 = apart(2);
    private static final VectorShuffle<Float> BY_1 = apart(1);

    private Lanes() {}

    private static VectorShuffle<Float> apart(int by) {
        return VectorShuffle.fromOp(F, i -> (i ^ by) & FLOATS - 1);
    }

    private static VectorSpecies<Float> species(String bits) {
        return bits.isEmpty()
                ? FloatVector.SPECIES_PREFERRED
                : VectorSpecies.of(float.class, shape(Integer.parseInt(bits)));
    }

    private static VectorShape shape(int bits) {
        return VectorShape.forBitSize(bits);
    }

    /** The half-precision float at {@code at}. */
    static float half(MemorySegment m, long at) {
        return Float.float16ToFloat(m.get(SHORT, at));
    }

    /** As many bytes as a vector has floats, each from 0 to 255. */
    static IntVector unsignedBytes(MemorySegment m, long at) {
        if (FLOATS == 4) {
            // There are no vectors of 32 bits, and a longer one might reach beyond the segment.
            return spread(m, at).and(255);
        }
        return (IntVector) ByteVector.fromMemorySegment(QUARTER, m, at, LITTLE)
                .convertShape(VectorOperators.ZERO_EXTEND_B2I, I, 0);
    }

    /** As many bytes as a vector has floats, each from -128 to 127, as floats. */
    static FloatVector signedBytes(MemorySegment m, long at) {
        if (FLOATS == 4) {
            IntVector bytes = spread(m, at);
            return floats(bytes.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24));
        }
        return (FloatVector)
                ByteVector.fromMemorySegment(QUARTER, m, at, LITTLE).convertShape(VectorOperators.B2F, F, 0);
    }

    private static IntVector spread(MemorySegment m, long at) {
        return IntVector.broadcast(I, m.get(INT, at)).lanewise(VectorOperators.LSHR, COUNT.mul(8));
    }

    /** As many 16-bit words as a vector has floats, each from 0 to 65535. */
    static IntVector words(MemorySegment m, long at) {
        return (IntVector)
                ShortVector.fromMemorySegment(HALF, m, at, LITTLE).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
    }

    static FloatVector floats(IntVector v) {
        return (FloatVector) v.convertShape(VectorOperators.I2F, F, 0);
    }

    /**
     * The sum of all lanes, by halves. {@code reduceLanes} may add in any order, and the interpreter's is another than C2's:
     * results would depend on when a method was compiled.
     */
    static float sum(FloatVector v) {
        FloatVector sum = v;
        if (FLOATS > 8) {
            sum = sum.add(sum.rearrange(BY_8));
        }
        if (FLOATS > 4) {
            sum = sum.add(sum.rearrange(BY_4));
        }
        sum = sum.add(sum.rearrange(BY_2));
        return sum.add(sum.rearrange(BY_1)).lane(0);
    }
}
