package dev.paca.kv.page;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The upper half of single precision, rounded to nearest even, saturating at the largest finite value; NaN becomes 0. */
record Bf16Codec() implements TokenCodec {
    private static final ValueLayout.OfShort LAYOUT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int LARGEST = 0x7f7f;

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
            dst[to + d] = Float.intBitsToFloat(bytes.get(LAYOUT, p) << 16);
        }
    }

    static short encode(float x) {
        if (x != x) {
            return 0;
        }
        int bits = Float.floatToRawIntBits(Math.abs(x));
        int code = Math.min(LARGEST, bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
        return (short) (x < 0 ? code | 0x8000 : code);
    }
}
