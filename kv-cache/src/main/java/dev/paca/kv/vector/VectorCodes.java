package dev.paca.kv.vector;

import dev.paca.kv.attention.Reads;
import dev.paca.kv.index.KeyCodes;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageStore;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums of table entries for the codes of {@link KeyCodes}, 16 tokens at a time and for two query heads, which share what is
 * loaded. 64 bytes fill a vector; one permutation looks up four nibbles of all 16 tokens, in four tables that fill a vector
 * as well. Four entries add up in a byte before they are widened. The middles follow the codes, also within a vector: there
 * the tables are empty. Sums across lanes are made for both heads at once, each in half a vector. Needs vectors of 512 bits;
 * elsewhere the scalar definition serves.
 */
final class VectorCodes {
    private static final VectorSpecies<Byte> B = ByteVector.SPECIES_512;
    private static final VectorSpecies<Byte> NARROW = ByteVector.SPECIES_256;
    private static final VectorSpecies<Short> S = ShortVector.SPECIES_512;
    private static final VectorSpecies<Integer> I = IntVector.SPECIES_512;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final boolean WIDE = IntVector.SPECIES_PREFERRED.vectorBitSize() == 512;
    /** Where each lane's table begins: 16 lanes, 16 entries. */
    private static final ByteVector TABLE = ((ByteVector) B.broadcast(0).addIndex(1)).and((byte) 0x30);

    private static final VectorShuffle<Integer> BY_8 = VectorShuffle.fromOp(I, i -> i ^ 8);
    private static final VectorShuffle<Integer> BY_4 = VectorShuffle.fromOp(I, i -> i ^ 4);
    private static final VectorShuffle<Integer> BY_2 = VectorShuffle.fromOp(I, i -> i ^ 2);
    private static final VectorShuffle<Integer> BY_1 = VectorShuffle.fromOp(I, i -> i ^ 1);
    private static final VectorMask<Integer> UPPER = VectorMask.fromLong(I, 0xff00);
    /** Pages whose sums are held at a time: they stay in the first-level cache. */
    private static final int PAGES = 32;
    /** Below every sum. */
    private static final short NOTHING = Short.MIN_VALUE;

    private VectorCodes() {}

    /** What passes from one loop to the next, for {@link #PAGES} pages: each loop is small enough to be compiled whole. */
    static final class Sums {
        /** For each page the two heads' sums of tokens with even and with odd numbers, a vector each. */
        final short[] tokens = new short[PAGES * 4 * S.length()];

        final int[] first = new int[PAGES];
        final int[] second = new int[PAGES];
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
            Sums sums) {
        PageFormat format = reads.store().format();
        int blocks = Math.ceilDiv(format.tokens(), IndexForm.CODE_TOKENS);
        for (int done = 0; done < count; done += PAGES) {
            int some = Math.min(PAGES, count - done);
            if (WIDE) {
                Arrays.fill(sums.first, Integer.MIN_VALUE);
                Arrays.fill(sums.second, Integer.MIN_VALUE);
                for (int block = 0; block < blocks; block++) {
                    int tokens = Math.min(IndexForm.CODE_TOKENS, format.tokens() - block * IndexForm.CODE_TOKENS);
                    long at = (long) block * KeyCodes.rows(format.headDim()) * KeyCodes.ROW;
                    lookUp(reads, done, some, at, first.entries, second.entries, sums.tokens);
                    best(reads, done, some, at, tokens, first.middles, second.middles, sums);
                }
            } else {
                define(reads, done, some, first, sums.first);
                define(reads, done, some, second, sums.second);
            }
            for (int i = 0; i < some; i++) {
                scores[a + done + i] = first.score(sums.first[i]) * scale;
                scores[b + done + i] = second.score(sums.second[i]) * scale;
            }
        }
    }

    private static void define(Reads reads, int from, int count, KeyCodes.Tables tables, int[] best) {
        PageStore store = reads.store();
        PageFormat format = store.format();
        for (int i = 0; i < count; i++) {
            int page = reads.pages()[from + i];
            best[i] = KeyCodes.best(store.bytes(page), store.indexAt(page), format.tokens(), format.headDim(), tables);
        }
    }

