package dev.paca.tornado.pool;

import dev.paca.kv.CacheUsage;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import java.util.Arrays;
import java.util.List;

/** The page table of one sequence: one for all layers and heads, and the tokens that the pages hold. */
public final class DeviceCache implements KvCache {
    private final DevicePool pool;
    private final KvPolicy policy;
    private int[] pages = new int[8];
    private int pageCount;
    private int[] tokens = new int[64];
    private int length;
    private boolean closed;
    private long readBytes;
    private long denseReadBytes;

    DeviceCache(DevicePool pool, KvPolicy policy) {
        this.pool = pool;
        this.policy = policy;
    }

    @Override
    public KvPolicy policy() {
        return policy;
    }

    /** The pool that it belongs to. */
    public DevicePool pool() {
        return pool;
    }

    @Override
    public int length() {
        return length;
    }

    /** Ids of its tokens. */
    int[] ids() {
        return Arrays.copyOf(tokens, length);
    }

    /** Pages of its table. */
    public int pageCount() {
        return pageCount;
    }

    /** The page at that place of the table. */
    public int page(int index) {
        return pages[index];
    }

    @Override
    public void reserve(int more) {
        checkOpen();
        if (more < 0 || more > Integer.MAX_VALUE - 256 - length) {
            throw new PacaException("Room for " + more + " more tokens was asked for in a cache of " + length
                    + " tokens; a sequence has at most 2^31 tokens.");
        }
        int each = policy.pageTokens();
        int missing = Math.max(0, (length + more + each - 1) / each - pageCount);
        int last = length / each;
        boolean writes = more > 0 && last < pageCount;
        boolean copies = writes && pool.shared(pages[last]);
        pool.check(missing + (copies ? 1 : 0));
        if (copies) {
            pages[last] = pool.copy(pages[last]);
        } else if (writes && length % each != 0) {
            // it was full once and is about to change
            pool.prefixes().remove(pages[last]);
        }
        for (int i = 0; i < missing; i++) {
            push(pool.take());
        }
    }

    /** Whether so many more tokens have been reserved. */
    public boolean hasRoom(int more) {
        return (long) pageCount * policy.pageTokens() >= (long) length + more;
    }

    /** These tokens have been written to the device's pages. */
    public void advance(int[] ids, int from, int count) {
        if (length + count > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(2 * tokens.length, length + count));
        }
        System.arraycopy(ids, from, tokens, length, count);
        int each = policy.pageTokens();
        int before = length / each;
        length += count;
        for (int i = before; i < length / each; i++) {
            remember(i);
        }
    }

    private void remember(int index) {
        Prefixes prefixes = pool.prefixes();
        if (index > 0 && !prefixes.knows(pages[index - 1])) {
            // another sequence wrote the same beginning first; what follows its page is found after that one
            return;
        }
        long parent = index == 0 ? Prefixes.ROOT : prefixes.serial(pages[index - 1]);
        int each = policy.pageTokens();
        prefixes.add(parent, Arrays.copyOfRange(tokens, index * each, (index + 1) * each), pages[index]);
    }

    /** Takes over a page that already holds these tokens. */
    void adopt(int page, int[] ids) {
        push(page);
        if (length + ids.length > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(2 * tokens.length, length + ids.length));
        }
        System.arraycopy(ids, 0, tokens, length, ids.length);
        length += ids.length;
    }

    /** Attention in decode has read so many bytes, where dense F16 would have read {@code dense}. */
    public void countRead(long bytes, long dense) {
        readBytes += bytes;
        denseReadBytes += dense;
    }

    @Override
    public boolean canTruncate(int length) {
        return length >= 0 && length <= this.length;
    }

    @Override
    public void truncate(int length) {
        checkOpen();
        if (!canTruncate(length)) {
            throw new PacaException("A cache of " + this.length + " tokens cannot be cut to " + length
                    + ": only shorter lengths are possible.");
        }
        int each = policy.pageTokens();
        int keep = (length + each - 1) / each;
        while (pageCount > keep) {
            pool.release(pages[--pageCount]);
        }
        this.length = length;
    }

    @Override
    public KvCache fork(KvPolicy next) {
        checkOpen();
        if (!next.equals(policy)) {
            throw new PacaException("On the device a copy of a cache keeps its policy, found " + policy + " and " + next
                    + ". Open a cache with that policy and prefill it.");
        }
        DeviceCache other = new DeviceCache(pool, policy);
        other.pages = pages.clone();
        other.pageCount = (length + policy.pageTokens() - 1) / policy.pageTokens();
        other.tokens = tokens.clone();
        other.length = length;
        for (int i = 0; i < other.pageCount; i++) {
            pool.hold(pages[i]);
        }
        pool.register(other);
        return other;
    }

    @Override
    public CacheUsage usage() {
        checkOpen();
        KvShape shape = pool.shape();
        long dense = 4L * shape.layers() * shape.kvDim() * length;
        return new CacheUsage(
                length,
                pageCount,
                pageCount * pool.pageBytes() + 4L * pages.length,
                dense,
                readBytes,
                denseReadBytes,
                List.of());
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            for (int i = 0; i < pageCount; i++) {
                pool.release(pages[i]);
            }
            pageCount = 0;
            pool.forget(this);
        }
    }

    /** Throws if it is closed. */
    public void checkOpen() {
        pool.checkOpen();
        if (closed) {
            throw new PacaException("This sequence's cache is closed. Open another.");
        }
    }

    private void push(int page) {
        if (pageCount == pages.length) {
            pages = Arrays.copyOf(pages, 2 * pageCount);
        }
        pages[pageCount++] = page;
    }
}
