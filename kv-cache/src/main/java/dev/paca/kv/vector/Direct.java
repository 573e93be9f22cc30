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
 * the bits are the same as well. Four chains side by side hide the latency of a multiply-add.
 *
 * <p>Each width of elements has loops of its own: the compiler does not inline reliably what has met several.
 */
final class Direct {
    private static final VectorSpecies<Float> F = Lanes.FLOAT;
    private static final int LANES = Lanes.COUNT;
    private static final int TILE = AttentionKernel.TILE;

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

    /**
     * Scores of a tile; those of slots past {@code slots} are arbitrary.
     *
     * @param tile first place of the list
     * @param q queries, {@code dims} floats a row, the first at {@code at}
     * @param scores receives {@link AttentionKernel#TILE} floats a row
     */
    static void scores(Reads reads, int tile, int slots, float[] q, int at, int dims, int rows, float[] scores) {
        PageStore store = reads.store();
        int pageTokens = store.format().tokens();
        Elements form = Objects.requireNonNull(Elements.of(store.format().k()));
        boolean bytes = form.bytes() == 1;
        long step = (long) pageTokens * form.bytes();
        for (int i = 0; i < slots; i += 2 * LANES) {
            int page = reads.pages()[(tile + i) / pageTokens];
            MemorySegment from = store.bytes(page);
            long a = store.keysAt(page) + (long) (tile + i) % pageTokens * form.bytes();
            // Where there is no second vector or row, the first is computed twice.
            int second = i + LANES < slots ? tile + i + LANES : tile + i;
            int page2 = reads.pages()[second / pageTokens];
            MemorySegment from2 = store.bytes(page2);
            long b = store.keysAt(page2) + (long) second % pageTokens * form.bytes();
            for (int r = 0; r < rows; r += 2) {
                int next = r + 1 < rows ? 1 : 0;
                int row = at + r * dims;
                int to = r * TILE + i;
                if (bytes) {
                    keysOfBytes(form, from, a, from2, b, step, q, row, next * dims, dims, scores, to, next * TILE);
                } else {
                    keysOfHalves(form, from, a, from2, b, step, q, row, next * dims, dims, scores, to, next * TILE);
                }
            }
        }
    }

    /**
     * Adds the weighted values of a tile.
     *
     * @param weights {@link AttentionKernel#TILE} floats a row
     * @param out rows from {@code to} on, {@code stride} floats apart, in whole pairs of vectors
     */
    static void add(Reads reads, int tile, int slots, float[] weights, float[] out, int to, int stride, int rows) {
        PageStore store = reads.store();
        int pageTokens = store.format().tokens();
        int dims = store.format().headDim();
        Elements form = Objects.requireNonNull(Elements.of(store.format().v()));
        boolean bytes = form.bytes() == 1;
        long step = (long) dims * form.bytes();
        for (int done = 0; done < slots; ) {
            int page = reads.pages()[(tile + done) / pageTokens];
            int skip = (tile + done) % pageTokens;
            int count = Math.min(slots - done, pageTokens - skip);
            MemorySegment from = store.bytes(page);
            long first = store.valuesAt(page) + skip * step;
            for (int r = 0; r < rows; r += 2) {
                int next = r + 1 < rows ? 1 : 0;
                int w = r * TILE + done;
                for (int d = 0; d < dims; d += 2 * LANES) {
                    long at = first + (long) d * form.bytes();
                    int row = to + r * stride + d;
                    if (bytes) {
                        valuesOfBytes(form, from, at, step, count, weights, w, next * TILE, out, row, next * stride);
                    } else {
                        valuesOfHalves(form, from, at, step, count, weights, w, next * TILE, out, row, next * stride);
                    }
                }
            }
            done += count;
        }
    }

    /**
     * Scores of two vectors of slots for two rows.
     *
     * @param from where the first vector's page lies
     * @param at where its elements of the first channel begin; {@code from2} and {@code at2} are the second's
     * @param step bytes between channels
     * @param q queries: a row from {@code row} on, another {@code next} floats on
     * @param scores receives a row from {@code to} on, another {@code stride} floats on
     */
    private static void keysOfBytes(
            Elements form,
            MemorySegment from,
            long at,
            MemorySegment from2,
            long at2,
            long step,
            float[] q,
            int row,
            int next,
            int dims,
            float[] scores,
            int to,
            int stride) {
        int shift = form.shift();
        IntVector mask = form.mask();
        FloatVector scale = form.scale();
        FloatVector a0 = FloatVector.zero(F);
        FloatVector b0 = a0;
        FloatVector a1 = a0;
        FloatVector b1 = a0;
        for (int i = 0; i < dims; i++) {
            FloatVector q0 = FloatVector.broadcast(F, q[row + i]);
            FloatVector q1 = FloatVector.broadcast(F, q[row + next + i]);
            FloatVector a = Elements.bytes(from, at + i * step, shift, mask, scale);
            a0 = q0.fma(a, a0);
            a1 = q1.fma(a, a1);
            FloatVector b = Elements.bytes(from2, at2 + i * step, shift, mask, scale);
            b0 = q0.fma(b, b0);
            b1 = q1.fma(b, b1);
        }
        a0.intoArray(scores, to);
        b0.intoArray(scores, to + LANES);
        a1.intoArray(scores, to + stride);
        b1.intoArray(scores, to + stride + LANES);
    }

