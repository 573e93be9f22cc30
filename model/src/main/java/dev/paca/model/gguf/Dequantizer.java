package dev.paca.model.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What stored numbers mean, type by type: the definition that every product is held against, and never made fast. Layouts
 * and arithmetic are ggml's (ggml-common.h, ggml-quants.c): the results are equal to ggml's to the bit.
 */
public final class Dequantizer {
    private Dequantizer() {}

    /**
     * Reads numbers as floats.
     *
     * @param from index of the first number; a multiple of the block size
     * @param n how many; a multiple of the block size
     * @param offset where the first goes in {@code out}
     */
    public static void dequantize(GgmlType type, MemorySegment data, long from, int n, float[] out, int offset) {
        int size = type.blockSize();
        assert from % size == 0 && n % size == 0 : from + ", " + n;
        for (int i = 0; i < n; i += size) {
            long at = type.bytes(from + i);
            int to = offset + i;
            switch (type) {
                case F32 -> out[to] = data.get(Cursor.FLOAT, at);
                case F16 -> out[to] = half(data, at);
                case BF16 -> out[to] = Float.intBitsToFloat(data.get(Cursor.SHORT, at) << 16);
                case Q4_0 -> q40(data, at, out, to);
                case Q4_1 -> q41(data, at, out, to);
                case Q5_0 -> q50(data, at, out, to);
                case Q5_1 -> q51(data, at, out, to);
                case Q8_0 -> q80(data, at, out, to);
                case Q4_K -> q4k(data, at, out, to);
                case Q5_K -> q5k(data, at, out, to);
                case Q6_K -> q6k(data, at, out, to);
            }
        }
    }

    // scale, 16 bytes: number j in the low half of byte j, number j + 16 in the high half
    private static void q40(MemorySegment data, long at, float[] out, int to) {
        float scale = half(data, at);
        for (int j = 0; j < 16; j++) {
            int pair = unsigned(data, at + 2 + j);
            out[to + j] = ((pair & 15) - 8) * scale;
            out[to + j + 16] = ((pair >> 4) - 8) * scale;
        }
    }

    // scale, minimum, 16 bytes
    private static void q41(MemorySegment data, long at, float[] out, int to) {
        float scale = half(data, at);
        float min = half(data, at + 2);
        for (int j = 0; j < 16; j++) {
            int pair = unsigned(data, at + 4 + j);
            out[to + j] = (pair & 15) * scale + min;
            out[to + j + 16] = (pair >> 4) * scale + min;
        }
    }

    // scale, 32 fifth bits, 16 bytes
    private static void q50(MemorySegment data, long at, float[] out, int to) {
        float scale = half(data, at);
        int high = data.get(Cursor.INT, at + 2);
        for (int j = 0; j < 16; j++) {
            int pair = unsigned(data, at + 6 + j);
            out[to + j] = ((pair & 15 | (high >>> j & 1) << 4) - 16) * scale;
            out[to + j + 16] = ((pair >> 4 | (high >>> j + 16 & 1) << 4) - 16) * scale;
        }
    }

    // scale, minimum, 32 fifth bits, 16 bytes
    private static void q51(MemorySegment data, long at, float[] out, int to) {
        float scale = half(data, at);
        float min = half(data, at + 2);
        int high = data.get(Cursor.INT, at + 4);
        for (int j = 0; j < 16; j++) {
            int pair = unsigned(data, at + 8 + j);
            out[to + j] = (pair & 15 | (high >>> j & 1) << 4) * scale + min;
            out[to + j + 16] = (pair >> 4 | (high >>> j + 16 & 1) << 4) * scale + min;
        }
    }

    // scale, 32 signed bytes
    private static void q80(MemorySegment data, long at, float[] out, int to) {
        float scale = half(data, at);
        for (int j = 0; j < 32; j++) {
            out[to + j] = data.get(ValueLayout.JAVA_BYTE, at + 2 + j) * scale;
        }
    }

    // scale of scales, scale of minimums, 12 bytes of 6-bit scales and minimums, 128 bytes: each 32 hold two groups of
    // 32
    private static void q4k(MemorySegment data, long at, float[] out, int to) {
        float d = half(data, at);
        float dmin = half(data, at + 2);
        for (int group = 0; group < 8; group++) {
            float scale = d * scaleK(data, at + 4, group);
            float min = dmin * minK(data, at + 4, group);
            long bytes = at + 16 + group / 2 * 32;
            int shift = group % 2 * 4;
            for (int l = 0; l < 32; l++) {
                out[to + group * 32 + l] = scale * (unsigned(data, bytes + l) >> shift & 15) - min;
            }
        }
    }

    // as Q4_K, with 32 bytes of fifth bits before the 128: bit g of byte l belongs to number l of group g
    private static void q5k(MemorySegment data, long at, float[] out, int to) {
        float d = half(data, at);
        float dmin = half(data, at + 2);
        for (int group = 0; group < 8; group++) {
            float scale = d * scaleK(data, at + 4, group);
            float min = dmin * minK(data, at + 4, group);
            long bytes = at + 48 + group / 2 * 32;
            int shift = group % 2 * 4;
            for (int l = 0; l < 32; l++) {
                int fifth = unsigned(data, at + 16 + l) >> group & 1;
                int q = unsigned(data, bytes + l) >> shift & 15 | fifth << 4;
                out[to + group * 32 + l] = scale * q - min;
            }
        }
    }

    // 128 bytes of low halves, 64 of two high bits, 16 signed scales for 16 numbers each, scale of scales; in two
    // halves of 128
    private static void q6k(MemorySegment data, long at, float[] out, int to) {
        float d = half(data, at + 208);
        for (int i = 0; i < 256; i++) {
            int part = i / 128;
            int quarter = i % 128 / 32;
            int l = i % 32;
            int low = unsigned(data, at + part * 64 + quarter % 2 * 32 + l) >> quarter / 2 * 4 & 15;
            int high = unsigned(data, at + 128 + part * 32 + l) >> quarter * 2 & 3;
            byte scale = data.get(ValueLayout.JAVA_BYTE, at + 192 + i / 16);
            out[to + i] = d * scale * ((low | high << 4) - 32);
        }
    }

    // The 6-bit scales of groups 0 to 3 are whole in bytes 0 to 3, the minimums in 4 to 7; those of 4 to 7 have their
    // low
    // four bits in bytes 8 to 11 (scale low half, minimum high half) and their two high bits on top of the former's.
    private static int scaleK(MemorySegment data, long at, int group) {
        return group < 4
                ? unsigned(data, at + group) & 63
                : unsigned(data, at + group + 4) & 15 | unsigned(data, at + group - 4) >> 6 << 4;
    }

    private static int minK(MemorySegment data, long at, int group) {
        return group < 4
                ? unsigned(data, at + group + 4) & 63
                : unsigned(data, at + group + 4) >> 4 | unsigned(data, at + group) >> 6 << 4;
    }

    private static float half(MemorySegment data, long at) {
        return Float.float16ToFloat(data.get(Cursor.SHORT, at));
    }

    private static int unsigned(MemorySegment data, long at) {
        return data.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
    }
}
