package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * One number of a weight matrix on the device. The type is a constant of the kernel, so all but one branch vanish when it
 * is compiled. Of the four arrays a type uses those that its line names; the others have one element.
 *
 * <ul>
 *   <li>{@link #F32}: {@code f}, row after row
 *   <li>{@link #F16}: {@code h}; {@link #F16_BITS}: the same bits in {@code b}, for devices without half precision
 *   <li>{@link #Q8_0}: {@code q}, four numbers an int, signed bytes; {@code f}, a scale for 32 numbers
 *   <li>{@link #Q4_0}: {@code q}, four ints a block of 32 as in the file; {@code f}, a scale for 32 numbers
 *   <li>{@link #Q4_K}: {@code q}, for each block of 256 the file's 32 ints of numbers and 3 of scales; {@code f}, its two
 *       scales of scales
 * </ul>
 */
public final class Weight {
    public static final int F32 = 0;
    public static final int F16 = 1;
    public static final int F16_BITS = 2;
    public static final int Q8_0 = 3;
    public static final int Q4_0 = 4;
    public static final int Q4_K = 5;

    /** Ints of a Q4_K block: 32 of numbers, 3 of scales. */
    public static final int Q4_K_INTS = 35;

    private Weight() {}

    /** Number {@code i} of a matrix, counted row after row. */
    static float at(int type, FloatArray f, HalfFloatArray h, ShortArray b, IntArray q, int i) {
        float value = 0f;
        if (type == F32) {
            value = f.get(i);
        } else if (type == F16) {
            HalfFloat half = h.get(i);
            value = half.getFloat32();
        } else if (type == F16_BITS) {
            value = Half.decode(b.get(i));
        } else if (type == Q8_0) {
            value = signed(unsigned(q.get(i >> 2)), i & 3) * f.get(i >> 5);
        } else if (type == Q4_0) {
            int in = i & 31;
            int w = q.get((i >> 5) * 4 + ((in & 15) >> 2));
            value = (nibble(w, (in & 3) * 8 + (in >> 4) * 4) - 8f) * f.get(i >> 5);
        } else {
            int block = i >> 8;
            int in = i & 255;
            int group = in >> 5;
            int base = block * Q4_K_INTS;
            int w = q.get(base + (group >> 1) * 8 + ((in & 31) >> 2));
            float number = nibble(w, (in & 3) * 8 + (group & 1) * 4);
            value = f.get(block * 2) * scale(q, base + 32, group) * number
                    - f.get(block * 2 + 1) * minimum(q, base + 32, group);
        }
        return value;
    }

    /** Number {@code i} of a matrix that is not quantised: what compiles within TornadoVM's limits many times over. */
    static float plain(int type, FloatArray f, HalfFloatArray h, ShortArray b, int i) {
        float value = 0f;
        if (type == F32) {
            value = f.get(i);
        } else if (type == F16) {
            HalfFloat half = h.get(i);
            value = half.getFloat32();
        } else {
            value = Half.decode(b.get(i));
        }
        return value;
    }

    /** Adds 128 to four signed bytes, which then count from 0: what shifts and masks take apart. */
    static int unsigned(int word) {
        return word ^ 0x80808080;
    }

    /** Byte {@code i} of a word that {@link #unsigned} gave, as it was before: -128 to 127. */
    static float signed(int word, int i) {
        return (float) ((word >> (i * 8)) & 255) - 128f;
    }

    /** Four bits of a word from {@code shift}, 0 to 15. */
    static float nibble(int word, int shift) {
        return (float) ((word >> shift) & 15);
    }

    /** A Q4_K group's 6-bit scale: whole for groups 0 to 3, for the others low bits and high bits apart. */
    static float scale(IntArray q, int at, int group) {
        int shift = (group & 3) * 8;
        int whole = (q.get(at) >> shift) & 63;
        int apart = ((q.get(at + 2) >> shift) & 15) + ((q.get(at) >> (shift + 6)) & 3) * 16;
        return (float) (group < 4 ? whole : apart);
    }

    /** A Q4_K group's 6-bit minimum. */
    static float minimum(IntArray q, int at, int group) {
        int shift = (group & 3) * 8;
        int whole = (q.get(at + 1) >> shift) & 63;
        int apart = ((q.get(at + 2) >> (shift + 4)) & 15) + ((q.get(at + 1) >> (shift + 6)) & 3) * 16;
        return (float) (group < 4 ? whole : apart);
    }
}
