package dev.paca.tornado.pool;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvMemoryException;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvPool;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.PoolUsage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The host's side of a pool whose pages lie on a device: which are free, who holds which, what must be copied there before
 * the next step. All sequences have one policy, since the device's arrays are laid out for one. A page holds all layers and
 * heads of its tokens.
 */
public final class DevicePool implements KvPool {
    private final KvShape shape;
    private final KvPolicy policy;
    private final long pageBytes;
    private final int[] references;
    private final int[] free;
    private int freeCount;
    private final Prefixes prefixes = new Prefixes();
    private final PageDevice device;
    private final List<PageCopy> copies = new ArrayList<>();
    private final Set<DeviceCache> caches = new LinkedHashSet<>();
    private boolean closed;

    /** A page that must be copied on the device before it is written to. */
    private record PageCopy(int from, int to) {}

    /**
     * @param policy the one policy of this pool
     * @param pages pages on the device
     * @param pageBytes bytes of a page, all layers together
     * @param device where the pages are
     */
    public DevicePool(KvShape shape, KvPolicy policy, int pages, long pageBytes, PageDevice device) {
        this.shape = shape;
        this.policy = policy;
        this.pageBytes = pageBytes;
        this.device = device;
        references = new int[pages];
        free = new int[pages];
        freeCount = pages;
        Arrays.setAll(free, i -> pages - 1 - i);
    }

    @Override
    public KvShape shape() {
        return shape;
    }

    @Override
    public KvCache open(KvPolicy wanted, int[] prompt) {
        checkOpen();
        check(wanted);
        DeviceCache cache = openEmpty();
        int tokens = policy.pageTokens();
        long parent = Prefixes.ROOT;
        // the last token always runs, to give logits
        for (int at = 0; at + tokens < prompt.length; at += tokens) {
            int[] ids = Arrays.copyOfRange(prompt, at, at + tokens);
            int page = prefixes.find(parent, ids);
            if (page < 0) {
                break;
            }
            parent = prefixes.serial(page);
            hold(page);
            cache.adopt(page, ids);
        }
        return cache;
    }

    DeviceCache openEmpty() {
        DeviceCache cache = new DeviceCache(this, policy);
        caches.add(cache);
        return cache;
    }

    @Override
    public void save(KvCache cache, OutputStream to) throws IOException {
        checkOpen();
        if (!(cache instanceof DeviceCache own) || own.pool() != this) {
            throw new PacaException("A cache of another pool cannot be saved by this one. Ask its own.");
        }
        own.checkOpen();
        settle();
        new HostForm(this, device).save(own, to);
    }

    @Override
    public KvCache restore(KvPolicy wanted, InputStream from) throws IOException {
        checkOpen();
        check(wanted);
        settle();
        return new HostForm(this, device).restore(from);
    }

    @Override
    public long bytes(KvPolicy wanted, int tokens) {
        check(wanted);
        return Math.ceilDiv((long) tokens, policy.pageTokens()) * pageBytes;
    }

    private void check(KvPolicy wanted) {
        if (!wanted.equals(policy)) {
            throw new PacaException("The device's pages were laid out for " + policy + ", but a sequence asks for "
                    + wanted + ". Ask for the former, load the model with the latter, or use --device cpu.");
        }
    }

    @Override
    public PoolUsage usage() {
        long held = references.length - freeCount - prefixes.spare();
        long shared = Arrays.stream(references).filter(r -> r > 1).count();
        long tables = caches.stream().mapToLong(c -> 4L * c.pageCount()).sum();
        return new PoolUsage(
                references.length * pageBytes,
                held,
                shared,
                held * pageBytes,
                0,
                0,
                tables,
                (references.length - held) * pageBytes);
    }

    /** Has the device copy what must be copied before pages are written to. */
    public void settle() {
        for (PageCopy copy : copies) {
            device.copy(copy.from(), copy.to());
        }
        copies.clear();
    }

    @Override
    public void close() {
        closed = true;
        caches.clear();
    }

    void checkOpen() {
        if (closed) {
            throw new PacaException("The device's page pool is closed. Load the model anew.");
        }
    }

    /** The one policy of its sequences. */
    public KvPolicy policy() {
        return policy;
    }

    /** Bytes of a page, all layers together. */
    public long pageBytes() {
        return pageBytes;
    }

    Prefixes prefixes() {
        return prefixes;
    }

    void register(DeviceCache cache) {
        caches.add(cache);
    }

    void forget(DeviceCache cache) {
        caches.remove(cache);
    }

    boolean shared(int page) {
        return references[page] > 1;
    }

    void hold(int page) {
        if (references[page]++ == 0) {
            prefixes.hold(page);
        }
    }

    void release(int page) {
        if (--references[page] == 0) {
            if (prefixes.knows(page)) {
                prefixes.release(page);
            } else {
                free[freeCount++] = page;
            }
        }
    }

    /** Makes sure that so many pages can be taken. */
    void check(int pages) {
        int spare = freeCount + prefixes.spare();
        if (pages > spare) {
            throw new KvMemoryException(
                    "The device's page pool has " + spare + " of " + references.length + " pages left, " + pages
                            + " are needed. Close sequences, shorten the context, or give the cache more memory.",
                    pages * pageBytes,
                    spare * pageBytes);
        }
    }

    /** A page nobody holds, held once. */
    int take() {
        int page = freeCount > 0 ? free[--freeCount] : prefixes.evict();
        references[page] = 1;
        return page;
    }

    /** Has {@code page} copied before the next step, and gives the copy; the caller's reference moves to it. */
    int copy(int page) {
        int fresh = take();
        copies.add(new PageCopy(page, fresh));
        release(page);
        return fresh;
    }
}
