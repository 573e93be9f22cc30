package dev.paca.model.gguf;

import dev.paca.kv.PacaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Stores floats in a type, rounding as ggml does (its {@code quantize_row_*_ref}): for random and for test models. */
public final class Quantizer {
    private Quantizer() {}

    /**
     * Stores numbers.
     *
     * @param offset index in {@code x} of the first number
     * @param n how many; a multiple of the block size
     * @param to index in {@code data} of the first; a multiple of the block size
     * @throws PacaException if the type is a K-quant: Paca only reads those
     */
    public static void quantize(GgmlType type, float[] x, int offset, int n, MemorySegment data, long to) {
        int size = type.blockSize();
        assert to % size == 0 && n % size == 0 : to + ", " + n;
        for (int i = 0; i < n; i += size) {
            long at = type.bytes(to + i);
            int from = offset + i;
            switch (type) {
                case F32 -> data.set(Cursor.FLOAT, at, x[from]);
                case F16 -> putHalf(data, at, x[from]);
                case BF16 -> data.set(Cursor.SHORT, at, bfloat(x[from]));
                case Q4_0 -> q40(x, from, data, at);
                case Q4_1 -> q41(x, from, data, at);
                case Q5_0 -> q50(x, from, data, at);
                case Q5_1 -> q51(x, from, data, at);
                case Q8_0 -> q80(x, from, data, at);
                case Q4_K, Q5_K, Q6_K ->
                    throw new PacaException(type + " cannot be written, only read. Write another type,"
                            + " or quantise the file with llama-quantize.");
            }
        }
    }

    private static void q40(float[] x, int from, MemorySegment data, long at) {
        float scale = extreme(x, from) / -8;
        float inverse = scale == 0 ? 0 : 1 / scale;
        putHalf(data, at, scale);
        for (int j = 0; j < 16; j++) {
            int low = Math.min(15, (int) (x[from + j] * inverse + 8.5f));
            int high = Math.min(15, (int) (x[from + j + 16] * inverse + 8.5f));
            putByte(data, at + 2 + j, low | high << 4);
        }
    }

    private static void q41(float[] x, int from, MemorySegment data, long at) {
        float min = min(x, from);
        float scale = (max(x, from) - min) / 15;
        float inverse = scale == 0 ? 0 : 1 / scale;
        putHalf(data, at, scale);
        putHalf(data, at + 2, min);
        for (int j = 0; j < 16; j++) {
            int low = Math.min(15, (int) ((x[from + j] - min) * inverse + 0.5f));
            int high = Math.min(15, (int) ((x[from + j + 16] - min) * inverse + 0.5f));
            putByte(data, at + 4 + j, low | high << 4);
        }
    }

    private static void q50(float[] x, int from, MemorySegment data, long at) {
        float scale = extreme(x, from) / -16;
        float inverse = scale == 0 ? 0 : 1 / scale;
        putHalf(data, at, scale);
        int fifths = 0;
        for (int j = 0; j < 16; j++) {
            int low = Math.min(31, (int) (x[from + j] * inverse + 16.5f));
            int high = Math.min(31, (int) (x[from + j + 16] * inverse + 16.5f));
            putByte(data, at + 6 + j, low & 15 | (high & 15) << 4);
            fifths |= low >> 4 << j | high >> 4 << j + 16;
        }
        data.set(Cursor.INT, at + 2, fifths);
    }

    private static void q51(float[] x, int from, MemorySegment data, long at) {
        float min = min(x, from);
        float scale = (max(x, from) - min) / 31;
        float inverse = scale == 0 ? 0 : 1 / scale;
        putHalf(data, at, scale);
        putHalf(data, at + 2, min);
        int fifths = 0;
        for (int j = 0; j < 16; j++) {
            int low = (int) ((x[from + j] - min) * inverse + 0.5f);
            int high = (int) ((x[from + j + 16] - min) * inverse + 0.5f);
            putByte(data, at + 8 + j, low & 15 | (high & 15) << 4);
            fifths |= low >> 4 << j | high >> 4 << j + 16;
        }
        data.set(Cursor.INT, at + 4, fifths);
    }

    private static void q80(float[] x, int from, MemorySegment data, long at) {
        float scale = Math.abs(extreme(x, from)) / 127;
        float inverse = scale == 0 ? 0 : 1 / scale;
        putHalf(data, at, scale);
        for (int j = 0; j < 32; j++) {
            float q = x[from + j] * inverse;
            putByte(data, at + 2 + j, (int) (Math.signum(q) * Math.floor(Math.abs(q) + 0.5)));
        }
    }

    /** The first of the 32 numbers farthest from 0, with its sign. */
    private static float extreme(float[] x, int from) {
        float extreme = 0;
        for (int j = 0; j < 32; j++) {
            extreme = Math.abs(x[from + j]) > Math.abs(extreme) ? x[from + j] : extreme;
        }
        return extreme;
    }

    private static float min(float[] x, int from) {
        float min = Float.MAX_VALUE;
        for (int j = 0; j < 32; j++) {
            min = Math.min(min, x[from + j]);
        }
        return min;
    }

    private static float max(float[] x, int from) {
        float max = -Float.MAX_VALUE;
        for (int j = 0; j < 32; j++) {
            max = Math.max(max, x[from + j]);
        }
        return max;
    }

    /** The upper half of a float, rounded to the nearest, ties to even; NaN stays NaN. */
    private static short bfloat(float x) {
        int bits = Float.floatToRawIntBits(x);
        return (short) (Float.isNaN(x) ? bits >>> 16 | 64 : bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }

    private static void putHalf(MemorySegment data, long at, float x) {
        data.set(Cursor.SHORT, at, Float.floatToFloat16(x));
    }

    private static void putByte(MemorySegment data, long at, int x) {
        data.set(ValueLayout.JAVA_BYTE, at, (byte) x);
    }
}
