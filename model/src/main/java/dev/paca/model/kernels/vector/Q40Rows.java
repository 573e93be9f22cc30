package dev.paca.model.kernels.vector;

import static dev.paca.model.kernels.vector.Lanes.LITTLE;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of Q4_0 rows with one token's activations, quantised to a scale and int8 for each 32 of them, where 512-bit
 * vectors are. Without this, the arithmetic and not the memory would be the limit.
 *
 * <p>Two products and their sum are one 32-bit multiplication: of weights w0 + 2^16 w1 and activations a1 + 2^16 a0, the
 * product has w0 a0 + w1 a1 in its upper half. Four such are added before they become a float; their lower halves add less
 * than 0.12 of a quantised unit, far below what quantising lost. Weights are used unsigned, in 0 to 15; the eight that each
 * is too large by is made up for with the sum of the block's activations. And as a byte V = lo + 16 hi, lo a + hi b = V a +
 * hi (b - 16 a) spares cutting out lo.
 *
 * <p>A step of the loop takes four blocks of a row. The same permutation brings the first halves of all four into one vector,
 * four lanes a block, and, of what lies 8 bytes on, the second halves into another, so that the products of both can be
 * added lane by lane, and half as many floats have to be made, scaled and added as there are vectors. What counts is the
 * number of instructions: the fewer there are to a byte, the more reads from memory a core has under way.
 *
 * <p>Rows are taken in pairs that lie far apart, so that each thread reads two long streams, which memory serves faster
 * than one at this rate, and faster than four. The loop is not counted, as in {@link Q80Rows}; but it takes no slices: C2
 * now and then does not inline how they are made ("low call site frequency"), and each would be an object. And it reads one
 * array, not two: with more to check, C2 keeps addresses in vector registers.
 */
final class Q40Rows {
    /** Numbers that a step of the loop takes: four blocks. */
    static final int STEP = 128;

    /**
     * What a token's activations become for a step: 16 multipliers for V of the blocks' first halves and 16 for hi, as many
     * for the second halves; and, as bits of floats, 4 scales, for either row, and 4 sums, for either row.
     */
    static final int INTS = 80;

    private static final int HALF = 32;
    private static final int SCALES = 64;
    private static final int SUMS = 72;
    private static final int STEP_BYTES = 4 * 18;

    private static final VectorSpecies<Float> F = FloatVector.SPECIES_256;
    private static final VectorSpecies<Integer> I = IntVector.SPECIES_256;
    private static final VectorSpecies<Byte> B_WIDE = ByteVector.SPECIES_512;
    private static final VectorSpecies<Short> S_WIDE = ShortVector.SPECIES_512;
    private static final VectorSpecies<Integer> I_WIDE = IntVector.SPECIES_512;
    private static final VectorSpecies<Float> F_WIDE = FloatVector.SPECIES_512;

    /** Where four blocks' scales are, 9 words apart; each in both halves of an int, and all four for either row. */
    private static final VectorShuffle<Short> SCALE_WORDS = VectorShuffle.fromOp(S_WIDE, i -> i % 8 / 2 * 9);

    /** Where the first 8 bytes of weights of four blocks are, 18 bytes apart, each in both halves of a word. */
    private static final VectorShuffle<Byte> HALVES = VectorShuffle.fromOp(B_WIDE, i -> 2 + 18 * (i / 16) + i % 16 / 2);

    /** The lanes of four that belong to the far row. */
    private static final VectorMask<Integer> FAR_INTS = VectorMask.fromLong(I, 0xF0);

    private static final VectorMask<Float> FAR = VectorMask.fromLong(F, 0xF0);

    /** Four scales, each for the four lanes of its block. */
    private static final VectorShuffle<Float> NEAR_SCALES = VectorShuffle.fromOp(F_WIDE, i -> i / 4);

    private static final VectorShuffle<Float> FAR_SCALES = VectorShuffle.fromOp(F_WIDE, i -> 4 + i / 4);

    private static final VectorShuffle<Float> BY_8 = VectorShuffle.fromOp(F_WIDE, i -> i ^ 8);
    private static final VectorShuffle<Float> BY_4 = VectorShuffle.fromOp(F, i -> i ^ 4);
    private static final VectorShuffle<Float> BY_2 = VectorShuffle.fromOp(F, i -> i ^ 2);
    private static final VectorShuffle<Float> BY_1 = VectorShuffle.fromOp(F, i -> i ^ 1);

