package dev.paca.model.kernels.vector;

import static dev.paca.model.kernels.vector.Lanes.FLOAT;
import static dev.paca.model.kernels.vector.Lanes.INT;
import static dev.paca.model.kernels.vector.Lanes.LITTLE;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
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
 * than one at this rate; see also {@link Q80Rows} for the shape of the loop.
 */
final class Q40Rows {
    /** Numbers that a step of the loop takes: four blocks. */
    static final int STEP = 128;

    /** Bytes of quantised activations of a step: four blocks of 16 pairs, 8 scales (4 used), 8 sums (4 used). */
    static final int ACTIVATION_BYTES = 4 * 64 + 32 + 32;

    private static final int STEP_BYTES = 4 * 18;
    private static final int SCALES = 256;
    private static final int SUMS = 288;

    private static final VectorSpecies<Float> F = FloatVector.SPECIES_256;
    private static final VectorSpecies<Integer> I = IntVector.SPECIES_256;
    private static final VectorSpecies<Short> S = ShortVector.SPECIES_256;
    private static final VectorSpecies<Byte> B = ByteVector.SPECIES_128;
    private static final VectorSpecies<Short> WIDE = ShortVector.SPECIES_512;

    /** Where four blocks' scales are, 9 words apart, each to the lower half of an int. */
    private static final VectorShuffle<Short> SCALE_WORDS =
            VectorShuffle.fromOp(WIDE, i -> i < 8 && i % 2 == 0 ? i / 2 * 9 : 0);

    private static final VectorShuffle<Float> FIRST = VectorShuffle.fromOp(F, i -> 0);
    private static final VectorShuffle<Float> SECOND = VectorShuffle.fromOp(F, i -> 1);
    private static final VectorShuffle<Float> THIRD = VectorShuffle.fromOp(F, i -> 2);
    private static final VectorShuffle<Float> FOURTH = VectorShuffle.fromOp(F, i -> 3);

    /** 1.5 * 2^23: added to a small float it leaves the nearest integer in the lowest bits. */
    private static final float ROUND = 12582912f;

    private Q40Rows() {}

    /**
     * Quantises a token's activations.
     *
     * @param cols a multiple of {@link #STEP}
     * @param out {@code cols / STEP * ACTIVATION_BYTES} bytes, off the heap
     */
    static void quantize(float[] x, int from, int cols, MemorySegment out) {
        for (int i = 0; i < cols; i += 32) {
            int block = i % STEP / 32;
            long group = (long) i / STEP * ACTIVATION_BYTES;
            float scale = quantizeBlock(x, from + i, out, group + block * 64);
            // The products' upper halves count.
            out.set(FLOAT, group + SCALES + block * 4, scale * 0x1p-16f);
            out.set(FLOAT, group + SUMS + block * 4, -8 * scale * sum(out, group + block * 64));
            pair(out, group + block * 64);
        }
    }

    private static float quantizeBlock(float[] x, int from, MemorySegment out, long at) {
        FloatVector a = FloatVector.fromArray(F, x, from);
        FloatVector b = FloatVector.fromArray(F, x, from + 8);
        FloatVector c = FloatVector.fromArray(F, x, from + 16);
        FloatVector d = FloatVector.fromArray(F, x, from + 24);
        float largest = a.abs().max(b.abs()).max(c.abs().max(d.abs())).reduceLanes(VectorOperators.MAX);
        // Not below what keeps the inverse finite: such activations count as zeros.
        float inverse = largest < 1e-30f ? 0 : 127 / largest;
        whole(a, inverse).intoMemorySegment(out, at, LITTLE);
        whole(b, inverse).intoMemorySegment(out, at + 16, LITTLE);
        whole(c, inverse).intoMemorySegment(out, at + 32, LITTLE);
        whole(d, inverse).intoMemorySegment(out, at + 48, LITTLE);
        return largest / 127;
    }

