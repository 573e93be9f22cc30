package dev.paca.kv.vector;

import dev.paca.kv.Storage;
import dev.paca.kv.attention.AttentionKernel;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageStore;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The two products of attention for the few rows of decode, from the stored form, without a panel between: what is loaded
 * and made floats serves two rows and is gone. Each element is the same chain of fused multiply-adds as {@link Gemm}'s, so
 * the bits are the same as well. Eight chains side by side hide the latency of a multiply-add and share what a turn of the
 * loop costs.
 *
 * <p>What mends the elements' exponents, {@link Elements#factor}, is in the queries and the weights already: a power of two
 * that is multiplied with either factor gives the same product, and here it is one multiplication for a whole part.
 *
 * <p>Each loop over elements is a method of its own for each width of elements, and too long to be inlined: C2 compiles it
 * alone, with nothing around it that differs from one start to the next.
 */
final class Direct {
    private static final VectorSpecies<Float> F = Lanes.FLOAT;
    private static final int LANES = Lanes.COUNT;
    private static final int TILE = AttentionKernel.TILE;
    /** Vectors that a loop computes side by side, for two rows each. */
    private static final int VECTORS = 4;

    private Direct() {}

    /** Whether all that is read are whole vectors of short floats without scales. */
    static boolean serves(Reads reads) {
        PageFormat format = reads.store().format();
        return reads.slots() == null
                && bare(format.k())
                && bare(format.v())
                && format.tokens() % LANES == 0
                && format.headDim() % LANES == 0;
    }

    private static boolean bare(Storage storage) {
        return Elements.of(storage) != null && !storage.hasTokenScales() && !storage.hasPageScale();
    }

    /** What queries are multiplied with for {@link #scores}. */
    static float queryFactor(Reads reads) {
        return keys(reads).factor();
    }

    /** What weights are multiplied with for {@link #add}. */
    static float weightFactor(Reads reads) {
        return values(reads).factor();
    }

    private static Elements keys(Reads reads) {
        return Objects.requireNonNull(Elements.of(reads.store().format().k()));
    }

    private static Elements values(Reads reads) {
        return Objects.requireNonNull(Elements.of(reads.store().format().v()));
    }

    /**
     * Scores of a tile; those of slots past {@code slots} are arbitrary.
     *
     * @param tile first place of the list
     * @param q queries times {@link #queryFactor}, {@code dims} floats a row, the first at {@code at}
     * @param scores receives {@link AttentionKernel#TILE} floats a row
     */
    static void scores(Reads reads, int tile, int slots, float[] q, int at, int dims, int rows, float[] scores) {
        Elements form = keys(reads);
        boolean bytes = form.bytes() == 1;
        for (int i = 0; i < slots; i += VECTORS * LANES) {
            for (int r = 0; r < rows; r += 2) {
                // Where there is no second row, the first is computed twice.
                int next = r + 1 < rows ? 1 : 0;
                int row = at + r * dims;
                int to = r * TILE + i;
                if (bytes) {
                    keysOfBytes(form, reads, tile + i, slots - i, q, row, next * dims, dims, scores, to, next * TILE);
                } else {
                    keysOfHalves(form, reads, tile + i, slots - i, q, row, next * dims, dims, scores, to, next * TILE);
                }
            }
        }
    }

    /**
     * Adds the weighted values of a tile.
     *
     * @param weights times {@link #weightFactor}, {@link AttentionKernel#TILE} floats a row
     * @param out rows from {@code to} on, {@code stride} floats apart, in whole runs of {@link #VECTORS} vectors
     */
    static void add(Reads reads, int tile, int slots, float[] weights, float[] out, int to, int stride, int rows) {
        int dims = reads.store().format().headDim();
        Elements form = values(reads);
        boolean bytes = form.bytes() == 1;
        for (int r = 0; r < rows; r += 2) {
            int next = r + 1 < rows ? 1 : 0;
            int w = r * TILE;
            for (int d = 0; d < dims; d += VECTORS * LANES) {
                int row = to + r * stride + d;
                if (bytes) {
                    valuesOfBytes(form, reads, tile, slots, d, weights, w, next * TILE, out, row, next * stride);
                } else {
                    valuesOfHalves(form, reads, tile, slots, d, weights, w, next * TILE, out, row, next * stride);
                }
            }
        }
    }

