package dev.paca.kv.index;

import dev.paca.kv.page.Anchor;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.Nibbles;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageStore;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A few bits of every key: for each channel 1 to 4, {@linkplain Nibbles more where keys differ more}, 1.75 in the mean, and
 * for each channel of every 16 tokens 4 bits of their middle. Together that is what Quest's minimum and maximum take, a
 * quarter of a byte a channel and token. Bounds of a page tell only that some key might be large; codes tell which are.
 *
 * <p>With the {@linkplain Anchor anchor's} centre {@code c} and scale {@code s}, a middle {@code m} of 0 to 15 stands for
 * {@code c + (m - 7.5)·s}, and a code {@code x} of {@code b} bits for {@code middle + (x - (2^b - 1)/2)·step(b)·s}. Steps are
 * those of the best uniform quantiser of a normal variable (J. Max, 1960), somewhat longer, since keys have longer tails.
 * Codes must be relative to keys near by: rotated keys drift with their position, and of one middle for the whole sequence
 * the later pages would all lie far to one side. That a few bits of each key are enough to find the keys that matter is
 * known from vector search (RaBitQ, arXiv 2405.12497); the form is our own.
 *
 * <p>A nibble is one of 16 whatever channels it holds, so a token's score is a sum of look-ups in tables of 16 small
 * integers, one table a nibble, made once a query: the query's product with what the nibble stands for. Entries are scaled so
 * that however {@value #SPAN} channels' worth of them add up, the sum fits into a byte, which leaves them a range of 9 in the
 * mean: rounding them adds a twentieth to the error that the codes have, and no sum is ever widened. Where a key has more
 * channels, each span's sum loses as many bits as all together need, and they fit into a byte again. Sums are exact: every
 * implementation and device finds the same pages. A page's score is its best token's.
 *
 * <p>Layout: for each block of 16 tokens 64 bytes for every 16 channels. Byte {@code 16·g + t} holds token {@code t}'s
 * nibble {@code 2·g} in its low half and nibble {@code 2·g + 1} in its high half. After those the block's middles: byte
 * {@code i} holds channel {@code i}'s in its low half and channel {@code i + n}'s in its high half, for {@code n} bytes.
 */
public final class KeyCodes {
    /** Channels whose entries add up in a byte. */
    public static final int SPAN = 64;

    /** The largest sum of a span. */
    private static final int MOST = 127;

    /** Bytes for 16 channels of a block. */
    public static final int ROW = 64;

    /** Parts of a sum's unit in which scores are counted. */
    public static final int FINE = 16;

    /** Values of a middle. */
    private static final int MIDDLES = 16;

    /** Added to a float below 2^22, it leaves the nearest integer in the last bits. */
    public static final float ROUND = 0x1.8p23f;

    private KeyCodes() {}

    /** Rows that cover the channels of a head. */
    public static int rows(int headDim) {
        return Math.ceilDiv(headDim, IndexForm.CODE_CHANNELS);
    }

    /** Where a block's middles begin in it. */
    public static int middlesAt(int headDim) {
        return Nibbles.most(headDim) / 2 * IndexForm.CODE_TOKENS;
    }

    /** Bytes of a block's middles. */
    public static int middleBytes(int headDim) {
        return rows(headDim) * IndexForm.CODE_CHANNELS / 2;
    }

    /** Writes the codes of a full page. */
    static void seal(PageStore store, int page, Anchor anchor) {
        PageFormat format = store.format();
        MemorySegment bytes = store.bytes(page);
        bytes.asSlice(store.indexAt(page), format.indexBytes()).fill((byte) 0);
        long at = store.indexAt(page);
        for (int first = 0; first < format.tokens(); first += IndexForm.CODE_TOKENS) {
            int count = Math.min(IndexForm.CODE_TOKENS, format.tokens() - first);
            float[][] keys = new float[count][format.headDim()];
            for (int t = 0; t < count; t++) {
                store.readKey(page, first + t, keys[t], 0);
            }
            seal(keys, anchor, bytes, at);
            at += (long) ROW * rows(format.headDim());
        }
    }

    private static void seal(float[][] keys, Anchor anchor, MemorySegment bytes, long at) {
        int dims = anchor.scale().length;
        Nibbles nibbles = anchor.nibbles();
        for (int d = 0; d < dims; d++) {
            float scale = anchor.scale()[d];
            float middle = sealMiddle(keys, d, anchor, bytes, at + middlesAt(dims));
            int levels = 1 << nibbles.bits()[d];
            float step = nibbles.step(d) * scale;
            int nibble = nibbles.nibble()[d];
            for (int t = 0; t < keys.length; t++) {
                int code = Math.clamp((int) Math.floor((keys[t][d] - middle) / step) + levels / 2, 0, levels - 1);
                add(bytes, at + nibble / 2 * IndexForm.CODE_TOKENS + t, code << nibbles.shift()[d], nibble % 2);
            }
        }
    }

    /** Writes the middle of a channel and gives what it stands for. */
    private static float sealMiddle(float[][] keys, int d, Anchor anchor, MemorySegment bytes, long at) {
        double sum = 0;
        for (float[] key : keys) {
            sum += key[d];
        }
        float mean = (float) (sum / keys.length);
        float scale = anchor.scale()[d];
        int middle = Math.clamp(Math.round((mean - anchor.centre()[d]) / scale + 7.5f), 0, MIDDLES - 1);
        int n = middleBytes(anchor.scale().length);
        add(bytes, at + d % n, middle, d / n);
        return anchor.centre()[d] + (middle - 7.5f) * scale;
    }

    private static void add(MemorySegment bytes, long at, int value, int half) {
        int old = bytes.get(ValueLayout.JAVA_BYTE, at);
        bytes.set(ValueLayout.JAVA_BYTE, at, (byte) (old | value << 4 * half));
    }

    /** A query head's tables, and how to turn a sum of entries into a score. */
    public static final class Tables {
        /** For each 64 bytes of codes 128 entries: the tables of its low halves, then of its high halves. */
        public byte[] entries = new byte[0];
        /** What a middle of 1 stands for, in parts of a sum's unit; a channel each. */
        public short[] middles = new short[0];

        /** What one part of a sum's unit stands for. */
        public float step;
        /** The query's product with the centre. */
        public float offset;
        /** To be added to a sum of parts: middles are counted from 0, and stand for less or more than the centre. */
        public float base;

        /** What each bit of each nibble adds where it is set, from less its half to its half. */
        public float[] bits = new float[0];
        /** What {@link #bits} are multiplied with to be in a sum's unit. */
        public float inverse;

        /** Makes the tables of a query, {@code dims} floats from index {@code from} of {@code q}. */
        public void of(float[] q, int from, int dims, Anchor anchor) {
            weigh(q, from, dims, anchor);
            enter(anchor.nibbles().count());
        }

        /** Makes all but the entries. */
        public void weigh(float[] q, int from, int dims, Anchor anchor) {
            int padded = rows(dims) * IndexForm.CODE_CHANNELS;
            if (middles.length != padded) {
                entries = new byte[padded * 8];
                bits = new float[padded * 2];
                middles = new short[padded];
            }
            int[] channel = anchor.nibbles().channel();
            float[] values = anchor.bits();
            for (int i = 0; i < channel.length; i++) {
                bits[i] = q[from + channel[i]] * values[i];
            }
            float unit = unit(dims);
            inverse = 1 / unit;
            step = unit * (1 << shift(dims)) / FINE;
            float parts = 1 / step;
            double product = 0;
            int sum = 0;
            for (int d = 0; d < dims; d++) {
                product += (double) q[from + d] * anchor.centre()[d];
                middles[d] = (short) nearest(q[from + d] * anchor.scale()[d] * parts);
                sum += middles[d];
            }
            base = -(MIDDLES - 1) * 0.5f * sum;
            offset = (float) product;
        }

        /**
         * The unit in which no span's entries can add up to more than a byte holds, halves that they are rounded up by
         * included. Then neither can all middles to more than a short: what a channel's table spans is more than 0.95
         * times its middle's weight, so that those of a span are below 15 · 16 · 127 / 0.95.
         */
        private float unit(int dims) {
            float unit = Float.MIN_NORMAL;
            int span = 4 * nibbles(SPAN);
            for (int first = 0; first < bits.length; first += span) {
                float largest = 0;
                for (int i = first; i < Math.min(first + span, bits.length); i++) {
                    largest += Math.abs(bits[i]) * 0.5f;
                }
                unit = Math.max(unit, largest / (MOST - span / 8));
            }
            return unit;
        }

        /** Makes each table of four bits, the values of 0 to 15 from those of fewer bits. */
        private void enter(int count) {
            float[] values = new float[16];
            for (int nibble = 0; nibble < count; nibble++) {
                int from = 4 * nibble;
                values[0] = -0.5f * (bits[from] + bits[from + 1] + bits[from + 2] + bits[from + 3]);
                for (int bit = 0; bit < 4; bit++) {
                    for (int i = 0; i < 1 << bit; i++) {
                        values[(1 << bit) + i] = values[i] + bits[from + bit];
                    }
                }
                int table = table(nibble);
                for (int i = 0; i < 16; i++) {
                    entries[table + i] = (byte) nearest(values[i] * inverse);
                }
            }
        }

        private static int nearest(float x) {
            return Float.floatToRawIntBits(x + ROUND);
        }

        /** Where a nibble's table begins. */
        public static int table(int nibble) {
            int group = nibble / 2;
            return group / 4 * 128 + nibble % 2 * 64 + group % 4 * 16;
        }

        /**
         * The score of a token: its product with the query.
         *
         * @param sum in parts of a unit: {@value #FINE} times the token's spans, and its middles
         */
        public float score(int sum) {
            return (sum + base) * step + offset;
        }
    }

    /** Bits that each span's sum loses. */
    public static int shift(int dims) {
        return 32 - Integer.numberOfLeadingZeros(Math.ceilDiv(dims, SPAN) - 1);
    }

    /** Nibbles in the rows of so many channels, those where middles follow included. */
    private static int nibbles(int channels) {
        return 2 * ROW / IndexForm.CODE_TOKENS * rows(channels);
    }

    /** The largest sum of a page's tokens: {@value #FINE} times their spans, and their middles times those of the tables. */
    public static int best(MemorySegment bytes, long index, int tokens, int dims, Tables tables) {
        int best = Integer.MIN_VALUE;
        for (int token = 0; token < tokens; token++) {
            long block = index + (long) ROW * rows(dims) * (token / IndexForm.CODE_TOKENS);
            int sum = 0;
            for (int first = 0; first < Nibbles.most(dims); first += nibbles(SPAN)) {
                int span = 0;
                for (int nibble = first; nibble < Math.min(first + nibbles(SPAN), Nibbles.most(dims)); nibble++) {
                    long at = block + nibble / 2 * IndexForm.CODE_TOKENS + token % IndexForm.CODE_TOKENS;
                    span += tables.entries[Tables.table(nibble) + half(bytes, at, nibble % 2)];
                }
                sum += span >> shift(dims);
            }
            int middles = 0;
            int n = middleBytes(dims);
            for (int d = 0; d < 2 * n; d++) {
                middles += tables.middles[d] * half(bytes, block + middlesAt(dims) + d % n, d / n);
            }
            best = Math.max(best, sum * FINE + middles);
        }
        return best;
    }

    private static int half(MemorySegment bytes, long at, int half) {
        return bytes.get(ValueLayout.JAVA_BYTE, at) >> 4 * half & 15;
    }
}
