package dev.paca.tornado.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.index.ScalarScorer;
import dev.paca.kv.index.Sealer;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageMemory;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.page.PageTable;
import dev.paca.kv.select.Picks;
import dev.paca.kv.select.Request;
import dev.paca.kv.select.Selector;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The CPU's pages and selector. */
final class CpuChoice implements AutoCloseable {
    private final KvPolicy policy;
    private final int group;
    private final int headDim;
    private final int units;
    private final int heads;
    private final PageStore store;
    private final List<PageTable> tables = new ArrayList<>();
    private final ScalarScorer scorer = new ScalarScorer();
    private final Selector selector;
    private final Selector.Scratch scratch = new Selector.Scratch(scorer);

    CpuChoice(KvPolicy policy, int kvHeads, int group, int headDim, int tokens) {
        this.policy = policy;
        this.group = group;
        this.headDim = headDim;
        heads = kvHeads * group;
        units = heads + 2 * kvHeads;
        IndexForm form = switch (policy.selection().method()) {
            case QUEST -> IndexForm.MIN_MAX;
            case QUEST_MEAN -> IndexForm.MEAN_DEVIATION;
            default -> IndexForm.KEY_CODES;
        };
        PageFormat format = new PageFormat(policy.k(), policy.v(), policy.pageTokens(), headDim, form);
        store = new PageStore(format, new PageMemory(1L << 30));
        store.grow((long) kvHeads * format.pages(tokens), 0);
        for (int i = 0; i < kvHeads; i++) {
            PageTable table = new PageTable(store);
            table.reserve(tokens);
            tables.add(table);
        }
        selector = Selector.of(policy, scorer);
    }

    void append(float[] rows, int from, int count) {
        for (int head = 0; head < tables.size(); head++) {
            PageTable table = tables.get(head);
            for (int r = 0; r < count; r++) {
                int key = (r * units + heads + head) * headDim;
                store.write(table.page(from + r), table.place(from + r), rows, rows, key);
            }
            table.advance(count, from);
            int anchored = store.format().index().anchorTokens();
            if (from < anchored && anchored <= from + count) {
                Sealer.sealAll(table);
            } else {
                Sealer.sealFrom(table, from);
            }
        }
    }

    List<Integer> choose(float[] rows, int row, int position, int head) {
        Reads reads = new Reads(store, tables.get(head).pages(), position + 1);
        int query = (row * units + head * group) * headDim;
        float scale = (float) (1 / Math.sqrt(headDim));
        Queries queries = new Queries(rows, query, units * headDim, 1, group, headDim, position + 1, scale);
        Picks picks = new Picks();
        selector.select(new Request(tables.get(head), reads, queries, null), picks, scratch);
        int pages = store.format().pages(position + 1);
        IntStream all = picks.isEverything()
                ? IntStream.range(0, pages)
                : IntStream.range(0, picks.count()).map(i -> picks.chosen()[i]);
        assertThat(policy.selection().method().choosesTokens()).isFalse();
        return all.boxed().toList();
    }

    /** The bytes of the index of a head's full page. */
    byte[] index(int head, int page) {
        int of = tables.get(head).pages()[page];
        return store.bytes(of)
                .asSlice(store.indexAt(of), store.format().index().bytes(policy.pageTokens(), headDim))
                .toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public void close() {
        store.close();
    }
}