    /**
     * Scores of {@link #VECTORS} vectors of slots for two rows.
     *
     * @param slot first place of the list
     * @param slots how many there are; instead of vectors beyond them the first is computed again
     * @param q queries: a row from {@code row} on, another {@code next} floats on
     * @param scores receives a row from {@code to} on, another {@code stride} floats on
     */
    private static void keysOfBytes(
            Elements form,
            Reads reads,
            int slot,
            int slots,
            float[] q,
            int row,
            int next,
            int dims,
            float[] scores,
            int to,
            int stride) {
        PageStore store = reads.store();
        int pageTokens = store.format().tokens();
        int slot1 = LANES < slots ? slot + LANES : slot;
        int slot2 = 2 * LANES < slots ? slot + 2 * LANES : slot;
        int slot3 = 3 * LANES < slots ? slot + 3 * LANES : slot;
        int page0 = reads.pages()[slot / pageTokens];
        int page1 = reads.pages()[slot1 / pageTokens];
        int page2 = reads.pages()[slot2 / pageTokens];
        int page3 = reads.pages()[slot3 / pageTokens];
        MemorySegment from0 = store.bytes(page0);
        MemorySegment from1 = store.bytes(page1);
        MemorySegment from2 = store.bytes(page2);
        MemorySegment from3 = store.bytes(page3);
        long at0 = store.keysAt(page0) + slot % pageTokens * Byte.BYTES;
        long at1 = store.keysAt(page1) + slot1 % pageTokens * Byte.BYTES;
        long at2 = store.keysAt(page2) + slot2 % pageTokens * Byte.BYTES;
        long at3 = store.keysAt(page3) + slot3 % pageTokens * Byte.BYTES;
        int step = pageTokens * Byte.BYTES;
        int shift = form.shift();
        IntVector mask = form.mask();
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        FloatVector b0 = a0;
        FloatVector b1 = a0;
        FloatVector b2 = a0;
        FloatVector b3 = a0;
        for (int i = 0; i < dims; i++) {
            FloatVector qa = FloatVector.broadcast(F, q[row + i]);
            FloatVector qb = FloatVector.broadcast(F, q[row + next + i]);
            long skip = (long) i * step;
            FloatVector k = Elements.rawBytes(from0, at0 + skip, shift, mask);
            a0 = qa.fma(k, a0);
            b0 = qb.fma(k, b0);
            k = Elements.rawBytes(from1, at1 + skip, shift, mask);
            a1 = qa.fma(k, a1);
            b1 = qb.fma(k, b1);
            k = Elements.rawBytes(from2, at2 + skip, shift, mask);
            a2 = qa.fma(k, a2);
            b2 = qb.fma(k, b2);
            k = Elements.rawBytes(from3, at3 + skip, shift, mask);
            a3 = qa.fma(k, a3);
            b3 = qb.fma(k, b3);
        }
        a0.intoArray(scores, to);
        a1.intoArray(scores, to + LANES);
        a2.intoArray(scores, to + 2 * LANES);
        a3.intoArray(scores, to + 3 * LANES);
        b0.intoArray(scores, to + stride);
        b1.intoArray(scores, to + stride + LANES);
        b2.intoArray(scores, to + stride + 2 * LANES);
        b3.intoArray(scores, to + stride + 3 * LANES);
    }

