package dev.paca.kv.vector;

import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.index.KeyCodes;
import dev.paca.kv.index.Scorer;
import dev.paca.kv.page.Anchor;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageStore;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The scores on the Vector API. Sums of codes are the scalar definition's to the bit, others within float rounding. */
public final class VectorScorer implements Scorer {
    private static final float LOG2_E = 1.4426950408889634f;
    /** Slots of a tile whose keys are expanded together. */
    private static final int TILE = 64;

    private static final class Memory implements Scratch {
        final KeyCodes.Tables tables = new KeyCodes.Tables();
        float[] queries = new float[0];
        float[] keys = new float[0];
        float[] products = new float[0];
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
        PageStore store = reads.store();
        PageFormat format = store.format();
        Memory memory = (Memory) scratch;
        float scale = queries.scale() * LOG2_E;
        for (int h = 0; h < queries.group(); h++) {
            int at = h * stride;
            if (format.index() == IndexForm.KEY_CODES) {
                KeyCodes.Tables tables = memory.tables;
                tables.of(queries.values(), queries.at(h), format.headDim(), Objects.requireNonNull(anchor));
                for (int i = 0; i < count; i++) {
                    int page = reads.pages()[i];
                    int best = VectorCodes.best(
                            store.bytes(page), store.indexAt(page), format.tokens(), format.headDim(), tables);
                    scores[at + i] = (best * tables.step + tables.offset) * scale;
                }
            } else {
                float[] q = VectorSpread.query(queries, h, memory.queries);
                memory.queries = q;
                for (int i = 0; i < count; i++) {
                    int page = reads.pages()[i];
                    scores[at + i] =
                            VectorSpread.score(store.bytes(page), store.indexAt(page), q, format.headDim()) * scale;
                }
            }
        }
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
            memory.products = new float[TILE];
        }
        if (memory.queries.length < format.headDim()) {
            memory.queries = new float[format.headDim()];
        }
        float scale = queries.scale() * LOG2_E;
        for (int tile = first; tile < last; tile += TILE) {
            int slots = Math.min(TILE, last - tile);
            expand(store, reads, tile, slots, channels, memory.keys, width);
            for (int h = 0; h < queries.group(); h++) {
                for (int c = 0; c < dims; c++) {
                    int d = channels == null ? c : channels[c];
                    memory.queries[c] = queries.values()[queries.at(h) + d] * scale;
                }
                java.util.Arrays.fill(memory.products, 0f);
                Gemm.add(memory.queries, 0, dims, memory.keys, width, memory.products, 0, TILE, 1, dims, slots);
                System.arraycopy(memory.products, 0, scores, h * stride + tile, slots);
            }
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
