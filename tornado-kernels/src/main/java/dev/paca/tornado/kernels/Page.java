package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * Where a number of a page lies and how it is stored. For each KV head a page holds its keys, transposed (channel after
 * channel, so that threads with neighbouring tokens read neighbours), then its values (token after token, so that threads
 * with neighbouring channels do). Packed storage puts four channels of a token into an int.
 */
public final class Page {
    /** Floats, in {@code f}. */
    public static final int F32 = 0;
    /** Halves, in {@code h}. */
    public static final int F16 = 1;
    /** Halves as their bits, in {@code b}, for devices without half precision. */
    public static final int F16_BITS = 2;
    /** FP8 E4M3, four in an int, in {@code q}. */
    public static final int FP8 = 3;

    private Page() {}

    /** Numbers in an element of the array that a storage uses. */
    public static int packed(int storage) {
        return storage == FP8 ? 4 : 1;
    }

    /** Index of the first element of a block's keys for a KV head. */
    static int base(int geometry, int storage, int block, int head) {
        return (block * Geometry.kvHeads(geometry) + head) * 2 * values(geometry, storage);
    }

    /** Elements of a block's keys for a KV head: the distance from keys to values. */
    static int values(int geometry, int storage) {
        return Geometry.headDim(geometry) * Geometry.pageTokens(geometry) / packed(storage);
    }

    /** The number in element {@code i} of an unpacked storage. */
    static float get(int storage, FloatArray f, HalfFloatArray h, ShortArray b, int i) {
        float value = 0f;
        if (storage == F32) {
            value = f.get(i);
        } else if (storage == F16) {
            HalfFloat half = h.get(i);
            value = half.getFloat32();
        } else if (storage == F16_BITS) {
            value = Half.decode(b.get(i));
        }
        return value;
    }

    /** Stores a number in element {@code i} of an unpacked storage. */
    static void set(int storage, FloatArray f, HalfFloatArray h, ShortArray b, int i, float value) {
        if (storage == F32) {
            f.set(i, value);
        } else if (storage == F16) {
            HalfFloat half = new HalfFloat(value);
            h.set(i, half);
        } else if (storage == F16_BITS) {
            b.set(i, Half.encode(value));
        }
    }

    /** Four numbers as FP8 in an int, the first in the low bits. */
    static int pack(float a, float b, float c, float d) {
        return Fp8.encode(a) | Fp8.encode(b) << 8 | Fp8.encode(c) << 16 | Fp8.encode(d) << 24;
    }
}
