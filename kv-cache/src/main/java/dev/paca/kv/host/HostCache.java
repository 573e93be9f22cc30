package dev.paca.kv.host;

import dev.paca.kv.CacheUsage;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.LayerUsage;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.Selection;
import dev.paca.kv.index.Sealer;
import dev.paca.kv.page.Compaction;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.page.PageTable;
import dev.paca.kv.page.Spares;
import dev.paca.kv.select.Selector;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The page tables of one sequence, one for each KV head of each layer, and how many tokens it has seen. */
final class HostCache implements KvCache {
    private final HostPool pool;
    private final KvPolicy policy;
    private final PageTable[] tables;
    private final @Nullable Selector selector;
    private final Learned learned;
    private final @Nullable Evictor evictor;
    /** Held from the reservation of a step that evicts to its end. */
    private final Spares spares;

    private final Beginning beginning;
    private final ReadCounts reads;
    private int length;
    private @Nullable AttentionProbe probe;
    private boolean closed;

    HostCache(HostPool pool, KvPolicy policy, PageTable[] tables, int length) {
        this.pool = pool;
        this.policy = policy;
        this.tables = tables;
        this.length = length;
        this.beginning = new Beginning(pool.prefixes(), policy);
        this.reads = new ReadCounts(pool.shape());
        this.learned = new Learned(policy, pool.shape());
        this.evictor = Evictor.of(policy, pool.shape());
        this.spares = new Spares(tables[0].store());
        boolean readsAll = policy.selection().method() == Selection.Method.ALL;
        this.selector = readsAll ? null : Selector.of(policy, pool.scorer());
    }

    /** What chooses in decode; null where everything is read. */
    @Nullable
    Selector selector() {
        return selector;
    }

    /** What the selection has learned of the sequence. */
    Learned learned() {
        return learned;
    }

    /** What is counted while decoding reads. */
    ReadCounts reads() {
        return reads;
    }

    /** The tokens that were run. */
    Beginning beginning() {
        return beginning;
    }

    /** What evicts; null where everything is kept. */
    @Nullable
    Evictor evictor() {
        return evictor;
    }

    /** Pages that are held for an eviction. */
    Spares spares() {
        return spares;
    }

    /** First tokens that are never evicted. */
    int protectedTokens() {
        return evictor == null ? 0 : evictor.protectedTokens();
    }

    @Override
    public void protect(int tokens) {
        checkOpen();
        if (tokens < 0) {
            throw new PacaException("The first " + tokens + " tokens were to be kept; give none or more.");
        }
        if (evictor != null) {
            evictor.protect(tokens);
        }
    }

    @Override
    public KvPolicy policy() {
        return policy;
    }

    HostPool pool() {
        return pool;
    }

    @Override
    public int length() {
        return length;
    }

    /** Looks at what decode reads of this sequence from now on; null for nobody. */
    void probe(@Nullable AttentionProbe next) {
        probe = next;
    }

    @Nullable
    AttentionProbe probe() {
        return probe;
    }

    /** The table of a KV head. */
    PageTable table(int layer, int kvHead) {
        return tables[layer * pool.shape().kvHeads() + kvHead];
    }

    /** Reads a KV head's keys and values as they were stored, into rows of all KV heads. */
    void read(int layer, int kvHead, int from, int tokens, float[] k, float[] v) {
        KvShape shape = pool.shape();
        PageTable table = table(layer, kvHead);
        for (int i = 0; i < tokens; i++) {
            int to = i * shape.kvDim() + kvHead * shape.headDim();
            int page = table.page(from + i);
            table.store().readKey(page, table.place(from + i), k, to);
            table.store().readValue(page, table.place(from + i), v, to);
        }
    }

    @Override
    public void reserve(int tokens) {
        // While a prompt is read nothing is evicted.
        reserve(tokens, Phase.PREFILL);
    }

    @Override
    public int stepTokens(Phase phase) {
        return evictor == null ? Integer.MAX_VALUE : evictor.stepTokens(this, phase);
    }

