package dev.paca.kv.host;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import dev.paca.kv.Workers;
import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.index.Sealer;
import dev.paca.kv.index.Sketch;
import dev.paca.kv.page.Growth;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.page.PageTable;
import dev.paca.kv.page.Scales;
import dev.paca.kv.select.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One forward pass over several sequences. For each layer in order: {@link #append}, then {@link #attend}; after the last
 * layer {@link #finish}. Until then the caches' lengths are as before, and a pass that fails may simply be begun again.
 */
public final class KvStep {
    /** Rows that one task computes together, about: enough that expanding a tile costs little beside using it. */
    private static final int TASK_ROWS = 128;

    /** Tokens of a step below which writing them is not worth waking other threads. */
    private static final int FEW_TOKENS = 16;

    /**
     * The tokens that a step runs of one sequence.
     *
     * @param cache the sequence
     * @param row the row of the first token in the step's arrays; the others follow
     * @param tokens how many
     * @param phase what they are to the sequence
     * @param ids array with the tokens' ids
     * @param from index of the first token's id in {@code ids}
     */
    public record Span(KvCache cache, int row, int tokens, Phase phase, int[] ids, int from) {
        public Span {
            if (tokens <= 0 || row < 0 || from < 0 || from + tokens > ids.length) {
                throw new PacaException("A span needs a token or more, found " + tokens + " tokens at row " + row
                        + " with ids " + from + " to " + (from + tokens) + " of " + ids.length + ".");
            }
        }
    }

    private final KvShape shape;
    private final List<Span> spans;
    private final Workers workers;
    private final Attend attend;
    /** For each span, scratch pages of its KV heads; layers use them one after the other. */
    private final List<int[]> scratch = new ArrayList<>();
    /** The layer's tables in this step: for each span, each KV head. */
    private Growth[] growths = new Growth[0];
    /** For each span, what it does for eviction; null where everything is kept. */
    private final @Nullable Pass[] passes;

    private boolean finished;

    KvStep(KvShape shape, List<Span> spans, Workers workers, Attend attend) {
        this.shape = shape;
        this.spans = List.copyOf(spans);
        this.workers = workers;
        this.attend = attend;
        for (Span span : spans) {
            PageStore store = cache(span).tables()[0].store();
            int pages = shape.kvHeads() * Growth.scratchPages(store.format(), span.tokens());
            scratch.add(store.open().scratch(pages));
        }
        passes = new Pass[spans.size()];
        for (int i = 0; i < passes.length; i++) {
            HostCache cache = cache(spans.get(i));
            Evictor evictor = cache.evictor();
            passes[i] = evictor == null ? null : new Pass(shape, cache, evictor, spans.get(i));
        }
    }

    /**
     * Stores a layer's keys and values, before {@link #attend} for the same layer.
     *
     * @param k keys as attention sees them, rotated: rows of {@code kvHeads × headDim}
     * @param v values, laid out alike
     */
    public void append(int layer, float[] k, float[] v) {
        int heads = shape.kvHeads();
        int tokens = spans.stream().mapToInt(Span::tokens).sum();
        Workers threads = tokens < FEW_TOKENS ? Workers.serial() : workers;
        growths = new Growth[spans.size() * heads];
        boolean settles = false;
        for (int i = 0; i < growths.length; i++) {
            Span span = spans.get(i / heads);
            PageTable table = cache(span).table(layer, i % heads);
            int[] pages = scratch.get(i / heads);
            growths[i] = new Growth(table, span.tokens(), pages, pages.length / heads * (i % heads));
            settles |= growths[i].settles();
        }
        threads.run(growths.length, (task, thread) -> {
            Growth growth = growths[task];
            Span span = spans.get(task / heads);
            MeanValue mean = cache(span).learned().mean(layer, task % heads);
            if (mean != null) {
                mean.extend(growth.table());
            }
            growth.writeFirst(k, v, at(span, task % heads), shape.kvDim());
            if (!growth.settles()) {
                growth.writeRest(k, v, at(span, task % heads), shape.kvDim());
                seal(growth, layer, task % heads, span);
            }
        });
        if (settles) {
            settle(layer, k, v);
        }
    }

    /** Computes what selections know of pages that have become full. */
    private static void seal(Growth growth, int layer, int head, Span span) {
        Sealer.seal(growth);
        Sketch sketch = cache(span).learned().sketch(layer, head);
        if (sketch != null) {
            sketch.extend(growth);
        }
    }

    private int at(Span span, int head) {
        return span.row() * shape.kvDim() + head * shape.headDim();
    }

    /** Fixes the scales of sequences whose first window is full now, and writes what waited for them. */
    private void settle(int layer, float[] k, float[] v) {
        int heads = shape.kvHeads();
        for (int first = 0; first < growths.length; first += heads) {
            Span span = spans.get(first / heads);
            float[][] largest = new float[heads][];
            for (int head = 0; head < heads; head++) {
                Growth growth = growths[first + head];
                largest[head] = growth.settles() ? growth.largest() : new float[2];
            }
            for (int head = 0; head < heads; head++) {
                Growth growth = growths[first + head];
                if (growth.settles()) {
                    PageFormat format = growth.table().store().format();
                    growth.settle(Scales.of(
                            format, largest(largest, head, 0, format.k()), largest(largest, head, 1, format.v())));
                    growth.writeRest(k, v, at(span, head), shape.kvDim());
                    seal(growth, layer, head, span);
                }
            }
        }
    }

    /** The largest magnitude of what shares a scale with a head. */
    private static float largest(float[][] heads, int head, int half, Storage storage) {
        if (storage.scaling() != Storage.Scaling.TENSOR) {
            return heads[head][half];
        }
        float largest = 0;
        for (float[] each : heads) {
            largest = Math.max(largest, each[half]);
        }
        return largest;
    }

    /**
     * Attention of every row over its sequence, itself included: softmax(q·k / √headDim)·v.
     *
     * @param q rotated queries, rows of {@code heads × headDim}
     * @param out receives the result, laid out alike
     */
    public void attend(int layer, float[] q, float[] out) {
        List<Attend.Run> runs = new ArrayList<>();
        for (int i = 0; i < growths.length; i++) {
            Span span = spans.get(i / shape.kvHeads());
            Pass pass = passes[i / shape.kvHeads()];
            int head = i % shape.kvHeads();
            if (pass != null && head == 0) {
                pass.stage(layer, q);
            }
            if (selects(span, layer)) {
                addChoices(span, growths[i], pass, layer, head, q, runs);
            } else {
                addDense(span, growths[i], pass, layer, head, q, runs);
            }
        }
        attend.run(runs, out);
        for (Attend.Run run : runs) {
            if (run.choice() != null) {
                run.choice().report(layer);
            }
        }
        List<Span> probed = spans.stream()
                .filter(span -> span.phase() == Phase.DECODE && cache(span).probe() != null)
                .toList();
        workers.run(probed.size(), (i, thread) -> look(probed.get(i), layer, q, out, runs));
    }

    /** Shows a probe what a span's tokens have read. */
    private void look(Span span, int layer, float[] q, float[] out, List<Attend.Run> runs) {
        HostCache cache = cache(span);
        AttentionProbe probe = Objects.requireNonNull(cache.probe());
        for (Attend.Run run : runs) {
            if (run.choice() != null && run.choice().isOf(cache)) {
                run.choice().show(probe, layer, out);
            }
        }
        if (selects(span, layer)) {
            return;
        }
        for (int head = 0; head < shape.kvHeads(); head++) {
            PageTable table = cache.table(layer, head);
            for (int i = 0; i < span.tokens(); i++) {
                int seen = table.tokens() + i + 1;
                Queries queries = queries(span, i, 1, head, q, table);
                probe.look(layer, head, cache.length() + i, cache.positions(table, seen), queries, out);
            }
        }
    }

    /** Whether the span's tokens read only a part of the layer. */
    private boolean selects(Span span, int layer) {
        HostCache cache = cache(span);
        return span.phase() == Phase.DECODE
                && cache.selector() != null
                && layer >= cache.policy().selection().dense(shape.layers());
    }

    /** One run for each token, which reads what the selector chooses for it. */
    private void addChoices(
            Span span, Growth growth, @Nullable Pass pass, int layer, int head, float[] q, List<Attend.Run> runs) {
        HostCache cache = cache(span);
        PageTable table = growth.table();
        Selection selection = cache.policy().selection();
        Labels labels = cache.learned().labels(layer, head);
        for (int i = 0; i < span.tokens(); i++) {
            int slot = table.tokens() + i;
            Reads reads = new Reads(table.store(), growth.pages(slot), slot + 1);
            Queries queries = queries(span, i, 1, head, q, table);
            int[] channels = labels == null ? null : labels.channels(selection.channels());
            Request request =
                    new Request(table, reads, queries, channels, cache.learned().sketch(layer, head));
            Choice choice = new Choice(
                    cache, head, cache.selector(), request, cache.learned().mean(layer, head));
            runs.add(new Attend.Run(reads, queries, choice, pass == null ? null : pass.watch(layer, head, i, 1)));
        }
    }

    /** Blocks of tokens that read all that they see. */
    private void addDense(
            Span span, Growth growth, @Nullable Pass pass, int layer, int head, float[] q, List<Attend.Run> runs) {
        HostCache cache = cache(span);
        PageTable table = growth.table();
        Labels labels = cache.learned().labels(layer, head);
        int block = Math.max(1, TASK_ROWS / shape.group());
        for (int i = 0; i < span.tokens(); ) {
            int slot = table.tokens() + i;
            int end = Math.min(growth.sight(slot), slot + block);
            Reads reads = new Reads(table.store(), growth.pages(slot), end);
            Queries queries = queries(span, i, end - slot, head, q, table);
            Watch watch = pass == null ? null : pass.watch(layer, head, i, queries.tokens());
            runs.add(new Attend.Run(reads, queries, null, watch));
            if (labels != null && span.phase() != Phase.DECODE) {
                labels.observe(reads, slot, queries);
            }
            for (; slot < end; slot++, i++) {
                if (span.phase() == Phase.DECODE) {
                    cache.reads().count(layer, slot + 1, growth.bytes(slot), cache.length() + i + 1);
                }
            }
        }
    }

    private Queries queries(Span span, int first, int tokens, int head, float[] q, PageTable table) {
        int offset = (span.row() + first) * shape.queryDim() + head * shape.group() * shape.headDim();
        float scale = (float) (1 / Math.sqrt(shape.headDim()));
        int visible = table.tokens() + first + 1;
        return new Queries(q, offset, shape.queryDim(), tokens, shape.group(), shape.headDim(), visible, scale);
    }

    /** Ends the pass: the tokens are part of their sequences now, and what is to be evicted goes. */
    public void finish() {
        if (finished) {
            throw new PacaException("This step has been finished; begin another one for further tokens.");
        }
        finished = true;
        for (int i = 0; i < passes.length; i++) {
            Span span = spans.get(i);
            Pass pass = passes[i];
            cache(span).advance(span);
            cache(span).tables()[0].store().dropScratch();
            if (pass != null) {
                pass.finish(attend);
            }
        }
    }

    private static HostCache cache(Span span) {
        return (HostCache) span.cache();
    }
}
