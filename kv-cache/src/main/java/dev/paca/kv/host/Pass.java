package dev.paca.kv.host;

import dev.paca.kv.Eviction;
import dev.paca.kv.KvShape;
import dev.paca.kv.Phase;
import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.evict.Given;
import dev.paca.kv.page.PageTable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one step does for the eviction of one sequence. Nothing is remembered of a step that is not finished. */
final class Pass {
    /** Rows that one task looks at together. */
    private static final int TASK_ROWS = 128;

    private final KvShape shape;
    private final HostCache cache;
    private final Evictor evictor;
    private final KvStep.Span span;
    private final boolean watches;
    private final boolean evicts;
    private final @Nullable Given[] given;
    private final @Nullable LastQueries staged;

    Pass(KvShape shape, HostCache cache, Evictor evictor, KvStep.Span span) {
        this.shape = shape;
        this.cache = cache;
        this.evictor = evictor;
        this.span = span;
        this.watches = evictor.watches(cache, span.phase(), span.tokens());
        this.evicts = evictor.evicts(cache, span.phase(), span.tokens());
        this.given = new Given[shape.layers() * shape.kvHeads()];
        this.staged = span.phase() == Phase.DECODE ? null : evictor.last().empty();
    }

    /** Takes the weights of the span's tokens {@code first} and following; null if nobody asks for them. */
    @Nullable
    Watch watch(int layer, int kvHead, int first, int tokens) {
        if (!watches) {
            return null;
        }
        int t = layer * shape.kvHeads() + kvHead;
        Given to = first == 0 ? null : given[t];
        if (to == null) {
            to = given(cache.table(layer, kvHead).tokens() + span.tokens(), span.tokens());
            given[t] = to;
        }
        return new Watch(to, first, tokens);
    }

    private Given given(int slots, int tokens) {
        Eviction eviction = evictor.eviction();
        return switch (eviction.method()) {
            case SCISSORHANDS -> Given.rows(tokens, eviction.history());
            case TOVA -> Given.rows(tokens, 1);
            default -> Given.sum(tokens, slots);
        };
    }

    /** Keeps a layer's queries for the end of the prompt. */
    void stage(int layer, float[] q) {
        if (staged != null) {
            staged.stage(layer, q, span.row(), span.tokens());
        }
    }

    /** The step is over, and the tokens are in the tables. */
    void finish(Attend attend) {
        for (int t = 0; t < given.length; t++) {
            Given some = given[t];
            if (some != null) {
                evictor.evidence(t / shape.kvHeads(), t % shape.kvHeads()).take(some);
            }
        }
        if (staged != null) {
            evictor.last().take(staged);
        }
        if (span.phase() == Phase.PREFILL_END && evictor.judges(evicts)) {
            for (int layer = 0; layer < shape.layers(); layer++) {
                judge(layer, attend);
            }
        }
        if (evicts) {
            evictor.evict(cache);
        }
        if (span.phase() == Phase.PREFILL_END) {
            evictor.promptEnded(cache);
        }
    }

    /** Attention of the prompt's last tokens over all that they see; only its weights are wanted. */
    private void judge(int layer, Attend attend) {
        LastQueries last = evictor.last();
        int tokens = last.count();
        List<Attend.Run> runs = new ArrayList<>();
        Given[] given = new Given[shape.kvHeads()];
        int block = Math.max(1, TASK_ROWS / shape.group());
        float scale = (float) (1 / Math.sqrt(shape.headDim()));
        for (int head = 0; head < given.length; head++) {
            PageTable table = cache.table(layer, head);
            given[head] = given(table.tokens(), tokens);
            for (int first = 0; first < tokens; first += block) {
                int some = Math.min(block, tokens - first);
                int visible = table.tokens() - tokens + first + 1;
                int offset = first * shape.queryDim() + head * shape.group() * shape.headDim();
                Queries queries = new Queries(
                        last.rows(layer),
                        offset,
                        shape.queryDim(),
                        some,
                        shape.group(),
                        shape.headDim(),
                        visible,
                        scale);
                Reads reads = new Reads(table.store(), table.pages(), visible + some - 1);
                runs.add(new Attend.Run(reads, queries, null, new Watch(given[head], first, some)));
            }
        }
        attend.run(runs, new float[tokens * shape.queryDim()]);
        for (int head = 0; head < given.length; head++) {
            evictor.evidence(layer, head).take(given[head]);
        }
    }
}
