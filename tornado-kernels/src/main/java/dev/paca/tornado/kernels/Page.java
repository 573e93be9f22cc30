package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * Where a number of a page lies and how it is stored. For each KV head a page holds its keys, transposed (channel after
 * channel, so that threads with neighbouring tokens read neighbours), then its values (token after token, so that threads
 * with neighbouring channels do). Packed storage puts four channels of a token into an int. Where each token has a scale, it
 * is in {@code f}: for each block and KV head those of keys, then those of values.
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
    /** Integers from -127 to 127, 128 added, four in an int, in {@code q}, with a scale for each token and head. */
    public static final int INT8 = 4;

    private Page() {}

    /** Bytes of an element of the array that a storage uses. */
    public static int bytes(int storage) {
        return storage == F16 ? 2 : (storage == F16_BITS ? 2 : 4);
    }

    /** Numbers in an element of the array that a storage uses. */
    public static int packed(int storage) {
        return storage >= FP8 ? 4 : 1;
    }

    /** Index of the first element of a block's keys for a KV head. */
    static int base(int geometry, int storage, int block, int head) {
        return (block * Geometry.kvHeads(geometry) + head) * 2 * values(geometry, storage);
    }

    /** Scales of a block; none but for {@link #INT8}. */
    public static int scales(int geometry, int storage) {
        return storage == INT8 ? 2 * Geometry.kvHeads(geometry) * Geometry.pageTokens(geometry) : 0;
    }

    /** Index of the scale of a block's first key for a KV head; those of values follow the keys'. */
    static int scale(int geometry, int block, int head) {
        return (block * Geometry.kvHeads(geometry) + head) * 2 * Geometry.pageTokens(geometry);
    }

    /** What a byte of a packed storage stands for, before its scale. */
    public static float number(int storage, int bits) {
        return storage == INT8 ? bits - 128f : Fp8.decode(bits);
    }

    /** Channel {@code d} of the key in a slot. */
    static float key(
            int geometry,
            int storage,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            int block,
            int head,
            int slot,
            int d) {
        int at = base(geometry, storage, block, head) + d / packed(storage) * Geometry.pageTokens(geometry) + slot;
        float value;
        if (storage >= FP8) {
            value = number(storage, (q.get(at) >> (d % 4 * 8)) & 255);
            if (storage == INT8) {
                value = value * f.get(scale(geometry, block, head) + slot);
            }
        } else {
            value = get(storage, f, h, b, at);
        }
        return value;
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