    private static void keysOfHalves(
            Elements form,
            Reads reads,
            int slot,
            int slots,
            float[] q,
            int row,
            int next,
            int dims,
            float[] scores,
            int to,
            int stride) {
        PageStore store = reads.store();
        int pageTokens = store.format().tokens();
        int slot1 = LANES < slots ? slot + LANES : slot;
        int slot2 = 2 * LANES < slots ? slot + 2 * LANES : slot;
        int slot3 = 3 * LANES < slots ? slot + 3 * LANES : slot;
        int page0 = reads.pages()[slot / pageTokens];
        int page1 = reads.pages()[slot1 / pageTokens];
        int page2 = reads.pages()[slot2 / pageTokens];
        int page3 = reads.pages()[slot3 / pageTokens];
        MemorySegment from0 = store.bytes(page0);
        MemorySegment from1 = store.bytes(page1);
        MemorySegment from2 = store.bytes(page2);
        MemorySegment from3 = store.bytes(page3);
        long at0 = store.keysAt(page0) + slot % pageTokens * Short.BYTES;
        long at1 = store.keysAt(page1) + slot1 % pageTokens * Short.BYTES;
        long at2 = store.keysAt(page2) + slot2 % pageTokens * Short.BYTES;
        long at3 = store.keysAt(page3) + slot3 % pageTokens * Short.BYTES;
        int step = pageTokens * Short.BYTES;
        int shift = form.shift();
        IntVector mask = form.mask();
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        FloatVector b0 = a0;
        FloatVector b1 = a0;
        FloatVector b2 = a0;
        FloatVector b3 = a0;
        for (int i = 0; i < dims; i++) {
            FloatVector qa = FloatVector.broadcast(F, q[row + i]);
            FloatVector qb = FloatVector.broadcast(F, q[row + next + i]);
            long skip = (long) i * step;
            FloatVector k = Elements.rawHalves(from0, at0 + skip, shift, mask);
            a0 = qa.fma(k, a0);
            b0 = qb.fma(k, b0);
            k = Elements.rawHalves(from1, at1 + skip, shift, mask);
            a1 = qa.fma(k, a1);
            b1 = qb.fma(k, b1);
            k = Elements.rawHalves(from2, at2 + skip, shift, mask);
            a2 = qa.fma(k, a2);
            b2 = qb.fma(k, b2);
            k = Elements.rawHalves(from3, at3 + skip, shift, mask);
            a3 = qa.fma(k, a3);
            b3 = qb.fma(k, b3);
        }
        a0.intoArray(scores, to);
        a1.intoArray(scores, to + LANES);
        a2.intoArray(scores, to + 2 * LANES);
        a3.intoArray(scores, to + 3 * LANES);
        b0.intoArray(scores, to + stride);
        b1.intoArray(scores, to + stride + LANES);
        b2.intoArray(scores, to + stride + 2 * LANES);
        b3.intoArray(scores, to + stride + 3 * LANES);
    }

    /**
     * Adds the weighted values of a tile to {@link #VECTORS} neighbouring vectors of two rows' output.
     *
     * @param slot first place of the list
     * @param d channel of the first vector's first lane
     * @param weights of the tokens: a row's from {@code w} on, the other's {@code next} floats on
     * @param out a row from {@code to} on, the other {@code stride} floats on
     */
    private static void valuesOfBytes(
            Elements form,
            Reads reads,
            int slot,
            int slots,
            int d,
            float[] weights,
            int w,
            int next,
            float[] out,
            int to,
            int stride) {
        PageStore store = reads.store();
        int pageTokens = store.format().tokens();
        int dims = store.format().headDim();
        // Where there is no further vector, the first is computed again: its place in the output's padding counts for
        // nothing.
        int right1 = d + LANES < dims ? LANES * Byte.BYTES : 0;
        int right2 = d + 2 * LANES < dims ? 2 * LANES * Byte.BYTES : 0;
        int right3 = d + 3 * LANES < dims ? 3 * LANES * Byte.BYTES : 0;
        int step = dims * Byte.BYTES;
        int shift = form.shift();
        IntVector mask = form.mask();
        FloatVector a0 = FloatVector.fromArray(F, out, to);
        FloatVector a1 = FloatVector.fromArray(F, out, to + LANES);
        FloatVector a2 = FloatVector.fromArray(F, out, to + 2 * LANES);
        FloatVector a3 = FloatVector.fromArray(F, out, to + 3 * LANES);
        FloatVector b0 = FloatVector.fromArray(F, out, to + stride);
        FloatVector b1 = FloatVector.fromArray(F, out, to + stride + LANES);
        FloatVector b2 = FloatVector.fromArray(F, out, to + stride + 2 * LANES);
        FloatVector b3 = FloatVector.fromArray(F, out, to + stride + 3 * LANES);
        for (int done = 0; done < slots; ) {
            int page = reads.pages()[(slot + done) / pageTokens];
            int place = (slot + done) % pageTokens;
            int end = Math.min(slots, done + pageTokens - place);
            MemorySegment from = store.bytes(page);
            long at = store.valuesAt(page) + d * Byte.BYTES + (long) (place - done) * step;
            for (; done < end; done++) {
                FloatVector wa = FloatVector.broadcast(F, weights[w + done]);
                FloatVector wb = FloatVector.broadcast(F, weights[w + next + done]);
                long token = at + (long) done * step;
                FloatVector v = Elements.rawBytes(from, token, shift, mask);
                a0 = wa.fma(v, a0);
                b0 = wb.fma(v, b0);
                v = Elements.rawBytes(from, token + right1, shift, mask);
                a1 = wa.fma(v, a1);
                b1 = wb.fma(v, b1);
                v = Elements.rawBytes(from, token + right2, shift, mask);
                a2 = wa.fma(v, a2);
                b2 = wb.fma(v, b2);
                v = Elements.rawBytes(from, token + right3, shift, mask);
                a3 = wa.fma(v, a3);
                b3 = wb.fma(v, b3);
            }
        }
        a0.intoArray(out, to);
        a1.intoArray(out, to + LANES);
        a2.intoArray(out, to + 2 * LANES);
        a3.intoArray(out, to + 3 * LANES);
        b0.intoArray(out, to + stride);
        b1.intoArray(out, to + stride + LANES);
        b2.intoArray(out, to + stride + 2 * LANES);
        b3.intoArray(out, to + stride + 3 * LANES);
    }

