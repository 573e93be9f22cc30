package dev.paca.kv.vector;

import dev.paca.kv.attention.Reads;
import dev.paca.kv.index.KeyCodes;
import dev.paca.kv.page.Anchor;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageStore;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Scores of {@link KeyCodes} for many pages and two query heads, which share what is loaded. 64 bytes of codes fill a vector;
 * one permutation looks up four nibbles of all 16 tokens, in four tables that fill a vector as well. So a block of 16 tokens
 * gives a vector of sums, four bytes a token, and another vector of its middles' products, 32 shorts. What is left, sums and
 * maxima across lanes, is done for all blocks of a batch together: two vectors become one, of the halves that belong together.
 * Needs vectors of 512 bits; elsewhere the scalar definition serves.
 *
 * <p>The loops name all they do themselves. Into a method that has grown large C2 inlines no more ordinary methods (it says
 * {@code NodeCountInliningCutoff}), and a vector that is passed to one that is not inlined is an object, with all others saved
 * around the call: a loop whose last two of eight calls of one-line methods were left took five times as long. The Vector
 * API's own methods are exempt.
 */
final class VectorCodes {
    private static final VectorSpecies<Byte> B = ByteVector.SPECIES_512;
    private static final VectorSpecies<Byte> NARROW = ByteVector.SPECIES_256;
    private static final VectorSpecies<Byte> TABLES = ByteVector.SPECIES_128;
    private static final VectorSpecies<Short> S = ShortVector.SPECIES_512;
    private static final VectorSpecies<Integer> I = IntVector.SPECIES_512;
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_512;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final boolean WIDE = IntVector.SPECIES_PREFERRED.vectorBitSize() == 512;
    private static final int VECTOR = 64;
    private static final int LANES = 16;
    /** Where each lane's table begins: 16 lanes, 16 entries. */
    private static final ByteVector TABLE = ((ByteVector) B.broadcast(0).addIndex(1)).and((byte) 0x30);

    private static final ByteVector NIBBLE = ByteVector.broadcast(B, (byte) 15);
    /** Rows whose sums add up in a byte. */
    private static final int ROWS = KeyCodes.SPAN / IndexForm.CODE_CHANNELS;
    /** Blocks of a batch: what is known of them stays in the first-level cache. */
    private static final int BLOCKS = 32;
    /** By how often vectors have been halved: which ints of two vectors are the lower halves of what is still to be. */
    private static final int[][] LOWER = lower();
    /** For each of four bits, which of 16 nibbles have it. */
    private static final float[] SET = set();

    private VectorCodes() {}

    /** What passes from one loop to the next. */
    static final class Batch {
        /** Runs of blocks that lie in the same memory: where each ends. */
        final int[] ends = new int[BLOCKS];

        final MemorySegment[] memory = new MemorySegment[BLOCKS];
        int runs;
        /** Where each block is in its memory. */
        final long[] at = new long[BLOCKS];
        /** Of each block the first head's sums, then the second's. */
        final byte[] span = new byte[2 * BLOCKS * VECTOR];

        final byte[] sums = new byte[2 * BLOCKS * VECTOR];
        final byte[] middles = new byte[2 * BLOCKS * VECTOR];
        final float[] scores = new float[2 * BLOCKS];
        short[] weights = new short[0];
    }

    private static float[] set() {
        float[] set = new float[4 * LANES];
        for (int i = 0; i < set.length; i++) {
            set[i] = i % LANES >> i / LANES & 1;
        }
        return set;
    }

    private static int[][] lower() {
        int[][] lower = new int[4][LANES];
        for (int level = 0; level < 4; level++) {
            int half = LANES / 2 >> level;
            for (int i = 0; i < LANES; i++) {
                lower[level][i] = i / half * 2 * half + i % half;
            }
        }
        return lower;
    }