    @Override
    public void reserve(int tokens, Phase phase) {
        checkOpen();
        if (tokens < 0 || tokens > Integer.MAX_VALUE - 256 - length) {
            throw new PacaException("Room for " + tokens + " more tokens was asked for in a cache of " + length
                    + " tokens; a sequence has at most 2^31 tokens.");
        }
        Demand demand = new Demand();
        demand(tokens, phase, demand);
        pool.secure(demand);
        take(tokens, phase);
    }

    /** Adds what {@link #take} will take. */
    void demand(int tokens, Phase phase, Demand demand) {
        for (PageTable table : tables) {
            demand.add(table, tokens);
        }
        if (evicts(tokens, phase)) {
            PageStore store = tables[0].store();
            demand.add(store, Compaction.encodedSpares(tables) - spares.encoded());
            demand.add(store.open(), Compaction.openSpares(tables) - spares.open());
        }
    }

    private boolean evicts(int tokens, Phase phase) {
        return evictor != null && evictor.evicts(this, phase, tokens);
    }

    /** Takes pages for so many tokens more; they have been secured. */
    void take(int tokens, Phase phase) {
        boolean evicts = evicts(tokens, phase);
        int encoded = evicts ? Compaction.encodedSpares(tables) : 0;
        int open = evicts ? Compaction.openSpares(tables) : 0;
        for (PageTable table : tables) {
            table.reserve(tokens);
        }
        spares.fill(encoded, open);
    }

    /** The span's tokens have been written. */
    void advance(KvStep.Span span) {
        for (PageTable table : tables) {
            table.advance(span.tokens(), length);
        }
        boolean asPrompt = span.phase() != Phase.DECODE || selector == null;
        beginning.append(span, length, asPrompt);
        length += span.tokens();
        if (isComplete()) {
            beginning.offer(tables);
        }
    }

    /** Begins with pages that the pool has kept. */
    void adopt(List<PrefixCache.Block> blocks, int[] prompt) {
        for (int t = 0; t < tables.length; t++) {
            int[] pages = new int[blocks.size()];
            for (int i = 0; i < pages.length; i++) {
                pages[i] = blocks.get(i).page(t);
                tables[t].store().retain(pages[i]);
            }
            tables[t].adopt(pages);
            Sealer.adopt(tables[t]);
        }
        length = blocks.size() * policy.pageTokens();
        beginning.adopt(blocks, prompt, length);
    }

    /** Positions of a table's first slots, of which some may have been written in the step under way. */
    int[] positions(PageTable table, int slots) {
        int written = table.tokens();
        return IntStream.range(0, slots)
                .map(slot -> slot < written ? table.position(slot) : length + slot - written)
                .toArray();
    }

    /** Tokens that other sequences are not to begin with have been written: only these of the slots are left, and were these. */
    void become(Contents contents) {
        length = contents.ids().length;
        for (int t = 0; t < tables.length; t++) {
            tables[t].become(contents.positions()[t], length);
        }
        beginning.remember(contents.ids(), 0);
        if (evictor != null) {
            evictor.become(length, contents.protectedTokens());
        }
    }

    PageTable[] tables() {
        return tables;
    }

    /** Writes what its policy remembers beside the pages. */
    void saveState(DataOutputStream out) throws IOException {
        learned.save(out);
        if (evictor != null) {
            evictor.save(out);
        }
    }

    void restoreState(DataInputStream in) throws IOException {
        learned.restore(in);
        if (evictor != null) {
            evictor.restore(length, in);
        }
    }