    private static void keysOfHalves(
            Elements form,
            MemorySegment from,
            long at,
            MemorySegment from2,
            long at2,
            long step,
            float[] q,
            int row,
            int next,
            int dims,
            float[] scores,
            int to,
            int stride) {
        int shift = form.shift();
        IntVector mask = form.mask();
        FloatVector scale = form.scale();
        FloatVector a0 = FloatVector.zero(F);
        FloatVector b0 = a0;
        FloatVector a1 = a0;
        FloatVector b1 = a0;
        for (int i = 0; i < dims; i++) {
            FloatVector q0 = FloatVector.broadcast(F, q[row + i]);
            FloatVector q1 = FloatVector.broadcast(F, q[row + next + i]);
            FloatVector a = Elements.halves(from, at + i * step, shift, mask, scale);
            a0 = q0.fma(a, a0);
            a1 = q1.fma(a, a1);
            FloatVector b = Elements.halves(from2, at2 + i * step, shift, mask, scale);
            b0 = q0.fma(b, b0);
            b1 = q1.fma(b, b1);
        }
        a0.intoArray(scores, to);
        b0.intoArray(scores, to + LANES);
        a1.intoArray(scores, to + stride);
        b1.intoArray(scores, to + stride + LANES);
    }

    /**
     * Adds weighted values of a run of tokens to two neighbouring vectors of two rows' output.
     *
     * @param at where the first token's elements begin
     * @param step bytes between tokens
     * @param weights of the tokens: a row's from {@code w} on, the other's {@code next} floats on
     * @param out a row from {@code to} on, the other {@code stride} floats on
     */
    private static void valuesOfBytes(
            Elements form,
            MemorySegment from,
            long at,
            long step,
            int tokens,
            float[] weights,
            int w,
            int next,
            float[] out,
            int to,
            int stride) {
        int shift = form.shift();
        IntVector mask = form.mask();
        FloatVector scale = form.scale();
        long right = (long) LANES * form.bytes();
        FloatVector a0 = FloatVector.fromArray(F, out, to);
        FloatVector b0 = FloatVector.fromArray(F, out, to + LANES);
        FloatVector a1 = FloatVector.fromArray(F, out, to + stride);
        FloatVector b1 = FloatVector.fromArray(F, out, to + stride + LANES);
        for (int i = 0; i < tokens; i++) {
            FloatVector w0 = FloatVector.broadcast(F, weights[w + i]);
            FloatVector w1 = FloatVector.broadcast(F, weights[w + next + i]);
            FloatVector a = Elements.bytes(from, at + i * step, shift, mask, scale);
            a0 = w0.fma(a, a0);
            a1 = w1.fma(a, a1);
            FloatVector b = Elements.bytes(from, at + right + i * step, shift, mask, scale);
            b0 = w0.fma(b, b0);
            b1 = w1.fma(b, b1);
        }
        a0.intoArray(out, to);
        b0.intoArray(out, to + LANES);
        a1.intoArray(out, to + stride);
        b1.intoArray(out, to + stride + LANES);
    }

    private static void valuesOfHalves(
            Elements form,
            MemorySegment from,
            long at,
            long step,
            int tokens,
            float[] weights,
            int w,
            int next,
            float[] out,
            int to,
            int stride) {
        int shift = form.shift();
        IntVector mask = form.mask();
        FloatVector scale = form.scale();
        long right = (long) LANES * form.bytes();
        FloatVector a0 = FloatVector.fromArray(F, out, to);
        FloatVector b0 = FloatVector.fromArray(F, out, to + LANES);
        FloatVector a1 = FloatVector.fromArray(F, out, to + stride);
        FloatVector b1 = FloatVector.fromArray(F, out, to + stride + LANES);
        for (int i = 0; i < tokens; i++) {
            FloatVector w0 = FloatVector.broadcast(F, weights[w + i]);
            FloatVector w1 = FloatVector.broadcast(F, weights[w + next + i]);
            FloatVector a = Elements.halves(from, at + i * step, shift, mask, scale);
            a0 = w0.fma(a, a0);
            a1 = w1.fma(a, a1);
            FloatVector b = Elements.halves(from, at + right + i * step, shift, mask, scale);
            b0 = w0.fma(b, b0);
            b1 = w1.fma(b, b1);
        }
        a0.intoArray(out, to);
        b0.intoArray(out, to + LANES);
        a1.intoArray(out, to + stride);
        b1.intoArray(out, to + stride + LANES);
    }
}