    /** Eight rounded numbers as 16-bit words. */
    private static ShortVector whole(FloatVector v, float inverse) {
        IntVector bits = v.mul(inverse).add(ROUND).reinterpretAsInts();
        return (ShortVector)
                bits.sub(Float.floatToRawIntBits(ROUND)).convertShape(VectorOperators.I2S, ShortVector.SPECIES_128, 0);
    }

    private static int sum(MemorySegment words, long at) {
        int sum = 0;
        for (int i = 0; i < 64; i += 4) {
            int pair = words.get(INT, at + i);
            sum += (short) pair + (pair >> 16);
        }
        return sum;
    }

    /** Makes the multipliers of the class comment from 32 words. */
    private static void pair(MemorySegment words, long at) {
        for (int i = 0; i < 32; i += 4) {
            int low = swapped(words.get(INT, at + i));
            int high = swapped(words.get(INT, at + 32 + i));
            words.set(INT, at + i, low);
            words.set(INT, at + 32 + i, high - 16 * low);
        }
    }

    private static int swapped(int pair) {
        return (pair >> 16) + (pair << 16);
    }

    /**
     * @param x from {@link #quantize}
     * @param cols a multiple of {@link #STEP}
     */
    static void products(MemorySegment w, long at, int rows, int cols, MemorySegment x, float[] out, int to) {
        long rowBytes = cols / STEP * STEP_BYTES;
        int far = rows / 2;
        for (int r = 0; r < far; r++) {
            dots(w, at + r * rowBytes, far * rowBytes, rowBytes, x, out, to + r, to + r + far);
        }
        if (rows % 2 == 1) {
            dots(w, at + (rows - 1) * rowBytes, 0, rowBytes, x, out, to + rows - 1, to + rows - 1);
        }
    }

    private static void dots(
            MemorySegment w, long at, long far, long rowBytes, MemorySegment x, float[] out, int to1, int to2) {
        FloatVector sum1 = FloatVector.zero(F);
        FloatVector sum2 = FloatVector.zero(F);
        FloatVector eights1 = FloatVector.zero(F);
        FloatVector eights2 = FloatVector.zero(F);
        long end = at + rowBytes;
        long from = 0;
        while (at != end) {
            MemorySegment m = w.asSlice(at, STEP_BYTES);
            MemorySegment n = w.asSlice(at + far, STEP_BYTES);
            MemorySegment a = x.asSlice(from, ACTIVATION_BYTES);
            FloatVector t = FloatVector.fromMemorySegment(F, a, SUMS, LITTLE);
            FloatVector u = FloatVector.fromMemorySegment(F, a, SCALES, LITTLE);
            // Scales from half precision: the bits in place, times 2^112 for the exponents' different bias.
            IntVector h = (IntVector) ShortVector.fromMemorySegment(WIDE, m, 0, LITTLE)
                    .rearrange(SCALE_WORDS)
                    .reinterpretAsInts()
                    .castShape(I, 0);
            FloatVector s = h.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(0x8FFFE000)
                    .reinterpretAsFloats()
                    .mul(0x1p112f);
            eights1 = s.fma(t, eights1);
            FloatVector d1 = s.mul(u);
            h = (IntVector) ShortVector.fromMemorySegment(WIDE, n, 0, LITTLE)
                    .rearrange(SCALE_WORDS)
                    .reinterpretAsInts()
                    .castShape(I, 0);
            s = h.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(0x8FFFE000)
                    .reinterpretAsFloats()
                    .mul(0x1p112f);
            eights2 = s.fma(t, eights2);
            FloatVector d2 = s.mul(u);

            IntVector low = IntVector.fromMemorySegment(I, a, 0, LITTLE);
            IntVector high = IntVector.fromMemorySegment(I, a, 32, LITTLE);
            IntVector v = ((ShortVector) ByteVector.fromMemorySegment(B, m, 2, LITTLE)
                            .convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0))
                    .reinterpretAsInts();
            IntVector p = v.mul(low)
                    .add(v.lanewise(VectorOperators.LSHR, 4).and(0x000F000F).mul(high));
            sum1 = ((FloatVector) p.convertShape(VectorOperators.I2F, F, 0)).fma(d1.rearrange(FIRST), sum1);
            v = ((ShortVector) ByteVector.fromMemorySegment(B, n, 2, LITTLE)
                            .convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0))
                    .reinterpretAsInts();
            p = v.mul(low)
                    .add(v.lanewise(VectorOperators.LSHR, 4).and(0x000F000F).mul(high));
            sum2 = ((FloatVector) p.convertShape(VectorOperators.I2F, F, 0)).fma(d2.rearrange(FIRST), sum2);

