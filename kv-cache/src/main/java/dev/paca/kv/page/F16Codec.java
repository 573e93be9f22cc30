package dev.paca.kv.page;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * IEEE half precision, rounded to nearest even. What is beyond its range becomes ±65504, the largest finite value, and
 * NaN becomes 0: so every stored code is finite, and readers may expand codes with a shift and a multiplication.
 */
record F16Codec() implements TokenCodec {
    private static final ValueLayout.OfShort LAYOUT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final float MAX = 65504f;

    @Override
    public long bytes(Block block) {
        return 2L * block.elements();
    }

    @Override
    public void write(Block block, MemorySegment bytes, long at, int slot, float[] src, int from) {
        long p = at + 2L * block.first(slot);
        long step = 2L * block.step();
        for (int d = 0; d < block.dims(); d++, p += step) {
            bytes.set(LAYOUT, p, encode(src[from + d]));
        }
    }

    @Override
    public void read(Block block, MemorySegment bytes, long at, int slot, float[] dst, int to) {
        long p = at + 2L * block.first(slot);
        long step = 2L * block.step();
        for (int d = 0; d < block.dims(); d++, p += step) {
            dst[to + d] = Float.float16ToFloat(bytes.get(LAYOUT, p));
        }
    }

    static short encode(float x) {
        return x == x ? Float.floatToFloat16(Math.clamp(x, -MAX, MAX)) : 0;
    }
}
