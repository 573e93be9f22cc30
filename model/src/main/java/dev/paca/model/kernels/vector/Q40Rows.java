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
 * product has w0 a0 + w1 a1 in its upper half. The lower half adds less than 0.1 of a quantised unit, far below what
 * quantising lost. Weights are used unsigned, in 0 to 15; the eight that each is too large by is made up for with the sum
 * of the block's activations. And as a byte V = lo + 16 hi, lo a + hi b = V a + hi (b - 16 a) spares cutting out lo.
 *
 * <p>Rows are taken in pairs that lie far apart, so that each thread reads two long streams, which memory serves faster
 * than one at this rate. The loop is not counted, as in {@link Q80Rows}; but it takes no slices: C2 now and then does not
 * inline how they are made ("low call site frequency"), and each would be an object.
 */
final class Q40Rows {
    /** Numbers that a step of the loop takes: four blocks. */
    static final int STEP = 128;

    /** Multipliers of a step: 16 pairs for each block. */
    static final int PAIRS = 64;

    /** Factors of a step: 4 scales, for either row, then 4 sums, for either row. */
    static final int FACTORS = 16;

    private static final int STEP_BYTES = 4 * 18;

    private static final VectorSpecies<Float> F = FloatVector.SPECIES_256;
    private static final VectorSpecies<Integer> I = IntVector.SPECIES_256;
    private static final VectorSpecies<Short> S = ShortVector.SPECIES_256;
    private static final VectorSpecies<Byte> B = ByteVector.SPECIES_128;
    private static final VectorSpecies<Short> WIDE = ShortVector.SPECIES_512;

    /** Where four blocks' scales are, 9 words apart; each in both halves of an int, and all four for either row. */
    private static final VectorShuffle<Short> SCALE_WORDS = VectorShuffle.fromOp(WIDE, i -> i % 8 / 2 * 9);

    /** The lanes of four that belong to the far row. */
    private static final VectorMask<Integer> FAR_INTS = VectorMask.fromLong(I, 0xF0);

    private static final VectorMask<Float> FAR = VectorMask.fromLong(F, 0xF0);

    private static final VectorShuffle<Float> FIRST = VectorShuffle.fromOp(F, i -> 0);
    private static final VectorShuffle<Float> SECOND = VectorShuffle.fromOp(F, i -> 1);
    private static final VectorShuffle<Float> THIRD = VectorShuffle.fromOp(F, i -> 2);
    private static final VectorShuffle<Float> FOURTH = VectorShuffle.fromOp(F, i -> 3);
    private static final VectorShuffle<Float> FAR_FIRST = VectorShuffle.fromOp(F, i -> 4);
    private static final VectorShuffle<Float> FAR_SECOND = VectorShuffle.fromOp(F, i -> 5);
    private static final VectorShuffle<Float> FAR_THIRD = VectorShuffle.fromOp(F, i -> 6);
    private static final VectorShuffle<Float> FAR_FOURTH = VectorShuffle.fromOp(F, i -> 7);

    private static final VectorShuffle<Float> BY_4 = VectorShuffle.fromOp(F, i -> i ^ 4);
    private static final VectorShuffle<Float> BY_2 = VectorShuffle.fromOp(F, i -> i ^ 2);
    private static final VectorShuffle<Float> BY_1 = VectorShuffle.fromOp(F, i -> i ^ 1);

    /** 1.5 * 2^23: added to a small float it leaves the nearest integer in the lowest bits. */
    private static final float ROUND = 12582912f;

