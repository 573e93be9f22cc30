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
 * where two neighbouring rows at a time halve it. A loop that ends with {@code !=} is not counted, so C2 does not set up
 * range checks before it, which cost more than a row of 512 numbers does. And the loop takes no slices: once a prompt has
 * had {@code asSlice} compiled, C2 calls it here ("already compiled into a medium method"), and each slice is an object.
 */
final class Q80Rows {
    /** Numbers that a step of the loop takes. */
    static final int STEP = 64;

    private static final int BLOCK_BYTES = 34;
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_512;
    private static final VectorSpecies<Byte> B = ByteVector.SPECIES_128;

    private Q80Rows() {}

    /**
     * @param x the token's {@code cols} floats, from {@code from}
     * @param cols a multiple of {@link #STEP}
     */
    static void products(MemorySegment w, long at, int rows, int cols, float[] x, int from, float[] out, int to) {
        long rowBytes = cols / 32L * BLOCK_BYTES;
        for (int r = 0; r < rows; r++) {
            out[to + r] = dot(w, at + r * rowBytes, rowBytes, x, from);
        }
    }

    private static float dot(MemorySegment w, long at, long rowBytes, float[] x, int from) {
        FloatVector even = FloatVector.zero(F);
        FloatVector odd = FloatVector.zero(F);
        long end = at + rowBytes;
        int i = from;
        while (at != end) {
            FloatVector sum = ((FloatVector)
                            ByteVector.fromMemorySegment(B, w, at + 2, LITTLE).convertShape(VectorOperators.B2F, F, 0))
                    .mul(FloatVector.fromArray(F, x, i));
            sum = ((FloatVector)
                            ByteVector.fromMemorySegment(B, w, at + 18, LITTLE).convertShape(VectorOperators.B2F, F, 0))
                    .fma(FloatVector.fromArray(F, x, i + 16), sum);
            even = sum.fma(FloatVector.broadcast(F, half(w, at)), even);
            sum = ((FloatVector)
                            ByteVector.fromMemorySegment(B, w, at + 36, LITTLE).convertShape(VectorOperators.B2F, F, 0))
                    .mul(FloatVector.fromArray(F, x, i + 32));
            sum = ((FloatVector)
                            ByteVector.fromMemorySegment(B, w, at + 52, LITTLE).convertShape(VectorOperators.B2F, F, 0))
                    .fma(FloatVector.fromArray(F, x, i + 48), sum);
            odd = sum.fma(FloatVector.broadcast(F, half(w, at + 34)), odd);
            at += 2 * BLOCK_BYTES;
            i += STEP;
        }
        return Lanes.sum(even.add(odd));
    }
}
