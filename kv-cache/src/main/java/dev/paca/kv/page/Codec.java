package dev.paca.kv.page;

import dev.paca.kv.Storage;
import java.lang.foreign.MemorySegment;

/**
 * How a block's elements become bytes: the scalar definition of a {@link Storage}, a page's scale apart. Other readers of
 * the same bytes are tested against {@link #read}. Offsets are in bytes and name the first byte of the block.
 */
public interface Codec {
    /** Bytes of a block, its scales included. */
    long bytes(Block block);

    /** What was stored in a slot, dequantised into {@code dst} from index {@code to}. */
    void read(Block block, MemorySegment bytes, long at, int slot, float[] dst, int to);

    /** Where the token scales of a block begin, for a storage that has them. */
    static long scalesAt(Block block) {
        return ByteCodec.scalesAt(block);
    }

    /** The codec of a storage. */
    static Codec of(Storage storage) {
        return storage.isGrouped() ? new GroupCodec(storage.bits()) : ofToken(storage);
    }

    /** The codec of a storage that encodes token by token. */
    static TokenCodec ofToken(Storage storage) {
        return switch (storage) {
            case F32 -> new F32Codec();
            case F16 -> new F16Codec();
            case BF16 -> new Bf16Codec();
            case FP8_E4M3,
                    FP8_E4M3_TENSOR,
                    FP8_E4M3_HEAD,
                    FP8_E4M3_TOKEN,
                    FP8_E5M2,
                    FP8_E5M2_TENSOR,
                    FP8_E5M2_HEAD,
                    FP8_E5M2_TOKEN,
                    INT8 -> new ByteCodec(storage);
            case KIVI4, KIVI2 -> throw new IllegalArgumentException(storage + " encodes pages, not tokens.");
        };
    }
}
