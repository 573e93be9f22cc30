package dev.paca.kv.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The vector shapes in use: the machine's preferred floats, and narrower elements with as many lanes. */
final class Lanes {
    static final VectorSpecies<Float> FLOAT = FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INT = IntVector.SPECIES_PREFERRED;
    static final VectorSpecies<Short> SHORT =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOAT.vectorBitSize() / 2));
    /** As many lanes, or as few as there can be. */
    static final VectorSpecies<Byte> BYTE =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, FLOAT.vectorBitSize() / 4)));

    static final int COUNT = FLOAT.length();

    private static final VectorShuffle<Float> BY_8 = apart(8);
    private static final VectorShuffle<Float> BY_4 = apart(4);
    private static final VectorShuffle<Float> BY_2 = apart(2);
    private static final VectorShuffle<Float> BY_1 = apart(1);

    private static final VectorMask<Float> UPPER = VectorMask.fromLong(FLOAT, -1L << COUNT / 2);
    private static final VectorShuffle<Float> BY_HALF = apart(COUNT / 2);

    private Lanes() {}

    private static VectorShuffle<Float> apart(int by) {
        return VectorShuffle.fromOp(FLOAT, i -> (i ^ by) & COUNT - 1);
    }

    /**
     * The sum of all lanes, by halves. {@code reduceLanes} may add in any order, and the interpreter's is another than C2's:
     * which pages are read would depend on when a method was compiled.
     */
    static float sum(FloatVector v) {
        FloatVector sum = v;
        if (COUNT > 8) {
            sum = sum.add(sum.rearrange(BY_8));
        }
        if (COUNT > 4) {
            sum = sum.add(sum.rearrange(BY_4));
        }
        sum = sum.add(sum.rearrange(BY_2));
        return sum.add(sum.rearrange(BY_1)).lane(0);
    }

    /** The sums of all lanes of two vectors: lane 0 and lane {@code COUNT / 2}, the same bits as {@link #sum} gives. */
    static FloatVector sums(FloatVector a, FloatVector b) {
        FloatVector sum = a.add(a.rearrange(BY_HALF)).blend(b.add(b.rearrange(BY_HALF)), UPPER);
        if (COUNT > 8) {
            sum = sum.add(sum.rearrange(BY_4));
        }
        if (COUNT > 4) {
            sum = sum.add(sum.rearrange(BY_2));
        }
        return sum.add(sum.rearrange(BY_1));
    }
}
