package dev.paca.kv.vector;

import dev.paca.kv.attention.Queries;
import dev.paca.kv.index.Sketch;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Scores of pages by a {@link Sketch}, 64 pages at a time and for two query heads, which share what is loaded. A channel's
 * table of 64 bytes fills a vector, and one permutation looks up the codes of all 64 pages. Needs vectors of 512 bits.
 */
final class VectorSketch {
    static final boolean WIDE = Lanes.COUNT == 16;

    private static final VectorSpecies<Float> F = Lanes.FLOAT;
    private static final VectorSpecies<Byte> B = ByteVector.SPECIES_512;
    private static final VectorSpecies<Short> S = ShortVector.SPECIES_512;
    private static final VectorSpecies<Short> GROUP = ShortVector.SPECIES_256;
    /** What the two parts of an entry are multiplied with, for every second code from 0 on; the others' middles are 2 more. */
    private static final ShortVector MIDDLES = pattern(i -> 2 * (2 * i % 16) - 15);

    private static final ShortVector SPREADS = pattern(i -> 2 * (2 * i / 16) - 3);

    private VectorSketch() {}

    private interface Codes {
        int of(int code);
    }

    private static ShortVector pattern(Codes codes) {
        short[] lanes = new short[S.length()];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = (short) codes.of(i);
        }
        return ShortVector.fromArray(S, lanes, 0);
    }

    /** What passes from one loop to the next: each is small enough to be compiled whole. */
    static final class Memory {
        private final Sketch.Query first = new Sketch.Query();
        private final Sketch.Query second = new Sketch.Query();
        private byte[] firstEntries = new byte[0];
        private byte[] secondEntries = new byte[0];
        private final short[] sums = new short[2 * Sketch.BLOCK];
        /** Of a block's groups, what their pages have in common: the first head's, then the second's. */
        private final float[] bases = new float[2 * Sketch.BLOCK / Sketch.GROUP];

        private void size(int rows) {
            if (firstEntries.length != rows * Sketch.ENTRIES) {
                firstEntries = new byte[rows * Sketch.ENTRIES];
                secondEntries = new byte[rows * Sketch.ENTRIES];
            }
        }
    }

    /** See {@link dev.paca.kv.index.Scorer#sketched}. */
    static void scores(Sketch sketch, int count, Queries queries, float scale, float[] scores, Memory memory) {
        int rows = Sketch.rows(sketch.headDim());
        memory.size(rows);
        Arrays.fill(scores, 0, count, Float.NEGATIVE_INFINITY);
        // One that is left is scored twice.
        for (int h = 0; h < queries.group(); h += 2) {
            int next = Math.min(h + 1, queries.group() - 1);
            memory.first.of(queries, h, sketch);
            memory.second.of(queries, next, sketch);
            entries(memory.first, rows, memory.firstEntries);
            entries(memory.second, rows, memory.secondEntries);
            for (int done = 0; done < count; done += Sketch.BLOCK) {
                int block = done / Sketch.BLOCK;
                sums(sketch.codes(block), rows, memory.firstEntries, memory.secondEntries, memory.sums);
                bases(sketch.means(block), sketch.headDim(), queries, h, next, memory);
                int groups = Math.min(count - done, Sketch.BLOCK) / Sketch.GROUP;
                largest(memory, groups, scale, scores, done);
            }
        }
    }

    /** Fills the tables of a query head: two codes side by side are a short's two bytes. */
    private static void entries(Sketch.Query query, int rows, byte[] entries) {
        for (int d = 0; d < rows; d++) {
            short middle = query.middle[d];
            ShortVector even =
                    MIDDLES.mul(middle).add(SPREADS.mul(query.spread[d])).add((short) (128 + 256 * Sketch.BIAS));
            ShortVector odd = even.add((short) (2 * middle));
            even.lanewise(VectorOperators.LSHR, 8)
                    .or(odd.and((short) 0xff00))
                    .reinterpretAsBytes()
                    .intoArray(entries, d * Sketch.ENTRIES);
        }
    }

    /**
     * The sums of a block's pages' entries: the first head's, then the second's. Written out, for both heads: so it is large
     * enough for C2 to compile it by itself. Inlined with all the rest it would not be compiled whole.
     */
    private static void sums(byte[] codes, int rows, byte[] first, byte[] second, short[] sums) {
        ShortVector both1 = ShortVector.zero(S);
        ShortVector odd1 = both1;
        ShortVector both2 = both1;
        ShortVector odd2 = both1;
        int end = rows * Sketch.BLOCK;
        for (int at = 0; at < end; at += 4 * Sketch.BLOCK) {
            int at1 = at + Sketch.BLOCK;
            int at2 = at + 2 * Sketch.BLOCK;
            int at3 = at + 3 * Sketch.BLOCK;
            ByteVector a = ByteVector.fromArray(B, codes, at);
            ByteVector b = ByteVector.fromArray(B, codes, at1);
            ByteVector c = ByteVector.fromArray(B, codes, at2);
            ByteVector d = ByteVector.fromArray(B, codes, at3);
            ByteVector a1 = a.selectFrom(ByteVector.fromArray(B, first, at));
            ByteVector b1 = b.selectFrom(ByteVector.fromArray(B, first, at1));
            ByteVector c1 = c.selectFrom(ByteVector.fromArray(B, first, at2));
            ByteVector d1 = d.selectFrom(ByteVector.fromArray(B, first, at3));
            ShortVector x = a1.add(b1).add(c1.add(d1)).reinterpretAsShorts();
            both1 = both1.add(x);
            odd1 = odd1.add(x.lanewise(VectorOperators.LSHR, 8));
            ByteVector a2 = a.selectFrom(ByteVector.fromArray(B, second, at));
            ByteVector b2 = b.selectFrom(ByteVector.fromArray(B, second, at1));
            ByteVector c2 = c.selectFrom(ByteVector.fromArray(B, second, at2));
            ByteVector d2 = d.selectFrom(ByteVector.fromArray(B, second, at3));
            ShortVector y = a2.add(b2).add(c2.add(d2)).reinterpretAsShorts();
            both2 = both2.add(y);
            odd2 = odd2.add(y.lanewise(VectorOperators.LSHR, 8));
        }
        both1.sub(odd1.lanewise(VectorOperators.LSHL, 8)).intoArray(sums, 0);
        odd1.intoArray(sums, S.length());
        both2.sub(odd2.lanewise(VectorOperators.LSHL, 8)).intoArray(sums, 2 * S.length());
        odd2.intoArray(sums, 3 * S.length());
    }

    private static void bases(float[] means, int dims, Queries queries, int head, int next, Memory memory) {
        float[] q = queries.values();
        int first = queries.at(head);
        int second = queries.at(next);
        for (int g = 0; g < Sketch.BLOCK / Sketch.GROUP; g++) {
            FloatVector a = FloatVector.zero(F);
            FloatVector b = a;
            int d = 0;
            for (; d <= dims - F.length(); d += F.length()) {
                FloatVector mean = FloatVector.fromArray(F, means, g * dims + d);
                a = mean.fma(FloatVector.fromArray(F, q, first + d), a);
                b = mean.fma(FloatVector.fromArray(F, q, second + d), b);
            }
            FloatVector both = Lanes.sums(a, b);
            float x = both.lane(0);
            float y = both.lane(F.length() / 2);
            for (; d < dims; d++) {
                x += means[g * dims + d] * q[first + d];
                y += means[g * dims + d] * q[second + d];
            }
            memory.bases[g] = memory.first.base + x;
            memory.bases[g + Sketch.BLOCK / Sketch.GROUP] = memory.second.base + y;
        }
    }

    /** Keeps the larger of the two heads' scores where it is larger than what is known. */
    private static void largest(Memory memory, int groups, float scale, float[] scores, int at) {
        FloatVector firstUnit = FloatVector.broadcast(F, memory.first.unit);
        FloatVector secondUnit = FloatVector.broadcast(F, memory.second.unit);
        for (int g = 0; g < groups; g++) {
            FloatVector a =
                    floats(memory.sums, g * Sketch.GROUP).fma(firstUnit, FloatVector.broadcast(F, memory.bases[g]));
            FloatVector b = floats(memory.sums, Sketch.BLOCK + g * Sketch.GROUP)
                    .fma(secondUnit, FloatVector.broadcast(F, memory.bases[g + Sketch.BLOCK / Sketch.GROUP]));
            FloatVector known = FloatVector.fromArray(F, scores, at + g * Sketch.GROUP);
            a.max(b).mul(scale).max(known).intoArray(scores, at + g * Sketch.GROUP);
        }
    }

    private static FloatVector floats(short[] sums, int at) {
        IntVector ints =
                (IntVector) ShortVector.fromArray(GROUP, sums, at).convertShape(VectorOperators.S2I, Lanes.INT, 0);
        return (FloatVector) ints.convertShape(VectorOperators.I2F, F, 0);
    }
}
