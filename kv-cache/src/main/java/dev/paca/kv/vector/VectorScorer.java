package dev.paca.kv.vector;

import dev.paca.kv.attention.Exp2;
import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.index.KeyCodes;
import dev.paca.kv.index.Scorer;
import dev.paca.kv.index.Sketch;
import dev.paca.kv.page.Anchor;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageStore;
import java.util.Arrays;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * The scores on the Vector API. Sums of codes and scores by sketches are the scalar definition's to the bit, others within
 * float rounding.
 */
public final class VectorScorer implements Scorer {
    private static final double LOG2_E = 1.4426950408889634;
    /** Slots of a tile whose keys are expanded together. */
    private static final int TILE = 64;

    private static final class Memory implements Scratch {
        final KeyCodes.Tables first = new KeyCodes.Tables();
        final KeyCodes.Tables second = new KeyCodes.Tables();
        final VectorCodes.Batch batch = new VectorCodes.Batch();
        float[] queries = new float[0];
        float[] keys = new float[0];
        float[] products = new float[0];
        int[] order = new int[0];
        final VectorSketch.Memory sketch = new VectorSketch.Memory();
    }

    @Override
    public Scratch scratch() {
        return new Memory();
    }

    @Override
    public void pages(
            Reads reads,
            @Nullable Anchor anchor,
            int count,
            Queries queries,
            float[] scores,
            int stride,
            Scratch scratch) {
        PageFormat format = reads.store().format();
        int dims = format.headDim();
        Memory memory = (Memory) scratch;
        float scale = (float) (queries.scale() * LOG2_E);
        boolean codes = format.index() == IndexForm.KEY_CODES;
        if (!codes) {
            memory.queries = VectorSpread.query(queries, memory.queries);
        }
        // Two heads share what they read; one that is left is scored twice.
        for (int h = 0; h < queries.group(); h += 2) {
            int next = Math.min(h + 1, queries.group() - 1);
            int a = h * stride;
            int b = next * stride;
            if (codes) {
                VectorCodes.tables(queries.values(), queries.at(h), dims, Objects.requireNonNull(anchor), memory.first);
                VectorCodes.tables(queries.values(), queries.at(next), dims, anchor, memory.second);
                VectorCodes.scores(reads, count, memory.first, memory.second, scale, scores, a, b, memory.batch);
            } else {
                VectorSpread.scores(reads, count, memory.queries, 2 * dims * h, 2 * dims * next, scale, scores, a, b);
            }
        }
    }

    @Override
    public void sketched(Sketch sketch, int count, Queries queries, float[] scores, Scratch scratch) {
        float scale = (float) (queries.scale() * LOG2_E);
        VectorSketch.scores(sketch, count, queries, scale, scores, ((Memory) scratch).sketch);
    }

    @Override
    public float nth(float[] scores, int n, int k, Scratch scratch) {
        Memory memory = (Memory) scratch;
        if (memory.order.length < n + Lanes.COUNT) {
            memory.order = new int[2 * n + Lanes.COUNT];
        }
        return VectorOrder.nth(scores, n, k, memory.order);
    }

    @Override
    public int atLeast(float least, float[] scores, int n, int[] into) {
        return VectorOrder.atLeast(least, scores, n, into);
    }

    @Override
    public void tokens(
            Reads reads,
            int first,
            int last,
            int @Nullable [] channels,
            Queries queries,
            float[] scores,
            int stride,
            Scratch scratch) {
        PageStore store = reads.store();
        PageFormat format = store.format();
        Memory memory = (Memory) scratch;
        int dims = channels == null ? format.headDim() : channels.length;
        int width = TILE + Lanes.COUNT;
        if (memory.keys.length < (format.headDim() + 1) * width) {
            memory.keys = new float[(format.headDim() + 1) * width];
        }
        if (memory.products.length < TILE) {
            memory.products = new float[TILE];
        }
        if (memory.queries.length < format.headDim()) {
            memory.queries = new float[format.headDim()];
        }
        float scale = (float) (queries.scale() * LOG2_E);
        if (channels == null
                && first % TILE == 0
                && Direct.serves(reads)
                && direct(reads, first, last, queries, scores, stride, memory)) {
            return;
        }
        for (int tile = first; tile < last; tile += TILE) {
            int slots = Math.min(TILE, last - tile);
            expand(store, reads, tile, slots, channels, memory.keys, width);
            for (int h = 0; h < queries.group(); h++) {
                for (int c = 0; c < dims; c++) {
                    int d = channels == null ? c : channels[c];
                    memory.queries[c] = queries.values()[queries.at(h) + d] * scale;
                }
                Arrays.fill(memory.products, 0, TILE, 0f);
                Gemm.add(memory.queries, 0, dims, memory.keys, width, memory.products, 0, TILE, 1, dims, slots);
                System.arraycopy(memory.products, 0, scores, h * stride + tile, slots);
            }
        }
    }