    /** Whether nothing has been evicted. */
    boolean isComplete() {
        for (PageTable table : tables) {
            if (!table.isComplete()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean canTruncate(int length) {
        if (length < 0 || length > this.length) {
            return false;
        }
        if (length < this.length && !(evictor == null ? isComplete() : evictor.canTruncate(length))) {
            return false;
        }
        for (PageTable table : tables) {
            if (length < this.length && !table.canTruncate(length)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void truncate(int length) {
        checkOpen();
        if (!canTruncate(length)) {
            throw new PacaException("A cache of " + this.length + " tokens cannot be cut to " + length
                    + ": only shorter lengths are possible, what was evicted cannot come back, and tokens that were"
                    + " encoded together cannot be parted. Start the sequence anew.");
        }
        for (PageTable table : tables) {
            table.truncate(length);
        }
        spares.release();
        if (evictor != null) {
            evictor.truncated(length);
        }
        this.length = length;
        beginning.truncate(length);
    }

    @Override
    public KvCache fork(KvPolicy other) {
        checkOpen();
        PageTable[] same = tables(other);
        HostCache fork = new HostCache(pool, other, same, length);
        if (other.equals(policy)) {
            fork.beginning.copy(beginning);
        } else {
            // What another policy computes of the same tokens is not to be shared as this one's.
            fork.beginning.remember(beginning.ids(), 0);
        }
        fork.goOnFrom(this);
        if (same[0].store() == tables[0].store()) {
            fork.learned.share(learned);
        }
        return pool.register(fork);
    }

    /** Remembers of the same tokens what another cache does, as far as both their methods remember the same. */
    void goOnFrom(HostCache other) {
        if (evictor != null && other.evictor != null) {
            evictor.copy(other.evictor);
        }
        learned.copy(other.learned);
    }

    /** Tables of the same tokens for another policy. */
    private PageTable[] tables(KvPolicy other) {
        PageStore to = pool.store(other);
        PageFormat mine = tables[0].store().format();
        if (!to.format().with(mine.index()).equals(mine)) {
            throw new PacaException("A cache that stores keys and values as " + policy.k() + " and " + policy.v()
                    + " in pages of " + policy.pageTokens() + " tokens cannot go on with " + other.k() + " and "
                    + other.v() + " in pages of " + other.pageTokens()
                    + ". Open a cache with that policy and prefill it.");
        }
        PageTable[] same = new PageTable[tables.length];
        if (to == tables[0].store()) {
            Arrays.setAll(same, i -> tables[i].share());
            return same;
        }
        Demand demand = new Demand();
        for (PageTable table : tables) {
            demand.add(to, table.used(false));
            demand.add(to.open(), table.used(true));
        }
        pool.secure(demand);
        for (int i = 0; i < tables.length; i++) {
            same[i] = tables[i].copy(to);
            Sealer.sealAll(same[i]);
        }
        return same;
    }

    @Override
    public CacheUsage usage() {
        checkOpen();
        long pages = 0;
        long bytes = 0;
        for (PageTable table : tables) {
            pages += table.held().length;
            bytes += table.heldBytes();
        }
        pages += spares.held().length;
        bytes += spares.bytes() + tableBytes();
        KvShape shape = pool.shape();
        PageFormat dense = HostPool.format(KvPolicy.DENSE, shape);
        long denseBytes = (long) tables.length * dense.pages(length) * dense.bytes();
        List<LayerUsage> layers =
                IntStream.range(0, shape.layers()).mapToObj(this::layerUsage).toList();
        return new CacheUsage(length, pages, bytes, denseBytes, reads.bytes(), reads.denseBytes(), layers);
    }

    private LayerUsage layerUsage(int layer) {
        int heads = pool.shape().kvHeads();
        return reads.usage(layer, Arrays.asList(tables).subList(layer * heads, (layer + 1) * heads));
    }

    long tableBytes() {
        long sum = 0;
        for (PageTable table : tables) {
            sum += table.bytes();
        }
        return sum + learned.bytes() + (evictor == null ? 0 : evictor.bytes());
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            for (PageTable table : tables) {
                table.clear();
            }
            spares.release();
            pool.forget(this);
        }
    }

    /** The pool is gone, and with it every page. */
    void abandon() {
        closed = true;
    }

    void checkOpen() {
        if (closed) {
            throw new PacaException("This KV cache has been closed; open another one from its pool.");
        }
    }

    static PageTable[] emptyTables(KvShape shape, PageStore store) {
        PageTable[] tables = new PageTable[shape.layers() * shape.kvHeads()];
        for (int i = 0; i < tables.length; i++) {
            tables[i] = new PageTable(store);
        }
        return tables;
    }
}