            low = IntVector.fromMemorySegment(I, a, 64, LITTLE);
            high = IntVector.fromMemorySegment(I, a, 96, LITTLE);
            v = ((ShortVector) ByteVector.fromMemorySegment(B, m, 20, LITTLE)
                            .convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0))
                    .reinterpretAsInts();
            p = v.mul(low)
                    .add(v.lanewise(VectorOperators.LSHR, 4).and(0x000F000F).mul(high));
            sum1 = ((FloatVector) p.convertShape(VectorOperators.I2F, F, 0)).fma(d1.rearrange(SECOND), sum1);
            v = ((ShortVector) ByteVector.fromMemorySegment(B, n, 20, LITTLE)
                            .convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0))
                    .reinterpretAsInts();
            p = v.mul(low)
                    .add(v.lanewise(VectorOperators.LSHR, 4).and(0x000F000F).mul(high));
            sum2 = ((FloatVector) p.convertShape(VectorOperators.I2F, F, 0)).fma(d2.rearrange(SECOND), sum2);

            low = IntVector.fromMemorySegment(I, a, 128, LITTLE);
            high = IntVector.fromMemorySegment(I, a, 160, LITTLE);
            v = ((ShortVector) ByteVector.fromMemorySegment(B, m, 38, LITTLE)
                            .convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0))
                    .reinterpretAsInts();
            p = v.mul(low)
                    .add(v.lanewise(VectorOperators.LSHR, 4).and(0x000F000F).mul(high));
            sum1 = ((FloatVector) p.convertShape(VectorOperators.I2F, F, 0)).fma(d1.rearrange(THIRD), sum1);
            v = ((ShortVector) ByteVector.fromMemorySegment(B, n, 38, LITTLE)
                            .convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0))
                    .reinterpretAsInts();
            p = v.mul(low)
                    .add(v.lanewise(VectorOperators.LSHR, 4).and(0x000F000F).mul(high));
            sum2 = ((FloatVector) p.convertShape(VectorOperators.I2F, F, 0)).fma(d2.rearrange(THIRD), sum2);

            low = IntVector.fromMemorySegment(I, a, 192, LITTLE);
            high = IntVector.fromMemorySegment(I, a, 224, LITTLE);
            v = ((ShortVector) ByteVector.fromMemorySegment(B, m, 56, LITTLE)
                            .convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0))
                    .reinterpretAsInts();
            p = v.mul(low)
                    .add(v.lanewise(VectorOperators.LSHR, 4).and(0x000F000F).mul(high));
            sum1 = ((FloatVector) p.convertShape(VectorOperators.I2F, F, 0)).fma(d1.rearrange(FOURTH), sum1);
            v = ((ShortVector) ByteVector.fromMemorySegment(B, n, 56, LITTLE)
                            .convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0))
                    .reinterpretAsInts();
            p = v.mul(low)
                    .add(v.lanewise(VectorOperators.LSHR, 4).and(0x000F000F).mul(high));
            sum2 = ((FloatVector) p.convertShape(VectorOperators.I2F, F, 0)).fma(d2.rearrange(FOURTH), sum2);

            at += STEP_BYTES;
            from += ACTIVATION_BYTES;
        }
        out[to1] = sum1.add(eights1).reduceLanes(VectorOperators.ADD);
        out[to2] = sum2.add(eights2).reduceLanes(VectorOperators.ADD);
    }
}
