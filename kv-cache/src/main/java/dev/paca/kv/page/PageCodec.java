package dev.paca.kv.page;

import dev.paca.kv.Storage;
import java.lang.foreign.MemorySegment;

/** How the keys and the values of a page become bytes, given their offsets and the page's scales. */
final class PageCodec {
    private final Half keys;
    private final Half values;
    private final Half keyRows;

    PageCodec(PageFormat format) {
        keys = new Half(format.keys(), format.k());
        values = new Half(format.values(), format.v());
        keyRows = new Half(format.keyRows(), format.k());
    }

    /** The keys a second time, token by token: {@link IndexForm#KEY_ROWS}. */
    Half keyRows() {
        return keyRows;
    }

    Half keys() {
        return keys;
    }

    Half values() {
        return values;
    }

    /** The keys or the values. */
    record Half(Block block, Storage storage, Codec codec) {
        Half(Block block, Storage storage) {
            this(block, storage, Codec.of(storage));
        }

        /** Copies a token's codes, and its scale if it has one, to where the same storage keeps them in another layout. */
        void copy(MemorySegment bytes, long at, int place, Half to, MemorySegment target, long toAt, int toPlace) {
            int size = storage.bits() / 8;
            long from = at + (long) block.first(place) * size;
            long into = toAt + (long) to.block.first(toPlace) * size;
            for (int d = 0; d < block.dims(); d++) {
                MemorySegment.copy(bytes, from, target, into, size);
                from += (long) block.step() * size;
                into += (long) to.block.step() * size;
            }
            if (storage.hasTokenScales()) {
                long scale = at + Codec.scalesAt(block) + 4L * place;
                MemorySegment.copy(bytes, scale, target, toAt + Codec.scalesAt(to.block) + 4L * toPlace, 4);
            }
        }

        void read(MemorySegment bytes, long at, int place, float[] dst, int to, float scale) {
            codec.read(block, bytes, at, place, dst, to);
            if (scale != 1) {
                for (int d = to; d < to + block.dims(); d++) {
                    dst[d] *= scale;
                }
            }
        }

        void write(MemorySegment bytes, long at, int place, float[] src, int from, float scale) {
            TokenCodec tokens = (TokenCodec) codec;
            if (scale == 1) {
                tokens.write(block, bytes, at, place, src, from);
                return;
            }
            float[] scaled = new float[block.dims()];
            for (int d = 0; d < scaled.length; d++) {
                scaled[d] = src[from + d] / scale;
            }
            tokens.write(block, bytes, at, place, scaled, 0);
        }

        /** Stores all tokens of an open half. What both store alike is copied. */
        void encode(Half open, MemorySegment source, long from, MemorySegment bytes, long at, float scale) {
            if (equals(open)) {
                MemorySegment.copy(source, from, bytes, at, codec.bytes(block));
                return;
            }
            float[] token = new float[block.dims()];
            float[] rows = new float[block.elements()];
            for (int t = 0; t < block.tokens(); t++) {
                open.read(source, from, t, token, 0, 1);
                if (codec instanceof GroupCodec) {
                    for (int d = 0; d < token.length; d++) {
                        rows[block.first(t) + d * block.step()] = token[d];
                    }
                } else {
                    write(bytes, at, t, token, 0, scale);
                }
            }
            if (codec instanceof GroupCodec groups) {
                groups.encode(block, bytes, at, rows);
            }
        }
    }
}