    /** 1.5 * 2^23: added to a small float it leaves the nearest integer in the lowest bits. */
    private static final float ROUND = 12582912f;

    private static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);

    private Q40Rows() {}

    /**
     * Quantises a token's activations. The results are in an array, whose accesses C2 always inlines.
     *
     * @param cols a multiple of {@link #STEP}
     * @param out from {@code to * INTS}, {@code cols / STEP * INTS} ints, see {@link #INTS}
     * @param to the step of {@code out} that is the token's first
     * @param scratch 32 ints
     */
    static void quantize(float[] x, int from, int cols, int[] out, int to, int[] scratch) {
        for (int i = 0; i < cols; i += 32) {
            int step = (to + i / STEP) * INTS;
            int block = i % STEP / 32;
            float scale = round(x, from + i, scratch);
            int sum = multipliers(scratch, out, step + 4 * block);
            // The products' upper halves count.
            int unit = Float.floatToRawIntBits(scale * 0x1p-16f);
            out[step + SCALES + block] = unit;
            out[step + SCALES + 4 + block] = unit;
            int eights = Float.floatToRawIntBits(-8 * scale * sum);
            out[step + SUMS + block] = eights;
            out[step + SUMS + 4 + block] = eights;
        }
    }

    private static float round(float[] x, int from, int[] out) {
        FloatVector a = FloatVector.fromArray(F, x, from);
        FloatVector b = FloatVector.fromArray(F, x, from + 8);
        FloatVector c = FloatVector.fromArray(F, x, from + 16);
        FloatVector d = FloatVector.fromArray(F, x, from + 24);
        float largest = a.abs().max(b.abs()).max(c.abs().max(d.abs())).reduceLanes(VectorOperators.MAX);
        // Not below what keeps the inverse finite: such activations count as zeros.
        float inverse = largest < 1e-30f ? 0 : 127 / largest;
        a.mul(inverse).add(ROUND).reinterpretAsInts().sub(ROUND_BITS).intoArray(out, 0);
        b.mul(inverse).add(ROUND).reinterpretAsInts().sub(ROUND_BITS).intoArray(out, 8);
        c.mul(inverse).add(ROUND).reinterpretAsInts().sub(ROUND_BITS).intoArray(out, 16);
        d.mul(inverse).add(ROUND).reinterpretAsInts().sub(ROUND_BITS).intoArray(out, 24);
        return largest / 127;
    }

    /** Makes the multipliers of the class comment from a block's 32 numbers, and gives their sum. */
    private static int multipliers(int[] q, int[] out, int to) {
        int sum = 0;
        for (int i = 0; i < 8; i++) {
            int low = q[2 * i + 1] + (q[2 * i] << 16);
            int high = q[2 * i + 17] + (q[2 * i + 16] << 16);
            int at = to + i / 4 * HALF + i % 4;
            out[at] = low;
            out[at + 16] = high - 16 * low;
            sum += q[2 * i] + q[2 * i + 1] + q[2 * i + 16] + q[2 * i + 17];
        }
        return sum;
    }

    /**
     * @param x from {@link #quantize}
     * @param from the token's first step in {@code x}
     * @param cols a multiple of {@link #STEP}
     */
    static void products(MemorySegment w, long at, int rows, int cols, int[] x, int from, float[] out, int to) {
        long rowBytes = cols / STEP * STEP_BYTES;
        int far = rows / 2;
        for (int r = 0; r < far; r++) {
            dots(w, at + r * rowBytes, far * rowBytes, rowBytes, x, from, out, to + r, to + r + far);
        }
        if (rows % 2 == 1) {
            dots(w, at + (rows - 1) * rowBytes, 0, rowBytes, x, from, out, to + rows - 1, to + rows - 1);
        }
    }

    private static void dots(
            MemorySegment w, long at, long far, long rowBytes, int[] x, int from, float[] out, int to1, int to2) {
        FloatVector sum1 = FloatVector.zero(F_WIDE);
        FloatVector sum2 = FloatVector.zero(F_WIDE);
        FloatVector eights = FloatVector.zero(F);
        long end = at + rowBytes;
        int i = from * INTS;
        while (at != end) {
            ByteVector near = ByteVector.fromMemorySegment(B_WIDE, w, at, LITTLE);
            ByteVector distant = ByteVector.fromMemorySegment(B_WIDE, w, at + far, LITTLE);

            // Scales from half precision: the bits in place, times 2^112 for the exponents' different bias.
            IntVector h1 = (IntVector) near.reinterpretAsShorts()
                    .rearrange(SCALE_WORDS)
                    .reinterpretAsInts()
                    .castShape(I, 0);
            IntVector h2 = (IntVector) distant.reinterpretAsShorts()
                    .rearrange(SCALE_WORDS)
                    .reinterpretAsInts()
                    .castShape(I, 0);
            FloatVector s = h1.blend(h2, FAR_INTS)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(0x8FFFE000)
                    .reinterpretAsFloats()
                    .mul(0x1p112f);
            FloatVector d =
                    (FloatVector) s.mul(IntVector.fromArray(I, x, i + SCALES).reinterpretAsFloats())
                            .castShape(F_WIDE, 0);
            eights = s.fma(IntVector.fromArray(I, x, i + SUMS).reinterpretAsFloats(), eights);

            IntVector low1 = IntVector.fromArray(I_WIDE, x, i);
            IntVector high1 = IntVector.fromArray(I_WIDE, x, i + 16);
            IntVector low2 = IntVector.fromArray(I_WIDE, x, i + HALF);
            IntVector high2 = IntVector.fromArray(I_WIDE, x, i + HALF + 16);

            ByteVector v1 = near.rearrange(HALVES);
            ByteVector v2 =
                    ByteVector.fromMemorySegment(B_WIDE, w, at + 8, LITTLE).rearrange(HALVES);
            IntVector p1 = v1.reinterpretAsInts()
                    .and(0x00FF00FF)
                    .mul(low1)
                    .add(v1.reinterpretAsShorts()
                            .lanewise(VectorOperators.LSHR, 12)
                            .reinterpretAsInts()
                            .mul(high1));
            IntVector p2 = v2.reinterpretAsInts()
                    .and(0x00FF00FF)
                    .mul(low2)
                    .add(v2.reinterpretAsShorts()
                            .lanewise(VectorOperators.LSHR, 12)
                            .reinterpretAsInts()
                            .mul(high2));
            sum1 = ((FloatVector) p1.add(p2).convertShape(VectorOperators.I2F, F_WIDE, 0))
                    .fma(d.rearrange(NEAR_SCALES), sum1);

            v1 = distant.rearrange(HALVES);
            v2 = ByteVector.fromMemorySegment(B_WIDE, w, at + far + 8, LITTLE).rearrange(HALVES);
            p1 = v1.reinterpretAsInts()
                    .and(0x00FF00FF)
                    .mul(low1)
                    .add(v1.reinterpretAsShorts()
                            .lanewise(VectorOperators.LSHR, 12)
                            .reinterpretAsInts()
                            .mul(high1));
            p2 = v2.reinterpretAsInts()
                    .and(0x00FF00FF)
                    .mul(low2)
                    .add(v2.reinterpretAsShorts()
                            .lanewise(VectorOperators.LSHR, 12)
                            .reinterpretAsInts()
                            .mul(high2));
            sum2 = ((FloatVector) p1.add(p2).convertShape(VectorOperators.I2F, F_WIDE, 0))
                    .fma(d.rearrange(FAR_SCALES), sum2);

            at += STEP_BYTES;
            i += INTS;
        }
        // Lanes are added in a fixed order, and either row's in the same lanes: which rows are paired must not show in
        // a
        // sum. Here and not in a method, since C2 inlines none of ours any more in a method as long as this.
        FloatVector sum = (FloatVector) sum1.add(sum1.rearrange(BY_8)).castShape(F, 0);
        sum = sum.add(eights.blend(0, FAR));
        sum = sum.add(sum.rearrange(BY_4));
        sum = sum.add(sum.rearrange(BY_2));
        out[to1] = sum.add(sum.rearrange(BY_1)).lane(0);
        sum = (FloatVector) sum2.add(sum2.rearrange(BY_8)).castShape(F, 0);
        sum = sum.add(eights.rearrange(BY_4).blend(0, FAR));
        sum = sum.add(sum.rearrange(BY_4));
        sum = sum.add(sum.rearrange(BY_2));
        out[to2] = sum.add(sum.rearrange(BY_1)).lane(0);
    }
}
