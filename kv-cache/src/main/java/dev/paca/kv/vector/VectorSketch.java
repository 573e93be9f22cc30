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
 * Scores of pages by a {@link Sketch}, 64 pages at a time and for two query heads, which share what is loaded. Where vectors
 * have 512 bits, a channel's table of 64 bytes fills one, and one permutation looks up the codes of all 64 pages. Elsewhere
 * the entries are computed, of two pages from two bytes side by side.
 */
final class VectorSketch {
    private static final boolean WIDE = Lanes.COUNT == 16;

    private static final VectorSpecies<Float> F = Lanes.FLOAT;
    private static final VectorSpecies<Byte> B = ByteVector.SPECIES_512;
    private static final VectorSpecies<Short> S = ShortVector.SPECIES_512;
    /** Shorts where entries are computed; of half a vector on wide ones, where only tests do so. */
    private static final VectorSpecies<Short> NARROW = WIDE ? ShortVector.SPECIES_256 : ShortVector.SPECIES_PREFERRED;

    private static final VectorSpecies<Byte> NARROW_BYTES = VectorSpecies.of(byte.class, NARROW.vectorShape());
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
        /** Of groups side by side, what their pages have in common: the first head's, then the second's. */
        private final float[] bases = new float[2 * Sketch.GROUPS];