    /**
     * Scores pages for two query heads: {@code scores[a + i]} and {@code scores[b + i]} for {@code i < count}, as
     * {@link KeyCodes#best} gives them.
     */
    static void scores(
            Reads reads,
            int count,
            KeyCodes.Tables first,
            KeyCodes.Tables second,
            float scale,
            float[] scores,
            int a,
            int b,
            Batch batch) {
        if (!WIDE) {
            define(reads, count, first, scale, scores, a);
            define(reads, count, second, scale, scores, b);
            return;
        }
        PageFormat format = reads.store().format();
        int dims = format.headDim();
        weigh(first.middles, second.middles, batch);
        int each = Math.ceilDiv(format.tokens(), IndexForm.CODE_TOKENS);
        int blocks = count * each;
        for (int done = 0; done < blocks; done += BLOCKS) {
            int some = Math.min(BLOCKS, blocks - done);
            find(reads, done, some, each, batch);
            lookUp(dims, first.entries, second.entries, batch);
            if (format.tokens() % IndexForm.CODE_TOKENS != 0) {
                cut(batch, done, each, format.tokens());
            }
            keepLargest(batch.sums, 2 * BLOCKS / 4);
            multiply(dims, batch);
            addShorts(batch.middles, 2 * BLOCKS, 0);
            addShorts(batch.middles, 2 * BLOCKS / 4, 2);
            finish(batch, 0, first, scale);
            finish(batch, BLOCKS, second, scale);
            if (each == 1) {
                System.arraycopy(batch.scores, 0, scores, a + done, some);
                System.arraycopy(batch.scores, BLOCKS, scores, b + done, some);
            } else {
                collect(batch.scores, 0, done, some, each, scores, a);
                collect(batch.scores, BLOCKS, done, some, each, scores, b);
            }
        }
    }

    private static void define(Reads reads, int count, KeyCodes.Tables tables, float scale, float[] scores, int to) {
        PageStore store = reads.store();
        PageFormat format = store.format();
        for (int i = 0; i < count; i++) {
            int page = reads.pages()[i];
            int best = KeyCodes.best(store.bytes(page), store.indexAt(page), format.tokens(), format.headDim(), tables);
            scores[to + i] = tables.score(best) * scale;
        }
    }

    /** Makes tables of a query, {@code dims} floats from index {@code from} of {@code q}, for {@link #scores}. */
    static void tables(float[] q, int from, int dims, Anchor anchor, KeyCodes.Tables tables) {
        if (WIDE) {
            tables.weigh(q, from, dims, anchor);
            enter(anchor.nibbles().count(), tables.bits, tables.inverse, tables.entries);
        } else {
            tables.of(q, from, dims, anchor);
        }
    }

    /** Makes a table from its four bits, in the order of the definition. */
    private static void enter(int count, float[] bits, float inverse, byte[] entries) {
        FloatVector bit0 = FloatVector.fromArray(F, SET, 0);
        FloatVector bit1 = FloatVector.fromArray(F, SET, LANES);
        FloatVector bit2 = FloatVector.fromArray(F, SET, 2 * LANES);
        FloatVector bit3 = FloatVector.fromArray(F, SET, 3 * LANES);
        for (int nibble = 0; nibble < count; nibble++) {
            int from = 4 * nibble;
            float none = -0.5f * (bits[from] + bits[from + 1] + bits[from + 2] + bits[from + 3]);
            FloatVector.broadcast(F, none)
                    .add(bit0.mul(bits[from]))
                    .add(bit1.mul(bits[from + 1]))
                    .add(bit2.mul(bits[from + 2]))
                    .add(bit3.mul(bits[from + 3]))
                    .mul(inverse)
                    .add(KeyCodes.ROUND)
                    .reinterpretAsInts()
                    .convertShape(VectorOperators.I2B, TABLES, 0)
                    .reinterpretAsBytes()
                    .intoArray(entries, KeyCodes.Tables.table(nibble));
        }
    }

    /**
     * Both heads' weights of middles, whole vectors each: of a byte as a whole, which is the lower half and 16 times the
     * upper, and of its upper half what is missing then. Products may overflow; sums are right in their last 16 bits.
     */
    private static void weigh(short[] first, short[] second, Batch batch) {
        int n = first.length / 2;
        int padded = Math.ceilDiv(n, S.length()) * S.length();
        if (batch.weights.length != 4 * padded) {
            batch.weights = new short[4 * padded];
        }
        weigh(first, n, batch.weights, 0, padded);
        weigh(second, n, batch.weights, 2 * padded, padded);
    }