    /** Adds up the entries of a block's tokens, for pages from {@code from} on. */
    private static void lookUp(
            Reads reads, int from, int count, long block, byte[] first, byte[] second, short[] sums) {
        PageStore store = reads.store();
        int rows = KeyCodes.rows(store.format().headDim());
        for (int i = 0; i < count; i++) {
            int page = reads.pages()[from + i];
            lookUp(store.bytes(page), store.indexAt(page) + block, rows, first, second, sums, i * 4 * S.length());
        }
    }

    private static void lookUp(
            MemorySegment bytes, long at, int rows, byte[] first, byte[] second, short[] sums, int to) {
        ShortVector even1 = ShortVector.zero(S);
        ShortVector odd1 = even1;
        ShortVector even2 = even1;
        ShortVector odd2 = even1;
        for (int row = 0; row < rows; row += 2) {
            ByteVector codes = ByteVector.fromMemorySegment(B, bytes, at + (long) row * KeyCodes.ROW, LE);
            ByteVector low = codes.and((byte) 15).or(TABLE);
            ByteVector high = upper(codes).or(TABLE);
            ByteVector sum1 = lookUp(low, high, first, row);
            ByteVector sum2 = lookUp(low, high, second, row);
            if (row + 1 < rows) {
                codes = ByteVector.fromMemorySegment(B, bytes, at + (row + 1L) * KeyCodes.ROW, LE);
                low = codes.and((byte) 15).or(TABLE);
                high = upper(codes).or(TABLE);
                sum1 = sum1.add(lookUp(low, high, first, row + 1));
                sum2 = sum2.add(lookUp(low, high, second, row + 1));
            }
            // Bytes side by side are tokens side by side.
            even1 = even1.add(even(sum1.reinterpretAsShorts()));
            odd1 = odd1.add(sum1.reinterpretAsShorts().lanewise(VectorOperators.ASHR, 8));
            even2 = even2.add(even(sum2.reinterpretAsShorts()));
            odd2 = odd2.add(sum2.reinterpretAsShorts().lanewise(VectorOperators.ASHR, 8));
        }
        even1.intoArray(sums, to);
        even2.intoArray(sums, to + S.length());
        odd1.intoArray(sums, to + 2 * S.length());
        odd2.intoArray(sums, to + 3 * S.length());
    }

    /** Keeps the largest sum of a block's tokens, its middles included, where it is larger than what is known. */
    private static void best(
            Reads reads, int from, int count, long block, int tokens, short[] first, short[] second, Sums sums) {
        PageStore store = reads.store();
        int dims = store.format().headDim();
        for (int i = 0; i < count; i++) {
            int page = reads.pages()[from + i];
            long at = store.indexAt(page) + block + KeyCodes.middlesAt(dims);
            long middles = middles(store.bytes(page), at, dims, first, second);
            long top = top(sums.tokens, i * 4 * S.length(), tokens);
            sums.first[i] = Math.max(sums.first[i], (int) top * KeyCodes.FINE + (int) middles);
            sums.second[i] = Math.max(sums.second[i], (int) (top >> 32) * KeyCodes.FINE + (int) (middles >> 32));
        }
    }

    /** The largest sums of the first tokens: the first head's in the low half. */
    private static long top(short[] sums, int at, int tokens) {
        ShortVector even = groups(sums, at);
        ShortVector odd = groups(sums, at + 2 * S.length());
        if (tokens < IndexForm.CODE_TOKENS) {
            even = cut(even, (tokens + 1) / 2);
            odd = cut(odd, tokens / 2);
        }
        ShortVector top = even.max(odd);
        top = top.max(swap(top, BY_2));
        top = top.max(swap(top, BY_1));
        IntVector pairs = top.reinterpretAsInts();
        return (long) larger(pairs.lane(8)) << 32 | larger(pairs.lane(0)) & 0xffffffffL;
    }

