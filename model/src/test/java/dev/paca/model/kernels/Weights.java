package dev.paca.model.kernels;

import dev.paca.model.gguf.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Random matrices in any stored form, off heap as a mapped file's are. */
public final class Weights {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    private Weights() {}

    /** Random bits where the type's numbers are, and scales around 0.01 of either sign, so that weights are around 0.1. */
    public static Matrix random(GgmlType type, int rows, int cols, long seed) {
        Random random = new Random(seed);
        long bytes = type.bytes((long) rows * cols);
        MemorySegment data = Arena.ofAuto().allocate(bytes, 64);
        for (long at = 0; at < bytes; at++) {
            data.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
        }
        for (long at = 0; at < bytes; at += type.blockBytes()) {
            switch (type) {
                case F32 -> data.set(INT, at, Float.floatToRawIntBits((float) random.nextGaussian() * 0.1f));
                case F16 -> data.set(SHORT, at, Float.floatToFloat16((float) random.nextGaussian() * 0.1f));
                case BF16 ->
                    data.set(SHORT, at, (short) (Float.floatToRawIntBits((float) random.nextGaussian() * 0.1f) >> 16));
                case Q4_0, Q5_0, Q8_0 -> scale(data, at, random);
                case Q4_1, Q5_1, Q4_K, Q5_K -> {
                    scale(data, at, random);
                    scale(data, at + 2, random);
                }
                case Q6_K -> scale(data, at + 208, random);
            }
        }
        return new Matrix(type + "[" + rows + "x" + cols + "]", type, rows, cols, data);
    }

    private static void scale(MemorySegment data, long at, Random random) {
        data.set(SHORT, at, Float.floatToFloat16((float) random.nextGaussian() * 0.01f));
    }

    /** Numbers as activations are: mostly around 1, some far larger. */
    public static float[] activations(int n, long seed) {
        Random random = new Random(seed);
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) random.nextGaussian() * (random.nextInt(100) == 0 ? 10 : 1);
        }
        return x;
    }
}