    private static void weigh(short[] middles, int n, short[] weights, int at, int padded) {
        for (int i = 0; i < n; i++) {
            weights[at + i] = middles[i];
            weights[at + padded + i] = (short) (middles[n + i] - 16 * middles[i]);
        }
    }

    /** Where the blocks of a batch are; {@code each} is how many a page has. */
    private static void find(Reads reads, int done, int some, int each, Batch batch) {
        PageStore store = reads.store();
        int first = done / each;
        int end = (done + some - 1) / each + 1;
        batch.runs = 0;
        for (int i = first; i < end; batch.runs++) {
            int found = store.findIndexes(reads.pages(), i, end, batch.at, i - first);
            batch.memory[batch.runs] = store.bytes(reads.pages()[i]);
            i += found;
            batch.ends[batch.runs] = Math.min(some, i * each - done);
        }
        // From the last one on, so that none is overwritten before it is read.
        long bytes = (long) KeyCodes.rows(store.format().headDim()) * KeyCodes.ROW;
        for (int i = some - 1; each > 1 && i >= 0; i--) {
            batch.at[i] = batch.at[(done + i) / each - first] + (done + i) % each * bytes;
        }
    }

    /** Adds up the entries of all tokens: four tokens an int, four blocks a vector. */
    private static void lookUp(int dims, byte[] first, byte[] second, Batch batch) {
        int rows = KeyCodes.rows(dims);
        int shift = KeyCodes.shift(dims);
        for (int row = 0; row < rows; row += ROWS) {
            byte[] sums = shift == 0 ? batch.sums : batch.span;
            for (int run = 0, i = 0; run < batch.runs; i = batch.ends[run++]) {
                MemorySegment memory = batch.memory[run];
                int end = batch.ends[run];
                if (rows - row >= ROWS) {
                    lookUp(memory, batch.at, i, end, row, first, second, sums);
                } else {
                    lookUp(memory, batch.at, i, end, row, rows - row, first, second, sums);
                }
            }
            addQuarters(sums, 2 * BLOCKS);
            if (shift > 0) {
                addSpan(sums, shift, row == 0, batch.sums);
            }
        }
    }

