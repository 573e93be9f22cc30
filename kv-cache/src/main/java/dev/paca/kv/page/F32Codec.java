package dev.paca.kv.page;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** IEEE single precision, as it is. */
record F32Codec() implements TokenCodec {
    private static final ValueLayout.OfFloat LAYOUT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public long bytes(Block block) {
        return 4L * block.elements();
    }

    @Override
    public void write(Block block, MemorySegment bytes, long at, int slot, float[] src, int from) {
        long p = at + 4L * block.first(slot);
        long step = 4L * block.step();
        for (int d = 0; d < block.dims(); d++, p += step) {
            bytes.set(LAYOUT, p, src[from + d]);
        }
    }

    @Override
    public void read(Block block, MemorySegment bytes, long at, int slot, float[] dst, int to) {
        long p = at + 4L * block.first(slot);
        long step = 4L * block.step();
        for (int d = 0; d < block.dims(); d++, p += step) {
            dst[to + d] = bytes.get(LAYOUT, p);
        }
    }
}
