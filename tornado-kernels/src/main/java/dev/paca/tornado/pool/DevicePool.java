package dev.paca.tornado.pool;

import dev.paca.kv.Eviction;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvPool;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.PoolUsage;
import dev.paca.kv.Selection;
import dev.paca.kv.page.IndexForm;
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
 * the next step. All sequences have one policy, since the device's arrays are laid out for one. A page holds all heads of
 * its tokens, and all layers where they hold as many tokens.
 */
public final class DevicePool implements KvPool {
    private final KvShape shape;
    private final KvPolicy policy;
    private final List<Lane> lanes = new ArrayList<>();
    private final PageDevice device;
    private final List<PageCopy> copies = new ArrayList<>();
    private final Set<DeviceCache> caches = new LinkedHashSet<>();
    private Eviction eviction;
    private boolean closed;

    /** Pages of all lanes that must be copied on the device before they are written to. */
    private record PageCopy(int[] from, int[] to) {}

    /**
     * @param policy the one policy of this pool
     * @param pages pages on the device
     * @param pageBytes bytes of a page, all layers together; or of each layer, where layers have pages of their own
     * @param device where the pages are
     */
    public DevicePool(KvShape shape, KvPolicy policy, int pages, long[] pageBytes, PageDevice device) {
        this.shape = shape;
        this.policy = policy;
        this.eviction = policy.eviction();
        this.device = device;
        for (long bytes : pageBytes) {
            lanes.add(new Lane(pages, bytes));
        }
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
        if (sharesPrefixes()) {
            share(cache, prompt);
        }
        return cache;
    }

    /** Whether prompts begin with pages of others: not where more is learned of a prompt than its keys and values. */
    boolean sharesPrefixes() {
        return policy.eviction().isOff();
    }

    private void share(DeviceCache cache, int[] prompt) {
        Lane lane = lanes.getFirst();
        int tokens = policy.pageTokens();
        long parent = Prefixes.ROOT;
        List<Integer> pages = new ArrayList<>();
        // the last token always runs, to give logits
        for (int at = 0; at + tokens < prompt.length; at += tokens) {
            int page = lane.prefixes().find(parent, Arrays.copyOfRange(prompt, at, at + tokens));
            if (page < 0) {
                break;
            }
            parent = lane.prefixes().serial(page);
            pages.add(page);
        }
        if (pages.size() * tokens < anchorTokens()) {
            return;
        }
        for (int i = 0; i < pages.size(); i++) {
            lane.hold(pages.get(i));
            cache.adopt(pages.get(i), Arrays.copyOfRange(prompt, i * tokens, (i + 1) * tokens));
        }
    }

    /** First tokens of a sequence that the codes of all its keys are relative to; 0 where there are none. */
    int anchorTokens() {
        return policy.selection().method() == Selection.Method.KEY_CODES ? IndexForm.KEY_CODES.anchorTokens() : 0;
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
        return Math.ceilDiv((long) tokens, policy.pageTokens()) * pageBytes();
    }

    @Override
    public long bytes(KvPolicy wanted, int prompt, int tokens) {
        check(wanted);
        Eviction eviction = policy.eviction();
        if (eviction.isOff()) {
            return bytes(wanted, tokens);
        }
        int kept = Math.min(prompt, eviction.kept(prompt));
        long answered = eviction.method().evictsInDecode()
                ? Math.min(tokens, (long) eviction.kept(tokens) + eviction.every())
                : kept + (long) tokens - prompt;
        // the layer that keeps most has twice as much as the mean, and pages that lie unused elsewhere are of no use to
        // it
        long most = lanes.size() == 1 ? answered : Math.min(tokens, answered + kept);
        return bytes(wanted, (int) Math.min(Integer.MAX_VALUE, Math.max(prompt, most)));
    }

    private void check(KvPolicy wanted) {
        if (!wanted.equals(policy)) {
            throw new PacaException("The device's pages were laid out for " + policy + ", but a sequence asks for "
                    + wanted + ". Ask for the former, load the model with the latter, or use --device cpu.");
        }
    }

    @Override
    public PoolUsage usage() {
        long limit = 0;
        long held = 0;
        long shared = 0;
        long bytes = 0;
        for (Lane lane : lanes) {
            limit += lane.pages() * lane.pageBytes();
            held += lane.held();
            shared += lane.shared();
            bytes += lane.held() * lane.pageBytes();
        }
        long tables = caches.stream().mapToLong(DeviceCache::tableBytes).sum();
        return new PoolUsage(limit, held, shared, bytes, 0, 0, tables, limit - bytes);
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

    /** Sequences that are opened from now on evict like that, by the policy's own method. */
    public void evict(Eviction like) {
        eviction = like;
    }

    /** How sequences that are opened evict. */
    Eviction eviction() {
        return eviction;
    }

    /** Bytes of a page, all layers together. */
    public long pageBytes() {
        return lanes.stream().mapToLong(Lane::pageBytes).sum();
    }

    /** One for all layers, or one for each. */
    List<Lane> lanes() {
        return lanes;
    }

    PageDevice device() {
        return device;
    }

    void register(DeviceCache cache) {
        caches.add(cache);
    }

    void forget(DeviceCache cache) {
        caches.remove(cache);
    }

    /** Has pages of all lanes copied before the next step; one is copied to itself where nothing is to be done. */
    void copy(int[] from, int[] to) {
        copies.add(new PageCopy(from, to));
    }
}
