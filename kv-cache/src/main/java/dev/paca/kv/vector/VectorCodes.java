package dev.paca.kv.vector;

import dev.paca.kv.index.KeyCodes;
import dev.paca.kv.page.IndexForm;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums of table entries for the codes of {@link KeyCodes}, 16 tokens at a time. A row of 64 bytes fills a vector; one
 * permutation looks up four pairs of channels of all 16 tokens, in four tables that fill a vector as well. Four entries add
 * up in a byte before they are widened. Needs vectors of 512 bits; elsewhere the scalar definition serves.
 */
final class VectorCodes {
    private static final VectorSpecies<Byte> B = ByteVector.SPECIES_512;
    private static final VectorSpecies<Short> S = ShortVector.SPECIES_512;
    private static final VectorSpecies<Integer> I = IntVector.SPECIES_512;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final boolean WIDE = IntVector.SPECIES_PREFERRED.vectorBitSize() == 512;
    /** Where each lane's table begins: 16 lanes, 16 entries. */
    private static final ByteVector TABLE = ((ByteVector) B.broadcast(0).addIndex(1)).and((byte) 0x30);

    private VectorCodes() {}

    /** The largest sum of a page's tokens. */
    static int best(MemorySegment bytes, long index, int tokens, int dims, KeyCodes.Tables tables) {
        if (!WIDE) {
            return KeyCodes.best(bytes, index, tokens, dims, tables);
        }
        int rows = KeyCodes.rows(dims);
        int best = Integer.MIN_VALUE;
        for (int done = 0; done < tokens; done += IndexForm.CODE_TOKENS) {
            long at = index + (long) (done / IndexForm.CODE_TOKENS) * rows * KeyCodes.ROW;
            IntVector sums = sums(bytes, at, rows, tables.entries);
            int count = Math.min(IndexForm.CODE_TOKENS, tokens - done);
            best = Math.max(
                    best,
                    count == IndexForm.CODE_TOKENS
                            ? sums.reduceLanes(VectorOperators.MAX)
                            : sums.reduceLanes(VectorOperators.MAX, I.indexInRange(0, count)));
        }
        return best;
    }

    /** The sums of 16 tokens. */
    private static IntVector sums(MemorySegment bytes, long at, int rows, byte[] entries) {
        ShortVector low = ShortVector.zero(S);
        ShortVector high = ShortVector.zero(S);
        for (int row = 0; row < rows; row += 2) {
            ByteVector sum = row(bytes, at, row, entries);
            if (row + 1 < rows) {
                sum = sum.add(row(bytes, at, row + 1, entries));
            }
            low = low.add((ShortVector) sum.convertShape(VectorOperators.B2S, S, 0));
            high = high.add((ShortVector) sum.convertShape(VectorOperators.B2S, S, 1));
        }
        // Each half holds two groups of pairs for the 16 tokens.
        ShortVector both = low.add(high);
        IntVector a = (IntVector) both.convertShape(VectorOperators.S2I, I, 0);
        IntVector b = (IntVector) both.convertShape(VectorOperators.S2I, I, 1);
        return a.add(b);
    }

    private static ByteVector row(MemorySegment bytes, long at, int row, byte[] entries) {
        ByteVector codes = ByteVector.fromMemorySegment(B, bytes, at + (long) row * KeyCodes.ROW, LE);
        ByteVector first = codes.and((byte) 15).or(TABLE);
        ByteVector second = codes.reinterpretAsInts()
                .lanewise(VectorOperators.LSHR, 4)
                .reinterpretAsBytes()
                .and((byte) 15)
                .or(TABLE);
        return first.selectFrom(ByteVector.fromArray(B, entries, row * 128))
                .add(second.selectFrom(ByteVector.fromArray(B, entries, row * 128 + 64)));
    }
}