    /** A span of {@link #ROWS} rows, its tables in registers. */
    private static void lookUp(
            MemorySegment bytes, long[] at, int from, int to, int row, byte[] first, byte[] second, byte[] sums) {
        int t = row * 2 * VECTOR;
        ByteVector a0 = ByteVector.fromArray(B, first, t);
        ByteVector a1 = ByteVector.fromArray(B, first, t + VECTOR);
        ByteVector a2 = ByteVector.fromArray(B, first, t + 2 * VECTOR);
        ByteVector a3 = ByteVector.fromArray(B, first, t + 3 * VECTOR);
        ByteVector a4 = ByteVector.fromArray(B, first, t + 4 * VECTOR);
        ByteVector a5 = ByteVector.fromArray(B, first, t + 5 * VECTOR);
        ByteVector a6 = ByteVector.fromArray(B, first, t + 6 * VECTOR);
        ByteVector a7 = ByteVector.fromArray(B, first, t + 7 * VECTOR);
        ByteVector b0 = ByteVector.fromArray(B, second, t);
        ByteVector b1 = ByteVector.fromArray(B, second, t + VECTOR);
        ByteVector b2 = ByteVector.fromArray(B, second, t + 2 * VECTOR);
        ByteVector b3 = ByteVector.fromArray(B, second, t + 3 * VECTOR);
        ByteVector b4 = ByteVector.fromArray(B, second, t + 4 * VECTOR);
        ByteVector b5 = ByteVector.fromArray(B, second, t + 5 * VECTOR);
        ByteVector b6 = ByteVector.fromArray(B, second, t + 6 * VECTOR);
        ByteVector b7 = ByteVector.fromArray(B, second, t + 7 * VECTOR);
        for (int i = from; i < to; i++) {
            long p = at[i] + row * KeyCodes.ROW;
            ByteVector codes = ByteVector.fromMemorySegment(B, bytes, p, LE);
            ByteVector low = codes.and(NIBBLE).or(TABLE);
            ByteVector high = codes.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHR, 4)
                    .reinterpretAsBytes()
                    .and(NIBBLE)
                    .or(TABLE);
            ByteVector a = low.selectFrom(a0).add(high.selectFrom(a1));
            ByteVector b = low.selectFrom(b0).add(high.selectFrom(b1));
            codes = ByteVector.fromMemorySegment(B, bytes, p + KeyCodes.ROW, LE);
            low = codes.and(NIBBLE).or(TABLE);
            high = codes.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHR, 4)
                    .reinterpretAsBytes()
                    .and(NIBBLE)
                    .or(TABLE);
            a = a.add(low.selectFrom(a2).add(high.selectFrom(a3)));
            b = b.add(low.selectFrom(b2).add(high.selectFrom(b3)));
            codes = ByteVector.fromMemorySegment(B, bytes, p + 2 * KeyCodes.ROW, LE);
            low = codes.and(NIBBLE).or(TABLE);
            high = codes.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHR, 4)
                    .reinterpretAsBytes()
                    .and(NIBBLE)
                    .or(TABLE);
            a = a.add(low.selectFrom(a4).add(high.selectFrom(a5)));
            b = b.add(low.selectFrom(b4).add(high.selectFrom(b5)));
            codes = ByteVector.fromMemorySegment(B, bytes, p + 3 * KeyCodes.ROW, LE);
            low = codes.and(NIBBLE).or(TABLE);
            high = codes.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHR, 4)
                    .reinterpretAsBytes()
                    .and(NIBBLE)
                    .or(TABLE);
            a.add(low.selectFrom(a6).add(high.selectFrom(a7))).intoArray(sums, i * VECTOR);
            b.add(low.selectFrom(b6).add(high.selectFrom(b7))).intoArray(sums, (BLOCKS + i) * VECTOR);
        }
    }

    /** The last, shorter span of a head's rows. */
    private static void lookUp(
            MemorySegment bytes,
            long[] at,
            int from,
            int to,
            int row,
            int rows,
            byte[] first,
            byte[] second,
            byte[] sums) {
        for (int i = from; i < to; i++) {
            ByteVector a = ByteVector.zero(B);
            ByteVector b = a;
            for (int r = row; r < row + rows; r++) {
                ByteVector codes = ByteVector.fromMemorySegment(B, bytes, at[i] + r * KeyCodes.ROW, LE);
                ByteVector low = codes.and(NIBBLE).or(TABLE);
                ByteVector high = codes.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHR, 4)
                        .reinterpretAsBytes()
                        .and(NIBBLE)
                        .or(TABLE);
                int t = r * 2 * VECTOR;
                a = a.add(low.selectFrom(ByteVector.fromArray(B, first, t)))
                        .add(high.selectFrom(ByteVector.fromArray(B, first, t + VECTOR)));
                b = b.add(low.selectFrom(ByteVector.fromArray(B, second, t)))
                        .add(high.selectFrom(ByteVector.fromArray(B, second, t + VECTOR)));
            }
            a.intoArray(sums, i * VECTOR);
            b.intoArray(sums, (BLOCKS + i) * VECTOR);
        }
    }

    /** Adds the quarters of {@code count} vectors, bytes: four vectors become one, in place. */
    private static void addQuarters(byte[] v, int count) {
        IntVector low = IntVector.fromArray(I, LOWER[0], 0);
        IntVector high = low.add(LANES / 2);
        IntVector lower = IntVector.fromArray(I, LOWER[1], 0);
        IntVector upper = lower.add(LANES / 4);
        for (int i = 0; i < count; i += 4) {
            IntVector x = ByteVector.fromArray(B, v, i * VECTOR).reinterpretAsInts();
            IntVector y = ByteVector.fromArray(B, v, (i + 1) * VECTOR).reinterpretAsInts();
            IntVector a = low.selectFrom(x, y)
                    .reinterpretAsBytes()
                    .add(high.selectFrom(x, y).reinterpretAsBytes())
                    .reinterpretAsInts();
            x = ByteVector.fromArray(B, v, (i + 2) * VECTOR).reinterpretAsInts();
            y = ByteVector.fromArray(B, v, (i + 3) * VECTOR).reinterpretAsInts();
            IntVector b = low.selectFrom(x, y)
                    .reinterpretAsBytes()
                    .add(high.selectFrom(x, y).reinterpretAsBytes())
                    .reinterpretAsInts();
            lower.selectFrom(a, b)
                    .reinterpretAsBytes()
                    .add(upper.selectFrom(a, b).reinterpretAsBytes())
                    .intoArray(v, i / 4 * VECTOR);
        }
    }

    /** Keeps the largest of each four ints' bytes. */
    private static void keepLargest(byte[] v, int count) {
        IntVector low = IntVector.fromArray(I, LOWER[2], 0);
        IntVector high = low.add(LANES / 2 >> 2);
        IntVector lower = IntVector.fromArray(I, LOWER[3], 0);
        IntVector upper = lower.add(LANES / 16);
        for (int i = 0; i < count; i += 4) {
            IntVector x = ByteVector.fromArray(B, v, i * VECTOR).reinterpretAsInts();
            IntVector y = ByteVector.fromArray(B, v, (i + 1) * VECTOR).reinterpretAsInts();
            IntVector a = low.selectFrom(x, y)
                    .reinterpretAsBytes()
                    .max(high.selectFrom(x, y).reinterpretAsBytes())
                    .reinterpretAsInts();
            x = ByteVector.fromArray(B, v, (i + 2) * VECTOR).reinterpretAsInts();
            y = ByteVector.fromArray(B, v, (i + 3) * VECTOR).reinterpretAsInts();
            IntVector b = low.selectFrom(x, y)
                    .reinterpretAsBytes()
                    .max(high.selectFrom(x, y).reinterpretAsBytes())
                    .reinterpretAsInts();
            lower.selectFrom(a, b)
                    .reinterpretAsBytes()
                    .max(upper.selectFrom(a, b).reinterpretAsBytes())
                    .intoArray(v, i / 4 * VECTOR);
        }
    }

    /** Adds the quarters of what has been quartered before or, at level 0, has not. */
    private static void addShorts(byte[] v, int count, int level) {
        IntVector low = IntVector.fromArray(I, LOWER[level], 0);
        IntVector high = low.add(LANES / 2 >> level);
        IntVector lower = IntVector.fromArray(I, LOWER[level + 1], 0);
        IntVector upper = lower.add(LANES / 4 >> level);
        for (int i = 0; i < count; i += 4) {
            IntVector x = ByteVector.fromArray(B, v, i * VECTOR).reinterpretAsInts();
            IntVector y = ByteVector.fromArray(B, v, (i + 1) * VECTOR).reinterpretAsInts();
            IntVector a = low.selectFrom(x, y)
                    .reinterpretAsShorts()
                    .add(high.selectFrom(x, y).reinterpretAsShorts())
                    .reinterpretAsInts();
            x = ByteVector.fromArray(B, v, (i + 2) * VECTOR).reinterpretAsInts();
            y = ByteVector.fromArray(B, v, (i + 3) * VECTOR).reinterpretAsInts();
            IntVector b = low.selectFrom(x, y)
                    .reinterpretAsShorts()
                    .add(high.selectFrom(x, y).reinterpretAsShorts())
                    .reinterpretAsInts();
            lower.selectFrom(a, b)
                    .reinterpretAsShorts()
                    .add(upper.selectFrom(a, b).reinterpretAsShorts())
                    .reinterpretAsBytes()
                    .intoArray(v, i / 4 * VECTOR);
        }
    }

    /** Adds a span's sums, less their last bits. */
    private static void addSpan(byte[] span, int shift, boolean begin, byte[] sums) {
        for (int i = 0; i < 2 * BLOCKS / 4 * VECTOR; i++) {
            sums[i] = (byte) ((span[i] >> shift) + (begin ? 0 : sums[i]));
        }
    }

    /** Takes away the tokens that a page's last block lacks. */
    private static void cut(Batch batch, int done, int each, int tokens) {
        int count = tokens % IndexForm.CODE_TOKENS;
        for (int i = 0; i < BLOCKS; i++) {
            if ((done + i) % each == each - 1) {
                int end = (i + 1) * IndexForm.CODE_TOKENS;
                Arrays.fill(batch.sums, end - IndexForm.CODE_TOKENS + count, end, Byte.MIN_VALUE);
                end += BLOCKS * IndexForm.CODE_TOKENS;
                Arrays.fill(batch.sums, end - IndexForm.CODE_TOKENS + count, end, Byte.MIN_VALUE);
            }
        }
    }

    /** Multiplies middles with their weights, 32 bytes of a block at a time. */
    private static void multiply(int dims, Batch batch) {
        int bytes = KeyCodes.middleBytes(dims);
        int offset = KeyCodes.middlesAt(dims);
        for (int from = 0; from < bytes; from += S.length()) {
            byte[] products = from == 0 ? batch.middles : batch.span;
            for (int run = 0, i = 0; run < batch.runs; i = batch.ends[run++]) {
                multiply(batch.memory[run], batch.at, i, batch.ends[run], offset, from, batch.weights, products);
            }
            if (from > 0) {
                addProducts(batch.span, batch.middles);
            }
        }
    }

    private static void multiply(
            MemorySegment memory,
            long[] at,
            int begin,
            int end,
            int offset,
            int from,
            short[] weights,
            byte[] products) {
        int padded = weights.length / 4;
        ShortVector both1 = ShortVector.fromArray(S, weights, from);
        ShortVector high1 = ShortVector.fromArray(S, weights, from + padded);
        ShortVector both2 = ShortVector.fromArray(S, weights, from + 2 * padded);
        ShortVector high2 = ShortVector.fromArray(S, weights, from + 3 * padded);
        for (int i = begin; i < end; i++) {
            ShortVector both = (ShortVector) ByteVector.fromMemorySegment(NARROW, memory, at[i] + offset + from, LE)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0);
            ShortVector high = both.lanewise(VectorOperators.LSHR, 4);
            both.mul(both1).add(high.mul(high1)).reinterpretAsBytes().intoArray(products, i * VECTOR);
            both.mul(both2).add(high.mul(high2)).reinterpretAsBytes().intoArray(products, (BLOCKS + i) * VECTOR);
        }
    }

    private static void addProducts(byte[] more, byte[] products) {
        for (int i = 0; i < products.length; i += VECTOR) {
            ByteVector.fromArray(B, products, i)
                    .reinterpretAsShorts()
                    .add(ByteVector.fromArray(B, more, i).reinterpretAsShorts())
                    .reinterpretAsBytes()
                    .intoArray(products, i);
        }
    }

    /** Makes a head's scores: of each block an int holds four tokens' sums, another two sums of products. */
    private static void finish(Batch batch, int head, KeyCodes.Tables tables, float scale) {
        FloatVector step = FloatVector.broadcast(F, tables.step);
        for (int i = head; i < head + BLOCKS; i += LANES) {
            ByteVector sums = ByteVector.fromArray(B, batch.sums, i * 4);
            sums = sums.max(
                    sums.reinterpretAsInts().lanewise(VectorOperators.LSHR, 16).reinterpretAsBytes());
            sums = sums.max(
                    sums.reinterpretAsInts().lanewise(VectorOperators.LSHR, 8).reinterpretAsBytes());
            IntVector middles = ByteVector.fromArray(B, batch.middles, i * 4).reinterpretAsInts();
            IntVector parts = sums.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHL, 24)
                    .lanewise(VectorOperators.ASHR, 24)
                    .mul(KeyCodes.FINE)
                    .add(middles.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                    .add(middles.lanewise(VectorOperators.ASHR, 16));
            ((FloatVector) parts.convert(VectorOperators.I2F, 0))
                    .add(tables.base)
                    .mul(step)
                    .add(tables.offset)
                    .mul(scale)
                    .intoArray(batch.scores, i);
        }
    }

    /** A page's score is that of its best block. */
    private static void collect(float[] blocks, int from, int done, int some, int each, float[] scores, int to) {
        for (int i = 0; i < some; i++) {
            int page = (done + i) / each;
            float score = blocks[from + i];
            scores[to + page] = (done + i) % each == 0 ? score : Math.max(scores[to + page], score);
        }
    }
}