    private static ByteVector upper(ByteVector codes) {
        return codes.reinterpretAsInts()
                .lanewise(VectorOperators.LSHR, 4)
                .reinterpretAsBytes()
                .and((byte) 15);
    }

    private static ByteVector lookUp(ByteVector low, ByteVector high, byte[] entries, int row) {
        return low.selectFrom(ByteVector.fromArray(B, entries, row * 128))
                .add(high.selectFrom(ByteVector.fromArray(B, entries, row * 128 + 64)));
    }

    private static ShortVector even(ShortVector bytes) {
        return bytes.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8);
    }

    private static ShortVector swap(ShortVector v, VectorShuffle<Integer> by) {
        return v.reinterpretAsInts().rearrange(by).reinterpretAsShorts();
    }

    /** Adds the four groups of nibbles, each a quarter of a vector: the first head's in the lower half, in both quarters. */
    private static ShortVector groups(short[] sums, int at) {
        IntVector a = ShortVector.fromArray(S, sums, at).reinterpretAsInts();
        IntVector b = ShortVector.fromArray(S, sums, at + S.length()).reinterpretAsInts();
        ShortVector own = a.blend(b, UPPER).reinterpretAsShorts();
        ShortVector other = b.blend(a, UPPER).rearrange(BY_8).reinterpretAsShorts();
        ShortVector sum = own.add(other);
        return sum.add(swap(sum, BY_4));
    }

    /** Leaves the first {@code count} of each quarter's 8 lanes. */
    private static ShortVector cut(ShortVector sums, int count) {
        long kept = (1L << count) - 1;
        return sums.blend(NOTHING, VectorMask.fromLong(S, ~(kept | kept << 8 | kept << 16 | kept << 24)));
    }

    /** The larger one of an int's halves. */
    private static int larger(int pair) {
        return Math.max((short) pair, pair >> 16);
    }

    /** A block's middles, each times its channel's: the first head's sum in the low half. */
    private static long middles(MemorySegment bytes, long at, int dims, short[] first, short[] second) {
        int n = KeyCodes.middleBytes(dims);
        IntVector a = IntVector.zero(I);
        IntVector b = a;
        int i = 0;
        for (; i <= n - S.length(); i += S.length()) {
            ShortVector both = (ShortVector)
                    ByteVector.fromMemorySegment(NARROW, bytes, at + i, LE).convertShape(VectorOperators.B2S, S, 0);
            ShortVector low = both.and((short) 15);
            ShortVector high = both.lanewise(VectorOperators.LSHR, 4).and((short) 15);
            a = a.add(product(low, high, first, i, n));
            b = b.add(product(low, high, second, i, n));
        }
        IntVector sum = a.blend(b, UPPER).add(b.blend(a, UPPER).rearrange(BY_8));
        sum = sum.add(sum.rearrange(BY_4));
        sum = sum.add(sum.rearrange(BY_2));
        sum = sum.add(sum.rearrange(BY_1));
        int x = sum.lane(0);
        int y = sum.lane(8);
        for (; i < n; i++) {
            int both = bytes.get(ValueLayout.JAVA_BYTE, at + i);
            x += first[i] * (both & 15) + first[n + i] * (both >> 4 & 15);
            y += second[i] * (both & 15) + second[n + i] * (both >> 4 & 15);
        }
        return (long) y << 32 | x & 0xffffffffL;
    }

    /** Two products of 15 and a middle's weight, below 520, fit into a short. */
    private static IntVector product(ShortVector low, ShortVector high, short[] weights, int i, int n) {
        IntVector pairs = low.mul(ShortVector.fromArray(S, weights, i))
                .add(high.mul(ShortVector.fromArray(S, weights, n + i)))
                .reinterpretAsInts();
        return pairs.lanewise(VectorOperators.LSHL, 16)
                .lanewise(VectorOperators.ASHR, 16)
                .add(pairs.lanewise(VectorOperators.ASHR, 16));
    }
}
