package dev.paca.model.kernels.vector;

import static dev.paca.model.kernels.vector.Lanes.LITTLE;
import static dev.paca.model.kernels.vector.Lanes.half;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of Q8_0 rows with one token's floats, on 512-bit vectors. Weights become floats in registers, so nothing is lost.
 *
 * <p>What the shape of the loop rests on, on Zen 4: one stream of consecutive rows a thread reaches the memory's bandwidth,
 * where two neighbouring rows at a time halve it. Slices are checked once, and accesses within them are not checked again;
 * a loop that ends with {@code !=} is not counted, so C2 does not set up range checks before it, which cost more than a row
 * of 512 numbers does.
 */
final class Q80Rows {
    /** Numbers that a step of the loop takes. */
    static final int STEP = 64;

    private static final int BLOCK_BYTES = 34;
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_512;
    private static final VectorSpecies<Byte> B = ByteVector.SPECIES_128;

    private Q80Rows() {}

    /**
     * @param x {@code cols} floats, off the heap
     * @param cols a multiple of {@link #STEP}
     */
    static void products(MemorySegment w, long at, int rows, int cols, MemorySegment x, float[] out, int to) {
        long rowBytes = cols / 32L * BLOCK_BYTES;
        for (int r = 0; r < rows; r++) {
            out[to + r] = dot(w, at + r * rowBytes, rowBytes, x);
        }
    }

    private static float dot(MemorySegment w, long at, long rowBytes, MemorySegment x) {
        FloatVector even = FloatVector.zero(F);
        FloatVector odd = FloatVector.zero(F);
        long end = at + rowBytes;
        long from = 0;
        while (at != end) {
            MemorySegment blocks = w.asSlice(at, 2 * BLOCK_BYTES);
            MemorySegment a = x.asSlice(from, STEP * 4);
            FloatVector sum = ((FloatVector)
                            ByteVector.fromMemorySegment(B, blocks, 2, LITTLE).convertShape(VectorOperators.B2F, F, 0))
                    .mul(FloatVector.fromMemorySegment(F, a, 0, LITTLE));
            sum = ((FloatVector)
                            ByteVector.fromMemorySegment(B, blocks, 18, LITTLE).convertShape(VectorOperators.B2F, F, 0))
                    .fma(FloatVector.fromMemorySegment(F, a, 64, LITTLE), sum);
            even = sum.fma(FloatVector.broadcast(F, half(blocks, 0)), even);
            sum = ((FloatVector)
                            ByteVector.fromMemorySegment(B, blocks, 36, LITTLE).convertShape(VectorOperators.B2F, F, 0))
                    .mul(FloatVector.fromMemorySegment(F, a, 128, LITTLE));
            sum = ((FloatVector)
                            ByteVector.fromMemorySegment(B, blocks, 52, LITTLE).convertShape(VectorOperators.B2F, F, 0))
                    .fma(FloatVector.fromMemorySegment(F, a, 192, LITTLE), sum);
            odd = sum.fma(FloatVector.broadcast(F, half(blocks, 34)), odd);
            at += 2 * BLOCK_BYTES;
            from += STEP * 4;
        }
        return Lanes.sum(even.add(odd));
    }
}
