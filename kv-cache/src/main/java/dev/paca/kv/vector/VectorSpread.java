package dev.paca.kv.vector;

import dev.paca.kv.attention.Queries;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/** Scores of pages by middles and spreads: one product of {@code [q, |q|]} with a row of F16 numbers. */
final class VectorSpread {
    private static final VectorSpecies<Float> F = Lanes.FLOAT;
    private static final int LANES = Lanes.COUNT;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LE);

    private VectorSpread() {}

    /** The queries' row {@code h} followed by its magnitudes; in {@code into} if that is large enough. */
    static float[] query(Queries queries, int h, float[] into) {
        int dims = queries.headDim();
        float[] q = into.length < 2 * dims ? new float[2 * dims] : into;
        for (int d = 0; d < dims; d++) {
            q[d] = queries.values()[queries.at(h) + d];
            q[dims + d] = Math.abs(q[d]);
        }
        return q;
    }

    static float score(MemorySegment bytes, long at, float[] q, int dims) {
        int n = 2 * dims;
        int whole = n - n % (2 * LANES);
        int shift = Elements.F16.shift();
        IntVector mask = Elements.F16.mask();
        FloatVector scale = Elements.F16.scale();
        FloatVector a = FloatVector.zero(F);
        FloatVector b = FloatVector.zero(F);
        for (int d = 0; d < whole; d += 2 * LANES) {
            a = Elements.halves(bytes, at + 2L * d, shift, mask, scale).fma(FloatVector.fromArray(F, q, d), a);
            b = Elements.halves(bytes, at + 2L * (d + LANES), shift, mask, scale)
                    .fma(FloatVector.fromArray(F, q, d + LANES), b);
        }
        float sum = Lanes.sum(a.add(b));
        for (int d = whole; d < n; d++) {
            sum += Float.float16ToFloat(bytes.get(HALF, at + 2L * d)) * q[d];
        }
        return sum;
    }
}
