package dev.paca.kv.index;

import dev.paca.kv.page.Anchor;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageStore;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Two bits for every channel of every key: which side of the {@linkplain Anchor anchor's} centre it lies on, and whether it
 * lies farther from it than usual. A code {@code c} stands for {@code centre + (c - 1.5)·scale}. A token's score is
 * estimated from its codes, a page's is its best token's: bounds of a page tell only that some key might be large, codes
 * tell which are.
 *
 * <p>Two channels make a nibble, so a token's score is a sum of look-ups in tables of 16 small integers, one table for each
 * pair of channels, made once a query: the products with all four codes of one channel and all four of the other. Entries
 * are whole numbers from {@value #LEAST} to {@value #MOST}, so that four of them add up in a byte, and sums are exact:
 * every implementation and device finds the same pages.
 *
 * <p>Layout: for each block of 16 tokens, rows of 64 bytes for 16 channels each. Byte {@code 16·p + t} of a row holds token
 * {@code t}'s codes for pair {@code p} of the row in its low half and for pair {@code p + 4} in its high half.
 */
public final class KeyCodes {
    /** The least entry of a table. */
    public static final int LEAST = -32;
    /** The largest. */
    public static final int MOST = 31;

    /** Bytes of a row. */
    public static final int ROW = 64;

    private KeyCodes() {}

    /** Rows that cover the channels of a head. */
    public static int rows(int headDim) {
        return Math.ceilDiv(headDim, IndexForm.CODE_CHANNELS);
    }

    /** Writes the codes of a full page. */
    static void seal(PageStore store, int page, Anchor anchor) {
        PageFormat format = store.format();
        int dims = format.headDim();
        int padded = rows(dims) * IndexForm.CODE_CHANNELS;
        MemorySegment bytes = store.bytes(page);
        float[] key = new float[dims];
        byte[] codes = new byte[padded];
        bytes.asSlice(store.indexAt(page), format.indexBytes()).fill((byte) 0);
        for (int token = 0; token < format.tokens(); token++) {
            store.readKey(page, token, key, 0);
            for (int d = 0; d < dims; d++) {
                float x = key[d] - anchor.centre()[d];
                boolean far = Math.abs(x) > anchor.scale()[d];
                codes[d] = (byte) (x < 0 ? (far ? 0 : 1) : (far ? 3 : 2));
            }
            for (int pair = 0; pair < padded / 2; pair++) {
                long at = at(store.indexAt(page), dims, token, pair);
                int nibble = codes[2 * pair] | codes[2 * pair + 1] << 2;
                int old = bytes.get(ValueLayout.JAVA_BYTE, at);
                bytes.set(ValueLayout.JAVA_BYTE, at, (byte) (old | nibble << shift(pair)));
            }
        }
    }

    private static long at(long index, int dims, int token, int pair) {
        int block = token / IndexForm.CODE_TOKENS;
        int row = pair / 8;
        return index + (long) ROW * (block * rows(dims) + row) + pair % 4 * 16 + token % 16;
    }

    private static int shift(int pair) {
        return pair % 8 < 4 ? 0 : 4;
    }

    /** A query head's tables, and how to turn a sum of entries into a score. */
    public static final class Tables {
        /** For each row of codes 128 entries: tables of the pairs 0 to 3, then of the pairs 4 to 7. */
        public byte[] entries = new byte[0];

        /** What an entry of 1 stands for. */
        public float step;
        /** The query's product with the centre. */
        public float offset;

        private float[] weights = new float[0];

        /** Makes the tables of a query, {@code dims} floats from index {@code from} of {@code q}. */
        public void of(float[] q, int from, int dims, Anchor anchor) {
            int padded = rows(dims) * IndexForm.CODE_CHANNELS;
            if (weights.length != padded) {
                weights = new float[padded];
                entries = new byte[padded / 2 * 16];
            }
            double product = 0;
            float largest = 0;
            for (int d = 0; d < dims; d++) {
                product += (double) q[from + d] * anchor.centre()[d];
                weights[d] = q[from + d] * anchor.scale()[d];
            }
            for (int d = 0; d < padded; d += 2) {
                largest = Math.max(largest, 1.5f * (Math.abs(weights[d]) + Math.abs(weights[d + 1])));
            }
            offset = (float) product;
            step = Math.max(Float.MIN_NORMAL, largest / MOST);
            for (int pair = 0; pair < padded / 2; pair++) {
                for (int code = 0; code < 16; code++) {
                    float value =
                            weights[2 * pair] * ((code & 3) - 1.5f) + weights[2 * pair + 1] * ((code >> 2) - 1.5f);
                    entries[pair * 16 + code] = (byte) Math.clamp(Math.round(value / step), LEAST, MOST);
                }
            }
        }
    }

    /** The largest sum of a page's tokens. */
    public static int best(MemorySegment bytes, long index, int tokens, int dims, Tables tables) {
        int best = Integer.MIN_VALUE;
        for (int token = 0; token < tokens; token++) {
            int sum = 0;
            for (int pair = 0; pair < rows(dims) * 8; pair++) {
                int nibble = bytes.get(ValueLayout.JAVA_BYTE, at(index, dims, token, pair)) >> shift(pair) & 15;
                sum += tables.entries[pair * 16 + nibble];
            }
            best = Math.max(best, sum);
        }
        return best;
    }
}
