package dev.paca.kv.index;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Rows of F16 numbers in an index. */
final class Halves {
    private static final ValueLayout.OfShort LAYOUT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** The largest finite F16. */
    private static final float LARGEST = 65504f;

    private Halves() {}

    static float get(MemorySegment bytes, long at, int i) {
        return Float.float16ToFloat(bytes.get(LAYOUT, at + 2L * i));
    }

    /** Stores the nearest F16 and returns it. */
    static float put(MemorySegment bytes, long at, int i, float value) {
        short half = Float.floatToFloat16(Math.clamp(value, -LARGEST, LARGEST));
        bytes.set(LAYOUT, at + 2L * i, half);
        return Float.float16ToFloat(half);
    }

    /** Stores the least F16 that is not below {@code value}, which is not negative. */
    static void putUp(MemorySegment bytes, long at, int i, float value) {
        short half = Float.floatToFloat16(Math.min(value, LARGEST));
        if (Float.float16ToFloat(half) < value && value <= LARGEST) {
            half++;
        }
        bytes.set(LAYOUT, at + 2L * i, half);
    }
}