    /** Scores tokens from the stored form, without expanding it; false if queries are too large to carry its factor. */
    private static boolean direct(
            Reads reads, int first, int last, Queries queries, float[] scores, int stride, Memory memory) {
        int dims = queries.headDim();
        int rows = queries.group();
        if (memory.queries.length < rows * dims) {
            memory.queries = new float[rows * dims];
        }
        if (memory.products.length < (rows + 1) * TILE) {
            memory.products = new float[(rows + 1) * TILE];
        }
        float scale = (float) (queries.scale() * LOG2_E) * Direct.queryFactor(reads);
        for (int h = 0; h < rows; h++) {
            for (int d = 0; d < dims; d++) {
                float x = queries.values()[queries.at(h) + d] * scale;
                if (Float.isInfinite(x)) {
                    return false;
                }
                memory.queries[h * dims + d] = x;
            }
        }
        for (int tile = first; tile < last; tile += TILE) {
            int slots = Math.min(TILE, last - tile);
            Direct.scores(reads, tile, slots, memory.queries, 0, dims, rows, memory.products);
            for (int h = 0; h < rows; h++) {
                System.arraycopy(memory.products, h * TILE, scores, h * stride + tile, slots);
            }
        }
        return true;
    }

    @Override
    public float largest(float[] scores, int from, int count) {
        FloatVector largest = FloatVector.broadcast(Lanes.FLOAT, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
            largest = largest.max(FloatVector.fromArray(Lanes.FLOAT, scores, from + i));
        }
        float all = largest.reduceLanes(VectorOperators.MAX);
        for (; i < count; i++) {
            all = Math.max(all, scores[from + i]);
        }
        return all;
    }

    @Override
    public float mass(float[] scores, int from, int count, float max) {
        FloatVector sum = FloatVector.zero(Lanes.FLOAT);
        int i = 0;
        for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
            sum = sum.add(VectorExp2.of(
                    FloatVector.fromArray(Lanes.FLOAT, scores, from + i).sub(max)));
        }
        float all = Lanes.sum(sum);
        for (; i < count; i++) {
            all += Exp2.of(scores[from + i] - max);
        }
        return all;
    }

    @Override
    public void addMass(float[] scores, int from, int count, float max, float factor, float[] into) {
        int i = 0;
        for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
            VectorExp2.of(FloatVector.fromArray(Lanes.FLOAT, scores, from + i).sub(max))
                    .fma(FloatVector.broadcast(Lanes.FLOAT, factor), FloatVector.fromArray(Lanes.FLOAT, into, i))
                    .intoArray(into, i);
        }
        for (; i < count; i++) {
            into[i] = Math.fma(Exp2.of(scores[from + i] - max), factor, into[i]);
        }
    }

    /** Expands a tile's keys, all channels or some, channel by channel. */
    private static void expand(
            PageStore store, Reads reads, int tile, int slots, int @Nullable [] channels, float[] keys, int width) {
        int pageTokens = store.format().tokens();
        for (int done = 0; done < slots; ) {
            int slot = tile + done;
            int page = reads.pages()[slot / pageTokens];
            int skip = slot % pageTokens;
            int count = Math.min(slots - done, pageTokens - skip);
            if (channels == null) {
                Panel.keys(store, page, skip, count, keys, done, width);
            } else {
                for (int c = 0; c < channels.length; c++) {
                    Panel.keys(store, page, channels[c], 1, skip, count, keys, c * width + done, width);
                }
            }
            done += count;
        }
    }
}