    private static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);

    private Q40Rows() {}

    /**
     * Quantises a token's activations. The results are in arrays, whose accesses C2 always inlines.
     *
     * @param cols a multiple of {@link #STEP}
     * @param pairs from {@code to * PAIRS}, {@code cols / STEP * PAIRS} multipliers
     * @param factors from {@code to * FACTORS}, {@code cols / STEP * FACTORS} factors
     * @param scratch 32 ints
     */
    static void quantize(float[] x, int from, int cols, int[] pairs, float[] factors, int to, int[] scratch) {
        for (int i = 0; i < cols; i += 32) {
            int step = to + i / STEP;
            int block = i % STEP / 32;
            float scale = round(x, from + i, scratch);
            int sum = pair(scratch, pairs, step * PAIRS + block * 16);
            // The products' upper halves count.
            factors[step * FACTORS + block] = scale * 0x1p-16f;
            factors[step * FACTORS + 4 + block] = scale * 0x1p-16f;
            factors[step * FACTORS + 8 + block] = -8 * scale * sum;
            factors[step * FACTORS + 12 + block] = -8 * scale * sum;
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

    /** Makes the multipliers of the class comment from 32 numbers, and gives their sum. */
    private static int pair(int[] q, int[] pairs, int to) {
        int sum = 0;
        for (int i = 0; i < 8; i++) {
            int low = q[2 * i + 1] + (q[2 * i] << 16);
            int high = q[2 * i + 17] + (q[2 * i + 16] << 16);
            pairs[to + i] = low;
            pairs[to + 8 + i] = high - 16 * low;
            sum += q[2 * i] + q[2 * i + 1] + q[2 * i + 16] + q[2 * i + 17];
        }
        return sum;
    }

    /**
     * @param pairs from {@link #quantize}
     * @param factors from {@link #quantize}
     * @param from the first step of the token in both
     * @param cols a multiple of {@link #STEP}
     */
    static void products(
            MemorySegment w, long at, int rows, int cols, int[] pairs, float[] factors, int from, float[] out, int to) {
        long rowBytes = cols / STEP * STEP_BYTES;
        int far = rows / 2;
        for (int r = 0; r < far; r++) {
            dots(w, at + r * rowBytes, far * rowBytes, rowBytes, pairs, factors, from, out, to + r, to + r + far);
        }
        if (rows % 2 == 1) {
            dots(w, at + (rows - 1) * rowBytes, 0, rowBytes, pairs, factors, from, out, to + rows - 1, to + rows - 1);
        }
    }

    private static void dots(
            MemorySegment w,
            long at,
            long far,
            long rowBytes,
            int[] pairs,
            float[] factors,
            int from,
            float[] out,
            int to1,
            int to2) {
        FloatVector sum1 = FloatVector.zero(F);
        FloatVector sum2 = FloatVector.zero(F);
        FloatVector eights = FloatVector.zero(F);
        long end = at + rowBytes;
        int p0 = from * PAIRS;
        int f0 = from * FACTORS;
        while (at != end) {
            // Scales from half precision: the bits in place, times 2^112 for the exponents' different bias.
            IntVector h1 = (IntVector) ShortVector.fromMemorySegment(WIDE, w, at, LITTLE)
                    .rearrange(SCALE_WORDS)
                    .reinterpretAsInts()
                    .castShape(I, 0);
            IntVector h2 = (IntVector) ShortVector.fromMemorySegment(WIDE, w, at + far, LITTLE)
                    .rearrange(SCALE_WORDS)
                    .reinterpretAsInts()
                    .castShape(I, 0);
            FloatVector s = h1.blend(h2, FAR_INTS)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(0x8FFFE000)
                    .reinterpretAsFloats()
                    .mul(0x1p112f);
            FloatVector d = s.mul(FloatVector.fromArray(F, factors, f0));
            eights = s.fma(FloatVector.fromArray(F, factors, f0 + 8), eights);

            IntVector low = IntVector.fromArray(I, pairs, p0);
            IntVector high = IntVector.fromArray(I, pairs, p0 + 8);
            ShortVector v = (ShortVector) ByteVector.fromMemorySegment(B, w, at + 2, LITTLE)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0);
            IntVector p = v.reinterpretAsInts()
                    .mul(low)
                    .add(v.lanewise(VectorOperators.LSHR, 4).reinterpretAsInts().mul(high));
            sum1 = ((FloatVector) p.convertShape(VectorOperators.I2F, F, 0)).fma(d.rearrange(FIRST), sum1);
            v = (ShortVector) ByteVector.fromMemorySegment(B, w, at + far + 2, LITTLE)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0);
            p = v.reinterpretAsInts()
                    .mul(low)
                    .add(v.lanewise(VectorOperators.LSHR, 4).reinterpretAsInts().mul(high));
            sum2 = ((FloatVector) p.convertShape(VectorOperators.I2F, F, 0)).fma(d.rearrange(FAR_FIRST), sum2);

            low = IntVector.fromArray(I, pairs, p0 + 16);
            high = IntVector.fromArray(I, pairs, p0 + 24);
            v = (ShortVector) ByteVector.fromMemorySegment(B, w, at + 20, LITTLE)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0);
            p = v.reinterpretAsInts()
                    .mul(low)
                    .add(v.lanewise(VectorOperators.LSHR, 4).reinterpretAsInts().mul(high));
            sum1 = ((FloatVector) p.convertShape(VectorOperators.I2F, F, 0)).fma(d.rearrange(SECOND), sum1);
            v = (ShortVector) ByteVector.fromMemorySegment(B, w, at + far + 20, LITTLE)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0);
            p = v.reinterpretAsInts()
                    .mul(low)
                    .add(v.lanewise(VectorOperators.LSHR, 4).reinterpretAsInts().mul(high));
            sum2 = ((FloatVector) p.convertShape(VectorOperators.I2F, F, 0)).fma(d.rearrange(FAR_SECOND), sum2);

            low = IntVector.fromArray(I, pairs, p0 + 32);
            high = IntVector.fromArray(I, pairs, p0 + 40);
            v = (ShortVector) ByteVector.fromMemorySegment(B, w, at + 38, LITTLE)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0);
            p = v.reinterpretAsInts()
                    .mul(low)
                    .add(v.lanewise(VectorOperators.LSHR, 4).reinterpretAsInts().mul(high));
            sum1 = ((FloatVector) p.convertShape(VectorOperators.I2F, F, 0)).fma(d.rearrange(THIRD), sum1);
            v = (ShortVector) ByteVector.fromMemorySegment(B, w, at + far + 38, LITTLE)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0);
            p = v.reinterpretAsInts()
                    .mul(low)
                    .add(v.lanewise(VectorOperators.LSHR, 4).reinterpretAsInts().mul(high));
            sum2 = ((FloatVector) p.convertShape(VectorOperators.I2F, F, 0)).fma(d.rearrange(FAR_THIRD), sum2);

            low = IntVector.fromArray(I, pairs, p0 + 48);
            high = IntVector.fromArray(I, pairs, p0 + 56);
            v = (ShortVector) ByteVector.fromMemorySegment(B, w, at + 56, LITTLE)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0);
            p = v.reinterpretAsInts()
                    .mul(low)
                    .add(v.lanewise(VectorOperators.LSHR, 4).reinterpretAsInts().mul(high));
            sum1 = ((FloatVector) p.convertShape(VectorOperators.I2F, F, 0)).fma(d.rearrange(FOURTH), sum1);
            v = (ShortVector) ByteVector.fromMemorySegment(B, w, at + far + 56, LITTLE)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0);
            p = v.reinterpretAsInts()
                    .mul(low)
                    .add(v.lanewise(VectorOperators.LSHR, 4).reinterpretAsInts().mul(high));
            sum2 = ((FloatVector) p.convertShape(VectorOperators.I2F, F, 0)).fma(d.rearrange(FAR_FOURTH), sum2);

            at += STEP_BYTES;
            p0 += PAIRS;
            f0 += FACTORS;
        }
        // Lanes are added as in Lanes.sum, and either row's in the same lanes: which rows are paired must not show in a
        // sum.
        // Here and not in a method, since C2 inlines none of ours any more in a method as long as this.
        sum1 = sum1.add(eights.blend(0, FAR));
        sum1 = sum1.add(sum1.rearrange(BY_4));
        sum1 = sum1.add(sum1.rearrange(BY_2));
        out[to1] = sum1.add(sum1.rearrange(BY_1)).lane(0);
        sum2 = sum2.add(eights.rearrange(BY_4).blend(0, FAR));
        sum2 = sum2.add(sum2.rearrange(BY_4));
        sum2 = sum2.add(sum2.rearrange(BY_2));
        out[to2] = sum2.add(sum2.rearrange(BY_1)).lane(0);
    }
}
