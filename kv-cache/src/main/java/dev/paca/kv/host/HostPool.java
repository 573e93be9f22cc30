package dev.paca.kv.host;

import dev.paca.kv.ChannelLabels;
import dev.paca.kv.Eviction;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvPool;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.PoolUsage;
import dev.paca.kv.Workers;
import dev.paca.kv.attention.AttentionKernel;
import dev.paca.kv.index.Scorer;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageMemory;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.select.Selector;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The pool whose pages lie in this process's memory, outside the heap. */
public final class HostPool implements KvPool {
    private final KvShape shape;
    private final PageMemory memory;
    private final AttentionKernel kernel;
    private final Map<PageFormat, PageStore> stores = new LinkedHashMap<>();
    private final Set<HostCache> caches = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<AttentionKernel.Scratch> scratch = new ArrayList<>();
    private final Scorer scorer;
    private final List<Choice.Scratch> choices = new ArrayList<>();
    private final PrefixCache prefixes = new PrefixCache();
    private boolean closed;

    /**
     * @param shape geometry of the model
     * @param limitBytes most bytes of pages to hold; page tables are not counted in it
     */
    public HostPool(KvShape shape, long limitBytes) {
        this(shape, limitBytes, Kernels.best(), Kernels.bestScorer());
    }

    /** A pool that attends with a given kernel, and selects with a given scorer. */
    public HostPool(KvShape shape, long limitBytes, AttentionKernel kernel, Scorer scorer) {
        if (limitBytes <= 0) {
            throw new PacaException("The KV cache's limit must be positive, found " + limitBytes + " bytes.");
        }
        this.shape = shape;
        this.memory = new PageMemory(limitBytes);
        this.kernel = kernel;
        this.scorer = scorer;
    }

    @Override
    public KvShape shape() {
        return shape;
    }

    @Override
    public KvCache open(KvPolicy policy, int[] prompt) {
        checkOpen();
        PageStore store = store(policy);
        HostCache cache = register(new HostCache(this, policy, HostCache.emptyTables(shape, store), 0));
        if (Beginning.sharesPrefixes(policy)) {
            int pages = Math.max(0, prompt.length - 1) / policy.pageTokens();
            List<PrefixCache.Block> blocks = prefixes.find(policy, prompt, pages);
            // Codes of keys need an anchor, which the first tokens must be enough for. Windows cannot be parted.
            int count = store.format().shareable(blocks.size());
            if (count > 0 && count >= store.format().anchorPages()) {
                cache.adopt(blocks.subList(0, count), prompt);
            }
        }
        return cache;
    }

    /** The pages of a policy. */
    PageStore store(KvPolicy policy) {
        return stores.computeIfAbsent(format(policy, shape), f -> new PageStore(f, memory));
    }

    @Override
    public void save(KvCache cache, OutputStream to) throws IOException {
        checkOpen();
        CacheFile.save(own(cache), shape, to);
    }

    @Override
    public KvCache restore(KvPolicy policy, InputStream from) throws IOException {
        checkOpen();
        return register(CacheFile.restore(this, policy, store(policy), from));
    }

    /** What a cache holds beside keys and values. */
    public Contents contents(KvCache cache) {
        return Contents.of(own(cache));
    }

    /**
     * A cache that holds what another device has computed.
     *
     * @param chunk slots that are read at a time
     */
    public KvCache open(KvPolicy policy, Contents contents, int chunk, Contents.Source source) {
        HostCache cache = own(open(policy));
        try {
            contents.fill(this, cache, chunk, source);
        } catch (RuntimeException | Error e) {
            cache.close();
            throw e;
        }
        return cache;
    }

    /**
     * Reads a layer's keys and values as they were stored.
     *
     * @param from slot of the first token; the {@code tokens} that follow must be held too
     * @param k rows of {@code kvHeads × headDim}
     * @param v laid out alike
     */
    public void read(KvCache cache, int layer, int from, int tokens, float[] k, float[] v) {
        checkOpen();
        HostCache own = own(cache);
        for (int head = 0; head < shape.kvHeads(); head++) {
            own.read(layer, head, from, tokens, k, v);
        }
    }

    /**
     * Begins a forward pass over the spans. Pages for all of them are taken, or none.
     *
     * @param spans runs of tokens, each of another cache of this pool
     * @throws dev.paca.kv.KvMemoryException if the limit does not allow them; nothing has changed then
     */
    public KvStep step(List<KvStep.Span> spans, Workers workers) {
        checkOpen();
        Set<KvCache> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Demand demand = new Demand();
        for (KvStep.Span span : spans) {
            HostCache cache = own(span.cache());
            if (!seen.add(cache)) {
                throw new PacaException("A step runs each sequence once, found the same cache in two of its spans.");
            }
            if (span.tokens() > cache.stepTokens(span.phase())) {
                throw new PacaException("A step runs " + span.tokens() + " tokens of a sequence of which some are to be"
                        + " evicted after " + cache.stepTokens(span.phase()) + ". Run those first.");
            }
            cache.demand(span.tokens(), span.phase(), demand);
        }
        secure(demand);
        for (KvStep.Span span : spans) {
            own(span.cache()).take(span.tokens(), span.phase());
        }
        while (scratch.size() < workers.threads()) {
            scratch.add(kernel.scratch());
            choices.add(new Choice.Scratch(new Selector.Scratch(scorer)));
        }
        stores.values().forEach(PageStore::dropScratch);
        return new KvStep(shape, spans, workers, new Attend(workers, kernel, scratch, choices));
    }

