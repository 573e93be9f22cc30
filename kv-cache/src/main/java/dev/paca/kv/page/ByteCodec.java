package dev.paca.kv.page;

import dev.paca.kv.Storage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A byte an element: 8-bit floats or integers. With token scales, these follow the elements, one for each slot; a token is
 * scaled so that its largest element becomes the largest code.
 */
record ByteCodec(Storage storage) implements TokenCodec {
    private static final ValueLayout.OfFloat SCALE =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final float INT8_MAX = 127;

    @Override
    public long bytes(Block block) {
        return scalesAt(block) + (storage.hasTokenScales() ? 4L * block.tokens() : 0);
    }

    /** Where the scales begin in a block. */
    static long scalesAt(Block block) {
        return (block.elements() + 3L) / 4 * 4;
    }

    @Override
    public void write(Block block, MemorySegment bytes, long at, int slot, float[] src, int from) {
        float scale = 1;
        if (storage.hasTokenScales()) {
            scale = scale(src, from, block.dims());
            bytes.set(SCALE, at + scalesAt(block) + 4L * slot, scale);
        }
        long p = at + block.first(slot);
        for (int d = 0; d < block.dims(); d++, p += block.step()) {
            bytes.set(ValueLayout.JAVA_BYTE, p, encode(src[from + d] / scale));
        }
    }

    @Override
    public void read(Block block, MemorySegment bytes, long at, int slot, float[] dst, int to) {
        float scale = storage.hasTokenScales() ? bytes.get(SCALE, at + scalesAt(block) + 4L * slot) : 1;
        long p = at + block.first(slot);
        for (int d = 0; d < block.dims(); d++, p += block.step()) {
            dst[to + d] = decode(bytes.get(ValueLayout.JAVA_BYTE, p)) * scale;
        }
    }

    /** Positive, and not so small that dividing by it overflows. */
    private float scale(float[] src, int from, int dims) {
        float largest = 0;
        for (int d = from; d < from + dims; d++) {
            float size = Math.abs(src[d]);
            largest = size > largest && size <= Float.MAX_VALUE ? size : largest;
        }
        return largest < Float.MIN_NORMAL * 65536 ? 1 : largest / max(storage);
    }

    /** The largest code's value. */
    static float max(Storage storage) {
        return storage == Storage.INT8 ? INT8_MAX : form(storage).max();
    }

    private static SmallFloat form(Storage storage) {
        return switch (storage) {
            case FP8_E5M2, FP8_E5M2_TENSOR, FP8_E5M2_HEAD, FP8_E5M2_TOKEN -> SmallFloat.E5M2;
            default -> SmallFloat.E4M3;
        };
    }

    private byte encode(float x) {
        // Math.rint and the cast make NaN 0.
        return storage == Storage.INT8
                ? (byte) Math.clamp((long) Math.rint(x), -127L, 127L)
                : form(storage).encode(x);
    }

    private float decode(byte code) {
        return storage == Storage.INT8 ? code : form(storage).decode(code);
    }
}
