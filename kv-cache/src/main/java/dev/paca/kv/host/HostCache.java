package dev.paca.kv.host;

import dev.paca.kv.CacheUsage;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.Selection;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.page.PageTable;
import dev.paca.kv.select.Selector;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The page tables of one sequence, one for each KV head of each layer, and how many tokens it has seen. */
final class HostCache implements KvCache {
    private final HostPool pool;
    private final KvPolicy policy;
    private final PageTable[] tables;
    private final @Nullable Selector selector;
    private final Labels @Nullable [] labels;
    private final MeanValue @Nullable [] means;
    private int length;
    private boolean closed;
    private long readBytes;
    private long denseReadBytes;

    HostCache(HostPool pool, KvPolicy policy, PageTable[] tables, int length) {
        this.pool = pool;
        this.policy = policy;
        this.tables = tables;
        this.length = length;
        Selection.Method method = policy.selection().method();
        this.selector = method == Selection.Method.ALL ? null : Selector.of(policy, pool.scorer());
        this.labels = method == Selection.Method.DOUBLE_SPARSITY
                ? forEachTable(
                        new Labels[tables.length], () -> new Labels(pool.shape().headDim()))
                : null;
        this.means = method == Selection.Method.SPARQ
                ? forEachTable(
                        new MeanValue[tables.length],
                        () -> new MeanValue(pool.shape().headDim()))
                : null;
    }

    private static <T> T[] forEachTable(T[] array, Supplier<T> make) {
        Arrays.setAll(array, i -> make.get());
        return array;
    }

    /** What chooses in decode; null where everything is read. */
    @Nullable
    Selector selector() {
        return selector;
    }

    /** The channels calibrated for a KV head, where the policy needs them. */
    @Nullable
    Labels labels(int layer, int kvHead) {
        return labels == null ? null : labels[layer * pool.shape().kvHeads() + kvHead];
    }

    /** The mean value of a KV head, where the policy needs it. */
    @Nullable
    MeanValue mean(int layer, int kvHead) {
        return means == null ? null : means[layer * pool.shape().kvHeads() + kvHead];
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

    /** The table of a KV head. */
    PageTable table(int layer, int kvHead) {
        return tables[layer * pool.shape().kvHeads() + kvHead];
    }

    @Override
    public void reserve(int tokens) {
        checkOpen();
        if (tokens < 0 || tokens > Integer.MAX_VALUE - 256 - length) {
            throw new PacaException("Room for " + tokens + " more tokens was asked for in a cache of " + length
                    + " tokens; a sequence has at most 2^31 tokens.");
        }
        Demand demand = new Demand();
        demand(tokens, demand);
        pool.secure(demand);
        take(tokens);
    }

    /** Adds what {@link #take} will take. */
    void demand(int tokens, Demand demand) {
        for (PageTable table : tables) {
            demand.add(table.store(), table.missing(tokens));
        }
    }

    /** Takes pages for so many tokens more; they have been secured. */
    void take(int tokens) {
        for (PageTable table : tables) {
            table.reserve(tokens);
        }
    }

    /** So many tokens have been written. */
    void advance(int tokens) {
        for (PageTable table : tables) {
            table.advance(tokens, length);
        }
        length += tokens;
    }

    /** A token's attention of one KV head has read so much in decode, with {@code seen} tokens run, itself included. */
    void countRead(long bytes, int seen) {
        PageFormat dense = HostPool.format(KvPolicy.DENSE, pool.shape());
        readBytes += bytes;
        denseReadBytes += dense.pages(seen) * dense.bytes();
    }

    @Override
    public boolean canTruncate(int length) {
        if (length < 0 || length > this.length) {
            return false;
        }
        for (PageTable table : tables) {
            if (!table.isComplete() && length < this.length) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void truncate(int length) {
        checkOpen();
        if (!canTruncate(length)) {
            throw new PacaException(
                    "A cache of " + this.length + " tokens cannot be cut to " + length
                            + ": only shorter lengths are possible, and what was evicted cannot come back. Start the sequence anew.");
        }
        for (PageTable table : tables) {
            table.truncate(length);
        }
        this.length = length;
    }

    @Override
    public KvCache fork() {
        checkOpen();
        PageTable[] shared = new PageTable[tables.length];
        for (int i = 0; i < tables.length; i++) {
            shared[i] = tables[i].share();
        }
        return pool.register(new HostCache(pool, policy, shared, length));
    }

    @Override
    public CacheUsage usage() {
        checkOpen();
        long pages = 0;
        long bytes = 0;
        for (PageTable table : tables) {
            pages += table.pageCount();
            PageFormat format = table.store().format();
            bytes += table.pageCount() * (format.bytes() + format.indexBytes()) + table.bytes();
        }
        KvShape shape = pool.shape();
        PageFormat dense = HostPool.format(KvPolicy.DENSE, shape);
        long denseBytes = (long) tables.length * dense.pages(length) * dense.bytes();
        return new CacheUsage(length, pages, bytes, denseBytes, readBytes, denseReadBytes);
    }

    long tableBytes() {
        long sum = 0;
        for (PageTable table : tables) {
            sum += table.bytes();
        }
        return sum;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            for (PageTable table : tables) {
                table.clear();
            }
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
