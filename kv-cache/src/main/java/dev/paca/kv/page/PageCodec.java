package dev.paca.kv.page;

import java.lang.foreign.MemorySegment;

/** How the keys and the values of a page become bytes, given their offsets and the page's scales. */
final class PageCodec {
    private final Half keys;
    private final Half values;

    PageCodec(PageFormat format) {
        keys = new Half(format.keys(), Codec.of(format.k()));
        values = new Half(format.values(), Codec.of(format.v()));
    }

    Half keys() {
        return keys;
    }

    Half values() {
        return values;
    }

    /** The keys or the values. */
    record Half(Block block, Codec codec) {
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