    @Override
    public long bytes(KvPolicy policy, int tokens) {
        PageFormat format = format(policy, shape);
        return shape.layers() * shape.kvHeads() * format.mostBytes(tokens);
    }

    @Override
    public long bytes(KvPolicy policy, int prompt, int tokens) {
        Eviction eviction = policy.eviction();
        if (eviction.isOff()) {
            return bytes(policy, tokens);
        }
        int kept = Math.min(prompt, eviction.kept(prompt));
        long answered = eviction.method().evictsInDecode()
                ? Math.min(tokens, (long) eviction.kept(tokens) + eviction.every())
                : kept + (long) tokens - prompt;
        long most = Math.max(prompt, answered);
        PageFormat format = format(policy, shape);
        // Where layers or heads keep different numbers of tokens, each may hold a page that is not full.
        if (most > prompt) {
            most = Math.min(Integer.MAX_VALUE / 2, most + format.tokens());
        }
        return shape.layers() * shape.kvHeads() * (format.mostBytes((int) most) + format.spareOpenBytes())
                + format.bytes()
                + format.indexBytes();
    }

    @Override
    public PoolUsage usage() {
        long pages = 0;
        long shared = 0;
        long bytes = 0;
        long index = 0;
        long residual = 0;
        for (PageStore store : stores.values()) {
            long used = store.used() - prefixes.idlePages(store);
            long open = store.hasOpen() ? store.open().used() : 0;
            pages += used + open;
            shared += store.shared() - prefixes.usedOnce(store);
            shared += store.hasOpen() ? store.open().shared() : 0;
            residual += open * store.open().format().bytes();
            bytes += used * store.format().bytes();
            index += (used + open) * store.format().indexBytes();
        }
        bytes += residual;
        long tables = 0;
        for (HostCache cache : caches) {
            tables += cache.tableBytes();
        }
        return new PoolUsage(
                memory.limit(), pages, shared, bytes, residual, index, tables, memory.held() - bytes - index);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            caches.forEach(HostCache::abandon);
            caches.clear();
            prefixes.clear();
            stores.values().forEach(PageStore::close);
        }
    }

    /** Makes sure that all pages of a demand are free, or changes nothing that anyone could see. */
    void secure(Demand demand) {
        if (demand.growth() > memory.available()) {
            stores.values().forEach(PageStore::trim);
        }
        if (demand.growth() > memory.available() && demand.growth() <= memory.available() + idleBytes()) {
            dropPrefixes(demand);
        }
        demand.secure(memory);
    }

    /** Drops pages that no sequence uses until the demand can be met. */
    private void dropPrefixes(Demand demand) {
        for (PrefixCache.Block block : prefixes.oldestFirst()) {
            if (prefixes.drop(block)) {
                if (demand.growth() > memory.available()) {
                    stores.values().forEach(PageStore::trim);
                }
                if (demand.growth() <= memory.available()) {
                    return;
                }
            }
        }
    }

    /** Bytes that dropping every prefix that no sequence uses could give at most. */
    private long idleBytes() {
        long sum = 0;
        for (PageStore store : stores.values()) {
            PageFormat format = store.format();
            // Its free pages may become an empty chunk together with these.
            sum += (prefixes.idlePages(store) + store.free()) * (format.bytes() + format.indexBytes());
        }
        return sum;
    }

    /** Gives back the pages that are kept for sequences to come, so that tests can count the others. */
    void forgetPrefixes() {
        for (PrefixCache.Block block : prefixes.oldestFirst()) {
            prefixes.drop(block);
        }
        stores.values().forEach(PageStore::trim);
    }

    PrefixCache prefixes() {
        return prefixes;
    }

    Collection<PageStore> stores() {
        return stores.values();
    }

    Set<HostCache> caches() {
        return caches;
    }

    Scorer scorer() {
        return scorer;
    }

    HostCache register(HostCache cache) {
        caches.add(cache);
        return cache;
    }

    void forget(HostCache cache) {
        caches.remove(cache);
    }

    static PageFormat format(KvPolicy policy, KvShape shape) {
        policy.selection().check(shape);
        ChannelLabels labels = policy.selection().labels();
        if (labels != null) {
            labels.check(shape);
        }
        IndexForm index = switch (policy.selection().method()) {
            case QUEST -> IndexForm.MIN_MAX;
            case QUEST_MEAN -> IndexForm.MEAN_DEVIATION;
            case KEY_CODES -> IndexForm.KEY_CODES;
            default -> policy.selection().keyRows() ? IndexForm.KEY_ROWS : IndexForm.NONE;
        };
        return new PageFormat(policy.k(), policy.v(), policy.pageTokens(), shape.headDim(), index);
    }

    private HostCache own(KvCache cache) {
        if (!(cache instanceof HostCache mine) || mine.pool() != this) {
            throw new PacaException("A step's caches must come from its own pool, found one of another pool.");
        }
        mine.checkOpen();
        return mine;
    }

    private void checkOpen() {
        if (closed) {
            throw new PacaException("The KV pool has been closed; load the model anew.");
        }
    }
}
