package dev.paca.kv.vector;

import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.page.PageStore;
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

    /** Every row of the queries followed by its magnitudes; in {@code into} if that is large enough. */
    static float[] query(Queries queries, float[] into) {
        int dims = queries.headDim();
        int size = 2 * dims * queries.group();
        float[] q = into.length < size ? new float[size] : into;
        for (int h = 0; h < queries.group(); h++) {
            for (int d = 0; d < dims; d++) {
                float x = queries.values()[queries.at(h) + d];
                q[2 * dims * h + d] = x;
                q[2 * dims * h + dims + d] = Math.abs(x);
            }
        }
        return q;
    }

    /**
     * Scores pages for two rows of {@link #query}: {@code scores[a + i]} and {@code scores[b + i]} for {@code i < count}.
     * Both use what is loaded and made floats.
     *
     * @param first where the first row begins in {@code q}
     * @param second where the other one does
     */
    static void scores(
            Reads reads, int count, float[] q, int first, int second, float scale, float[] scores, int a, int b) {
        PageStore store = reads.store();
        int dims = store.format().headDim();
        for (int i = 0; i < count; i++) {
            int page = reads.pages()[i];
            score(store.bytes(page), store.indexAt(page), q, first, second, dims, scale, scores, a + i, b + i);
        }
    }

    private static void score(
            MemorySegment bytes,
            long at,
            float[] q,
            int first,
            int second,
            int dims,
            float scale,
            float[] scores,
            int a,
            int b) {
        int n = 2 * dims;
        int whole = n - n % (2 * LANES);
        int shift = Elements.F16.shift();
        IntVector mask = Elements.F16.mask();
        FloatVector factor = Elements.F16.scale();
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        FloatVector b0 = a0;
        FloatVector b1 = a0;
        for (int d = 0; d < whole; d += 2 * LANES) {
            FloatVector x = Elements.halves(bytes, at + 2L * d, shift, mask, factor);
            a0 = x.fma(FloatVector.fromArray(F, q, first + d), a0);
            b0 = x.fma(FloatVector.fromArray(F, q, second + d), b0);
            FloatVector y = Elements.halves(bytes, at + 2L * (d + LANES), shift, mask, factor);
            a1 = y.fma(FloatVector.fromArray(F, q, first + d + LANES), a1);
            b1 = y.fma(FloatVector.fromArray(F, q, second + d + LANES), b1);
        }
        FloatVector both = Lanes.sums(a0.add(a1), b0.add(b1));
        float sumA = both.lane(0);
        float sumB = both.lane(LANES / 2);
        for (int d = whole; d < n; d++) {
            float x = Float.float16ToFloat(bytes.get(HALF, at + 2L * d));
            sumA += x * q[first + d];
            sumB += x * q[second + d];
        }
        scores[a] = sumA * scale;
        scores[b] = sumB * scale;
    }
}