    private static void valuesOfHalves(
            Elements form,
            Reads reads,
            int slot,
            int slots,
            int d,
            float[] weights,
            int w,
            int next,
            float[] out,
            int to,
            int stride) {
        PageStore store = reads.store();
        int pageTokens = store.format().tokens();
        int dims = store.format().headDim();
        // Where there is no further vector, the first is computed again: its place in the output's padding counts for
        // nothing.
        int right1 = d + LANES < dims ? LANES * Short.BYTES : 0;
        int right2 = d + 2 * LANES < dims ? 2 * LANES * Short.BYTES : 0;
        int right3 = d + 3 * LANES < dims ? 3 * LANES * Short.BYTES : 0;
        int step = dims * Short.BYTES;
        int shift = form.shift();
        IntVector mask = form.mask();
        FloatVector a0 = FloatVector.fromArray(F, out, to);
        FloatVector a1 = FloatVector.fromArray(F, out, to + LANES);
        FloatVector a2 = FloatVector.fromArray(F, out, to + 2 * LANES);
        FloatVector a3 = FloatVector.fromArray(F, out, to + 3 * LANES);
        FloatVector b0 = FloatVector.fromArray(F, out, to + stride);
        FloatVector b1 = FloatVector.fromArray(F, out, to + stride + LANES);
        FloatVector b2 = FloatVector.fromArray(F, out, to + stride + 2 * LANES);
        FloatVector b3 = FloatVector.fromArray(F, out, to + stride + 3 * LANES);
        for (int done = 0; done < slots; ) {
            int page = reads.pages()[(slot + done) / pageTokens];
            int place = (slot + done) % pageTokens;
            int end = Math.min(slots, done + pageTokens - place);
            MemorySegment from = store.bytes(page);
            long at = store.valuesAt(page) + d * Short.BYTES + (long) (place - done) * step;
            for (; done < end; done++) {
                FloatVector wa = FloatVector.broadcast(F, weights[w + done]);
                FloatVector wb = FloatVector.broadcast(F, weights[w + next + done]);
                long token = at + (long) done * step;
                FloatVector v = Elements.rawHalves(from, token, shift, mask);
                a0 = wa.fma(v, a0);
                b0 = wb.fma(v, b0);
                v = Elements.rawHalves(from, token + right1, shift, mask);
                a1 = wa.fma(v, a1);
                b1 = wb.fma(v, b1);
                v = Elements.rawHalves(from, token + right2, shift, mask);
                a2 = wa.fma(v, a2);
                b2 = wb.fma(v, b2);
                v = Elements.rawHalves(from, token + right3, shift, mask);
                a3 = wa.fma(v, a3);
                b3 = wb.fma(v, b3);
            }
        }
        a0.intoArray(out, to);
        a1.intoArray(out, to + LANES);
        a2.intoArray(out, to + 2 * LANES);
        a3.intoArray(out, to + 3 * LANES);
        b0.intoArray(out, to + stride);
        b1.intoArray(out, to + stride + LANES);
        b2.intoArray(out, to + stride + 2 * LANES);
        b3.intoArray(out, to + stride + 3 * LANES);
    }
}