        private void size(int rows) {
            if (firstEntries.length != rows * Sketch.ENTRIES) {
                firstEntries = new byte[rows * Sketch.ENTRIES];
                secondEntries = new byte[rows * Sketch.ENTRIES];
            }
        }
    }

    /** See {@link dev.paca.kv.index.Scorer#sketched}. */
    static void scores(Sketch sketch, int count, Queries queries, float scale, float[] scores, Memory memory) {
        scores(sketch, count, queries, scale, scores, memory, WIDE);
    }

    /** @param wide whether to look entries up, which takes vectors of 512 bits */
    static void scores(
            Sketch sketch, int count, Queries queries, float scale, float[] scores, Memory memory, boolean wide) {
        int dims = sketch.headDim();
        int rows = Sketch.rows(dims);
        memory.size(rows);
        Arrays.fill(scores, 0, count, Float.NEGATIVE_INFINITY);
        // One that is left is scored twice.
        for (int h = 0; h < queries.group(); h += 2) {
            int next = Math.min(h + 1, queries.group() - 1);
            memory.first.of(queries, h, sketch);
            memory.second.of(queries, next, sketch);
            if (wide) {
                entries(memory.first, rows, memory.firstEntries);
                entries(memory.second, rows, memory.secondEntries);
            }
            for (int done = 0; done < count; done += Sketch.BLOCK) {
                int group = done / Sketch.GROUP;
                if (group % Sketch.GROUPS == 0) {
                    float[] means = sketch.means(group / Sketch.GROUPS);
                    bases(means, dims, queries.values(), queries.at(h), memory.first.base, memory.bases, 0);
                    bases(
                            means,
                            dims,
                            queries.values(),
                            queries.at(next),
                            memory.second.base,
                            memory.bases,
                            Sketch.GROUPS);
                }
                byte[] codes = sketch.codes(done / Sketch.BLOCK);
                if (wide) {
                    sums(codes, rows, memory.firstEntries, memory.secondEntries, memory.sums);
                } else {
                    sums(codes, rows, memory.first, memory.second, memory.sums);
                }
                int groups = Math.min(count - done, Sketch.BLOCK) / Sketch.GROUP;
                largest(memory, group % Sketch.GROUPS, groups, scale, scores, done);
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

    /** The same sums, from the entries' parts. */
    private static void sums(byte[] codes, int rows, Sketch.Query first, Sketch.Query second, short[] sums) {
        short[] middle1 = first.middle;
        short[] spread1 = first.spread;
        short[] middle2 = second.middle;
        short[] spread2 = second.spread;
        ShortVector bias = ShortVector.broadcast(NARROW, (short) (Sketch.BIAS * rows));
        for (int at = 0; at < Sketch.BLOCK / 2; at += NARROW.length()) {
            ShortVector even1 = bias;
            ShortVector odd1 = bias;
            ShortVector even2 = bias;
            ShortVector odd2 = bias;
            for (int d = 0; d < rows; d++) {
                ShortVector both = ByteVector.fromArray(NARROW_BYTES, codes, d * Sketch.BLOCK + 2 * at)
                        .reinterpretAsShorts();
                ShortVector middle = both.and((short) 15);
                ShortVector spread = both.lanewise(VectorOperators.LSHR, 4).and((short) 15);
                ShortVector oddMiddle = both.lanewise(VectorOperators.LSHR, 8).and((short) 15);
                ShortVector oddSpread = both.lanewise(VectorOperators.LSHR, 12);
                // Twice the code less its greatest value is what a part is multiplied with.
                short m = (short) (2 * middle1[d]);
                short s = (short) (2 * spread1[d]);
                short zero = (short) (128 - 15 * middle1[d] - 3 * spread1[d]);
                even1 = even1.add(middle.mul(m).add(spread.mul(s)).add(zero).lanewise(VectorOperators.ASHR, 8));
                odd1 = odd1.add(oddMiddle.mul(m).add(oddSpread.mul(s)).add(zero).lanewise(VectorOperators.ASHR, 8));
                m = (short) (2 * middle2[d]);
                s = (short) (2 * spread2[d]);
                zero = (short) (128 - 15 * middle2[d] - 3 * spread2[d]);
                even2 = even2.add(middle.mul(m).add(spread.mul(s)).add(zero).lanewise(VectorOperators.ASHR, 8));
                odd2 = odd2.add(oddMiddle.mul(m).add(oddSpread.mul(s)).add(zero).lanewise(VectorOperators.ASHR, 8));
            }
            even1.intoArray(sums, at);
            odd1.intoArray(sums, Sketch.BLOCK / 2 + at);
            even2.intoArray(sums, Sketch.BLOCK + at);
            odd2.intoArray(sums, Sketch.BLOCK * 3 / 2 + at);
        }
    }

    /** Adds the products of a query with the means of groups side by side to its base, in the order of the definition. */
    private static void bases(float[] means, int dims, float[] q, int from, float base, float[] bases, int to) {
        for (int g = 0; g < Sketch.GROUPS; g += F.length()) {
            FloatVector even = FloatVector.zero(F);
            FloatVector odd = even;
            int d = 0;
            for (; d < dims - 1; d += 2) {
                even = FloatVector.fromArray(F, means, d * Sketch.GROUPS + g)
                        .fma(FloatVector.broadcast(F, q[from + d]), even);
                odd = FloatVector.fromArray(F, means, (d + 1) * Sketch.GROUPS + g)
                        .fma(FloatVector.broadcast(F, q[from + d + 1]), odd);
            }
            if (d < dims) {
                even = FloatVector.fromArray(F, means, d * Sketch.GROUPS + g)
                        .fma(FloatVector.broadcast(F, q[from + d]), even);
            }
            even.add(odd).add(base).intoArray(bases, to + g);
        }
    }

    /** Keeps the larger of the heads' scores and what has been found. */
    private static void largest(Memory memory, int group, int groups, float scale, float[] scores, int at) {
        FloatVector firstUnit = FloatVector.broadcast(F, memory.first.unit);
        FloatVector secondUnit = FloatVector.broadcast(F, memory.second.unit);
        for (int g = 0; g < groups; g++) {
            FloatVector firstBase = FloatVector.broadcast(F, memory.bases[group + g]);
            FloatVector secondBase = FloatVector.broadcast(F, memory.bases[Sketch.GROUPS + group + g]);
            for (int i = g * Sketch.GROUP; i < (g + 1) * Sketch.GROUP; i += F.length()) {
                FloatVector a = floats(memory.sums, i).fma(firstUnit, firstBase);
                FloatVector b = floats(memory.sums, Sketch.BLOCK + i).fma(secondUnit, secondBase);
                FloatVector known = FloatVector.fromArray(F, scores, at + i);
                a.max(b).mul(scale).max(known).intoArray(scores, at + i);
            }
        }
    }

    private static FloatVector floats(short[] sums, int at) {
        IntVector ints = (IntVector)
                ShortVector.fromArray(Lanes.SHORT, sums, at).convertShape(VectorOperators.S2I, Lanes.INT, 0);
        return (FloatVector) ints.convertShape(VectorOperators.I2F, F, 0);
    }
}
