package dev.paca.kv.page;

import java.lang.foreign.MemorySegment;

/** A codec that encodes one token without knowing others. */
public interface TokenCodec extends Codec {
    /** Stores the {@code dims} floats of a slot, found in {@code src} from index {@code from}. */
    void write(Block block, MemorySegment bytes, long at, int slot, float[] src, int from);
}
