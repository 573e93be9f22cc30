package dev.paca.kv.host;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.Workers;
import dev.paca.kv.attention.AttentionKernel;
import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageTable;
import java.util.ArrayList;
import java.util.List;

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
    private boolean finished;

    KvStep(
            KvShape shape,
            List<Span> spans,
            Workers workers,
            AttentionKernel kernel,
            List<AttentionKernel.Scratch> scratch) {
        this.shape = shape;
        this.spans = List.copyOf(spans);
        this.workers = workers;
        this.attend = new Attend(workers, kernel, scratch);
    }

    /**
     * Stores a layer's keys and values.
     *
     * @param k keys as attention sees them, rotated: rows of {@code kvHeads × headDim}
     * @param v values, laid out alike
     */
    public void append(int layer, float[] k, float[] v) {
        int heads = shape.kvHeads();
        int tokens = spans.stream().mapToInt(Span::tokens).sum();
        Workers threads = tokens < FEW_TOKENS ? Workers.serial() : workers;
        threads.run(spans.size() * heads, (task, thread) -> {
            Span span = spans.get(task / heads);
            int head = task % heads;
            PageTable table = cache(span).table(layer, head);
            for (int i = 0; i < span.tokens(); i++) {
                int from = (span.row() + i) * shape.kvDim() + head * shape.headDim();
                table.store().write(table.page(table.tokens() + i), table.place(table.tokens() + i), k, v, from);
            }
        });
    }

    /**
     * Attention of every row over its sequence, itself included: softmax(q·k / √headDim)·v.
     *
     * @param q rotated queries, rows of {@code heads × headDim}
     * @param out receives the result, laid out alike
     */
    public void attend(int layer, float[] q, float[] out) {
        float scale = (float) (1 / Math.sqrt(shape.headDim()));
        int block = Math.max(1, TASK_ROWS / shape.group());
        List<Attend.Run> runs = new ArrayList<>();
        for (Span span : spans) {
            for (int head = 0; head < shape.kvHeads(); head++) {
                PageTable table = cache(span).table(layer, head);
                Reads reads = new Reads(table.store(), table.pages(), table.tokens() + span.tokens());
                // A selector takes this place for Phase.DECODE: a list for each token in place of the whole table.
                for (int i = 0; i < span.tokens(); i += block) {
                    int offset = (span.row() + i) * shape.queryDim() + head * shape.group() * shape.headDim();
                    int count = Math.min(block, span.tokens() - i);
                    int visible = table.tokens() + i + 1;
                    runs.add(new Attend.Run(
                            reads,
                            new Queries(
                                    q,
                                    offset,
                                    shape.queryDim(),
                                    count,
                                    shape.group(),
                                    shape.headDim(),
                                    visible,
                                    scale)));
                }
            }
            countReads(span, layer);
        }
        attend.run(runs, out);
    }

    /** Ends the pass: the tokens are part of their sequences now. */
    public void finish() {
        if (finished) {
            throw new PacaException("This step has been finished; begin another one for further tokens.");
        }
        finished = true;
        for (Span span : spans) {
            cache(span).advance(span.tokens());
        }
    }

    private void countReads(Span span, int layer) {
        if (span.phase() != Phase.DECODE) {
            return;
        }
        PageFormat dense = HostPool.format(KvPolicy.DENSE, shape);
        HostCache cache = cache(span);
        for (int head = 0; head < shape.kvHeads(); head++) {
            PageTable table = cache.table(layer, head);
            PageFormat format = table.store().format();
            for (int i = 1; i <= span.tokens(); i++) {
                cache.countRead(
                        format.pages(table.tokens() + i) * format.bytes(),
                        dense.pages(cache.length() + i) * dense.bytes());
            }
        }
    }

    private static HostCache cache(Span span) {
        return (HostCache) span.cache();
    }
}
