package dev.paca.model.kernels.vector;

import static dev.paca.model.kernels.vector.Lanes.COUNT;
import static dev.paca.model.kernels.vector.Lanes.F;
import static dev.paca.model.kernels.vector.Lanes.FLOATS;
import static dev.paca.model.kernels.vector.Lanes.I;
import static dev.paca.model.kernels.vector.Lanes.INT;
import static dev.paca.model.kernels.vector.Lanes.LONG;
import static dev.paca.model.kernels.vector.Lanes.floats;
import static dev.paca.model.kernels.vector.Lanes.half;
import static dev.paca.model.kernels.vector.Lanes.signedBytes;
import static dev.paca.model.kernels.vector.Lanes.unsignedBytes;
import static dev.paca.model.kernels.vector.Lanes.words;

import dev.paca.model.gguf.Dequantizer;
import dev.paca.model.gguf.GgmlType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Stored numbers as floats, equal to the bit to what {@link Dequantizer} gives, whose layouts these are. Each type has a
 * loop of its own, so that none of them spoils what C2 makes of another.
 */
final class Unpack {
    private Unpack() {}

    /**
     * @param data off the heap
     * @param at of the first block in {@code data}, in bytes
     * @param n how many; a multiple of the block size
     */
    static void unpack(GgmlType type, MemorySegment data, long at, int n, float[] out, int to) {
        switch (type) {
            case F32 -> MemorySegment.copy(data, Lanes.FLOAT, at, out, to, n);
            case F16 -> f16(data, at, n, out, to);
            case BF16 -> bf16(data, at, n, out, to);
            case Q4_0 -> q40(data, at, n, out, to);
            case Q4_1 -> q41(data, at, n, out, to);
            case Q5_0 -> q50(data, at, n, out, to);
            case Q5_1 -> q51(data, at, n, out, to);
            case Q8_0 -> q80(data, at, n, out, to);
            case Q4_K -> q4k(data, at, n, out, to);
            case Q5_K -> q5k(data, at, n, out, to);
            case Q6_K -> q6k(data, at, n, out, to);
        }
    }

    private static void f16(MemorySegment data, long at, int n, float[] out, int to) {
        int bound = F.loopBound(n);
        for (int i = 0; i < bound; i += FLOATS) {
            IntVector half = words(data, at + i * 2L);
            // The exponent's bias differs by 112: the bits in place, times 2^112, are right for subnormal numbers too.
            IntVector bits = half.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(0x8FFFE000);
            FloatVector value = bits.reinterpretAsFloats().mul(0x1p112f);
            // Infinities and NaNs have the largest exponent, and keep it.
            VectorMask<Integer> endless = half.and(0x7C00).eq(0x7C00);
            value.reinterpretAsInts()
                    .lanewise(VectorOperators.OR, 0x7F800000, endless)
                    .reinterpretAsFloats()
                    .intoArray(out, to + i);
        }
        if (bound < n) {
            Dequantizer.dequantize(GgmlType.F16, data.asSlice(at), bound, n - bound, out, to + bound);
        }
    }

    private static void bf16(MemorySegment data, long at, int n, float[] out, int to) {
        int bound = F.loopBound(n);
        for (int i = 0; i < bound; i += FLOATS) {
            words(data, at + i * 2L)
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .intoArray(out, to + i);
        }
        if (bound < n) {
            Dequantizer.dequantize(GgmlType.BF16, data.asSlice(at), bound, n - bound, out, to + bound);
        }
    }

    private static void q40(MemorySegment data, long at, int n, float[] out, int to) {
        for (int i = 0; i < n; i += 32, at += 18) {
            float scale = half(data, at);
            for (int j = 0; j < 16; j += FLOATS) {
                IntVector pairs = unsignedBytes(data, at + 2 + j);
                floats(pairs.and(15).sub(8)).mul(scale).intoArray(out, to + i + j);
                floats(pairs.lanewise(VectorOperators.LSHR, 4).sub(8))
                        .mul(scale)
                        .intoArray(out, to + i + j + 16);
            }
        }
    }

    private static void q41(MemorySegment data, long at, int n, float[] out, int to) {
        for (int i = 0; i < n; i += 32, at += 20) {
            float scale = half(data, at);
            float min = half(data, at + 2);
            for (int j = 0; j < 16; j += FLOATS) {
                IntVector pairs = unsignedBytes(data, at + 4 + j);
                floats(pairs.and(15)).mul(scale).add(min).intoArray(out, to + i + j);
                floats(pairs.lanewise(VectorOperators.LSHR, 4))
                        .mul(scale)
                        .add(min)
                        .intoArray(out, to + i + j + 16);
            }
        }
    }

    private static void q50(MemorySegment data, long at, int n, float[] out, int to) {
        for (int i = 0; i < n; i += 32, at += 22) {
            float scale = half(data, at);
            int fifths = data.get(INT, at + 2);
            for (int j = 0; j < 16; j += FLOATS) {
                IntVector pairs = unsignedBytes(data, at + 6 + j);
                IntVector low = pairs.and(15).or(fifth(fifths >>> j)).sub(16);
                IntVector high = pairs.lanewise(VectorOperators.LSHR, 4)
                        .or(fifth(fifths >>> j + 16))
                        .sub(16);
                floats(low).mul(scale).intoArray(out, to + i + j);
                floats(high).mul(scale).intoArray(out, to + i + j + 16);
            }
        }
    }

    private static void q51(MemorySegment data, long at, int n, float[] out, int to) {
        for (int i = 0; i < n; i += 32, at += 24) {
            float scale = half(data, at);
            float min = half(data, at + 2);
            int fifths = data.get(INT, at + 4);
            for (int j = 0; j < 16; j += FLOATS) {
                IntVector pairs = unsignedBytes(data, at + 8 + j);
                IntVector low = pairs.and(15).or(fifth(fifths >>> j));
                IntVector high = pairs.lanewise(VectorOperators.LSHR, 4).or(fifth(fifths >>> j + 16));
                floats(low).mul(scale).add(min).intoArray(out, to + i + j);
                floats(high).mul(scale).add(min).intoArray(out, to + i + j + 16);
            }
        }
    }

    /** Bit i of {@code bits} as lane i's bit 4. */
    private static IntVector fifth(int bits) {
        return IntVector.broadcast(I, bits)
                .lanewise(VectorOperators.LSHR, COUNT)
                .and(1)
                .lanewise(VectorOperators.LSHL, 4);
    }

    private static void q80(MemorySegment data, long at, int n, float[] out, int to) {
        for (int i = 0; i < n; i += 32, at += 34) {
            float scale = half(data, at);
            for (int j = 0; j < 32; j += FLOATS) {
                signedBytes(data, at + 2 + j).mul(scale).intoArray(out, to + i + j);
            }
        }
    }

    private static void q4k(MemorySegment data, long at, int n, float[] out, int to) {
        for (int i = 0; i < n; i += 256, at += 144) {
            float d = half(data, at);
            float dmin = half(data, at + 2);
            long scales = scalesK(data, at + 4);
            long mins = minsK(data, at + 4);
            for (int group = 0; group < 8; group++) {
                float scale = d * (scales >>> group * 8 & 63);
                float min = dmin * (mins >>> group * 8 & 63);
                int from = to + i + group * 32;
                long bytes = at + 16 + group / 2 * 32;
                int shift = group % 2 * 4;
                for (int l = 0; l < 32; l += FLOATS) {
                    IntVector q = unsignedBytes(data, bytes + l)
                            .lanewise(VectorOperators.LSHR, shift)
                            .and(15);
                    floats(q).mul(scale).sub(min).intoArray(out, from + l);
                }
            }
        }
    }

    private static void q5k(MemorySegment data, long at, int n, float[] out, int to) {
        for (int i = 0; i < n; i += 256, at += 176) {
            float d = half(data, at);
            float dmin = half(data, at + 2);
            long scales = scalesK(data, at + 4);
            long mins = minsK(data, at + 4);
            for (int group = 0; group < 8; group++) {
                float scale = d * (scales >>> group * 8 & 63);
                float min = dmin * (mins >>> group * 8 & 63);
                int from = to + i + group * 32;
                long bytes = at + 48 + group / 2 * 32;
                int shift = group % 2 * 4;
                for (int l = 0; l < 32; l += FLOATS) {
                    IntVector q = unsignedBytes(data, bytes + l)
                            .lanewise(VectorOperators.LSHR, shift)
                            .and(15);
                    IntVector fifth = unsignedBytes(data, at + 16 + l)
                            .lanewise(VectorOperators.LSHR, group)
                            .and(1)
                            .lanewise(VectorOperators.LSHL, 4);
                    floats(q.or(fifth)).mul(scale).sub(min).intoArray(out, from + l);
                }
            }
        }
    }

    private static void q6k(MemorySegment data, long at, int n, float[] out, int to) {
        for (int i = 0; i < n; i += 256, at += 210) {
            float d = half(data, at + 208);
            for (int sixteenth = 0; sixteenth < 16; sixteenth++) {
                int part = sixteenth / 8;
                int quarter = sixteenth % 8 / 2;
                int l = sixteenth % 2 * 16;
                float scale = d * data.get(ValueLayout.JAVA_BYTE, at + 192 + sixteenth);
                long lows = at + part * 64 + quarter % 2 * 32 + l;
                long highs = at + 128 + part * 32 + l;
                int from = to + i + sixteenth * 16;
                for (int j = 0; j < 16; j += FLOATS) {
                    IntVector low = unsignedBytes(data, lows + j)
                            .lanewise(VectorOperators.LSHR, quarter / 2 * 4)
                            .and(15);
                    IntVector high = unsignedBytes(data, highs + j)
                            .lanewise(VectorOperators.LSHR, quarter * 2)
                            .and(3)
                            .lanewise(VectorOperators.LSHL, 4);
                    floats(low.or(high).sub(32)).mul(scale).intoArray(out, from + j);
                }
            }
        }
    }

    /** Eight 6-bit scales, one a byte, from the 12 bytes that hold them and the minimums. */
    static long scalesK(MemorySegment data, long at) {
        long lows = data.get(LONG, at);
        int rest = data.get(INT, at + 8);
        long first = lows & 0x3F3F3F3FL;
        long last = rest & 0x0F0F0F0FL | (lows & 0xC0C0C0C0L) >>> 2;
        return first | last << 32;
    }

    /** Eight 6-bit minimums, one a byte. */
    static long minsK(MemorySegment data, long at) {
        long lows = data.get(LONG, at) >>> 32;
        int rest = data.get(INT, at + 8);
        long first = lows & 0x3F3F3F3FL;
        long last = rest >>> 4 & 0x0F0F0F0FL | (lows & 0xC0C0C0C0L) >>> 2;
        return first | last << 32;
    }
}
