package dev.paca.tornado.pool;

import dev.paca.kv.CacheUsage;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.LayerUsage;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.host.Contents;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The page tables of one sequence, one for all heads of a lane's layers, and the tokens that were run. */
public final class DeviceCache implements KvCache {
    private final DevicePool pool;
    private final KvPolicy policy;
    private final List<LaneTable> tables = new ArrayList<>();
    private final @Nullable DeviceEvictor evictor;
    private int[] tokens = new int[64];
    private int length;
    private boolean closed;
    private long readBytes;
    private long denseReadBytes;

    DeviceCache(DevicePool pool, KvPolicy policy) {
        this.pool = pool;
        this.policy = policy;
        evictor = DeviceEvictor.of(pool.eviction(), pool.shape());
        for (Lane lane : pool.lanes()) {
            tables.add(new LaneTable(lane, policy.pageTokens()));
        }
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

    /** Ids of the tokens that were run. */
    public int[] ids() {
        return Arrays.copyOf(tokens, length);
    }

    /** Lanes: one, or one for each layer. */
    public int lanes() {
        return tables.size();
    }

    /** Pages of a lane's table. */
    public int pageCount(int lane) {
        return tables.get(lane).count();
    }

    /** The page at that place of a lane's table. */
    public int page(int lane, int index) {
        return tables.get(lane).page(index);
    }

    /** The page at a place of each lane's table; -1 where it ends before. */
    public int[] pages(int index) {
        return tables.stream()
                .mapToInt(table -> index < table.count() ? table.page(index) : -1)
                .toArray();
    }

    /** Slots that hold a token, in a layer: each of its heads has as many. */
    public int slots(int layer) {
        return table(layer).slots();
    }

    /** Slots of each lane, and so many more, which may be negative. */
    public int[] slotsOfLanes(int more) {
        return tables.stream().mapToInt(table -> table.slots() + more).toArray();
    }

    LaneTable table(int layer) {
        return tables.get(tables.size() == 1 ? 0 : layer);
    }

    /** What evicts; null where everything is kept. */
    @Nullable
    DeviceEvictor evictor() {
        return evictor;
    }

    @Override
    public void reserve(int more) {
        reserve(more, Phase.PREFILL);
    }

    @Override
    public void reserve(int more, Phase phase) {
        checkOpen();
        if (more < 0 || more > Integer.MAX_VALUE - 256 - length) {
            throw new PacaException("Room for " + more + " more tokens was asked for in a cache of " + length
                    + " tokens; a sequence has at most 2^31 tokens.");
        }
        own(more);
        int[] kept = kept(more, phase);
        boolean copies = false;
        for (int lane = 0; lane < kept.length; lane++) {
            LaneTable table = tables.get(lane);
            int spares = Math.max(0, table.wantedSpares(kept[lane]) - table.spares());
            table.lane().check(table.missing(more) + (table.copies(more) ? 1 : 0) + spares);
            copies |= table.copies(more);
        }
        if (copies) {
            copy(more);
        } else if (pool.sharesPrefixes() && length % policy.pageTokens() != 0 && more > 0) {
            // it was full once and is about to change
            Lane lane = tables.getFirst().lane();
            lane.prefixes().remove(tables.getFirst().writtenTo(more));
        }
        for (int lane = 0; lane < kept.length; lane++) {
            LaneTable table = tables.get(lane);
            for (int i = table.missing(more); i > 0; i--) {
                table.push(table.lane().take());
            }
            table.takeSpares(table.wantedSpares(kept[lane]));
        }
    }

    /** Slots that an eviction at the end of a step leaves of each lane; 0 if there is none. */
    private int[] kept(int more, Phase phase) {
        boolean evicts = evictor != null && more > 0 && evictor.evicts(this, phase, more);
        return evicts ? Arrays.copyOf(evictor.kept(this, more), tables.size()) : new int[tables.size()];
    }

    /**
     * Where so many more tokens complete what codes of keys are relative to, its pages are written to once more: they must
     * be the sequence's own, and are no beginning of others any more.
     */
    private void own(int more) {
        int anchor = pool.anchorTokens();
        LaneTable table = tables.getFirst();
        int room = Math.max(length + more, table.count() * policy.pageTokens());
        if (length >= anchor || room < anchor) {
            return;
        }
        int written = Math.ceilDiv(length, policy.pageTokens());
        int shared = 0;
        for (int i = 0; i < written; i++) {
            shared += table.lane().shared(table.page(i)) ? 1 : 0;
        }
        table.lane().check(table.missing(more) + shared);
        for (int i = 0; i < written; i++) {
            int page = table.page(i);
            if (table.lane().shared(page)) {
                int fresh = table.lane().take();
                table.lane().release(page);
                table.replace(i, fresh);
                pool.copy(new int[] {page}, new int[] {fresh});
            } else {
                table.lane().prefixes().remove(page);
            }
        }
    }

    /** Has pages copied that are about to be written to, and that others hold too. */
    private void copy(int more) {
        int[] from = new int[tables.size()];
        int[] to = new int[tables.size()];
        for (int lane = 0; lane < from.length; lane++) {
            LaneTable table = tables.get(lane);
            if (table.copies(more)) {
                from[lane] = table.writtenTo(more);
                to[lane] = table.lane().take();
                table.lane().release(from[lane]);
                table.replaceWritten(to[lane]);
            }
        }
        pool.copy(from, to);
    }

    @Override
    public int stepTokens(Phase phase) {
        return evictor == null ? Integer.MAX_VALUE : evictor.stepTokens(this, phase);
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

    /** Whether so many more tokens have been reserved. */
    public boolean hasRoom(int more) {
        return tables.stream().allMatch(table -> table.missing(more) == 0);
    }

    /**
     * Takes what an eviction at the end of a step needs beside.
     *
     * @throws dev.paca.kv.KvMemoryException if the pool does not have it; nothing has changed then
     */
    public void secure(int count, Phase phase) {
        if (evictor != null) {
            reserve(count, phase);
        }
    }

    /** These tokens have been written to the device's pages; what is to be evicted goes. */
    public void advance(int[] ids, int from, int count, Phase phase) {
        boolean evicts = evictor != null && evictor.evicts(this, phase, count);
        advance(ids, from, count);
        if (evictor != null) {
            evictor.ran(count, phase);
            if (evicts) {
                evictor.evict(this);
            }
            if (phase == Phase.PREFILL_END) {
                evictor.promptEnded(this);
            }
        }
        for (LaneTable table : tables) {
            table.releaseSpares();
        }
    }

    private void advance(int[] ids, int from, int count) {
        remember(ids, from, count);
        tables.forEach(table -> table.grow(count));
        int each = policy.pageTokens();
        // before the codes of the first pages are known, nobody can begin with them
        int before = length < pool.anchorTokens() ? 0 : length / each;
        length += count;
        for (int i = before; pool.sharesPrefixes() && length >= pool.anchorTokens() && i < length / each; i++) {
            offer(i);
        }
    }

    private void remember(int[] ids, int from, int count) {
        if (length + count > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(2 * tokens.length, length + count));
        }
        System.arraycopy(ids, from, tokens, length, count);
    }

    /** Lets prompts that begin alike find a page that has become full. */
    private void offer(int index) {
        LaneTable table = tables.getFirst();
        Prefixes prefixes = table.lane().prefixes();
        if (index > 0 && !prefixes.knows(table.page(index - 1))) {
            // another sequence wrote the same beginning first; what follows its page is found after that one
            return;
        }
        long parent = index == 0 ? Prefixes.ROOT : prefixes.serial(table.page(index - 1));
        int each = policy.pageTokens();
        prefixes.add(parent, Arrays.copyOfRange(tokens, index * each, (index + 1) * each), table.page(index));
    }

    /**
     * An empty cache becomes one that holds all that; its keys and values are written next.
     *
     * @throws PacaException if the heads of a layer hold different numbers of tokens
     */
    void reserve(Contents contents) {
        if (evictor == null) {
            reserve(contents.ids().length);
            advance(contents.ids(), 0, contents.ids().length);
            return;
        }
        evictor.become(contents);
        remember(contents.ids(), 0, contents.ids().length);
        length = contents.ids().length;
        for (int lane = 0; lane < tables.size(); lane++) {
            LaneTable table = tables.get(lane);
            int held = contents.positions()[lane * pool.shape().kvHeads()].length;
            int wanted = table.missing(held);
            table.lane().check(wanted);
            for (int i = 0; i < wanted; i++) {
                table.push(table.lane().take());
            }
            table.grow(held);
        }
    }

    /** Takes over a page that already holds these tokens. */
    void adopt(int page, int[] ids) {
        tables.getFirst().push(page);
        tables.getFirst().grow(ids.length);
        remember(ids, 0, ids.length);
        length += ids.length;
    }

    /** Attention in decode has read so many bytes, where dense F16 would have read {@code dense}. */
    public void countRead(long bytes, long dense) {
        readBytes += bytes;
        denseReadBytes += dense;
    }

    @Override
    public boolean canTruncate(int length) {
        return length >= 0
                && length <= this.length
                && (length == this.length || evictor == null || evictor.canTruncate(length));
    }

    @Override
    public void truncate(int length) {
        checkOpen();
        if (!canTruncate(length)) {
            throw new PacaException("A cache of " + this.length + " tokens cannot be cut to " + length
                    + ": only shorter lengths are possible, and what was evicted cannot come back. Start the sequence"
                    + " anew.");
        }
        for (LaneTable table : tables) {
            table.releaseSpares();
            table.cut(length == 0 ? 0 : table.slots() - (this.length - length));
        }
        if (evictor != null) {
            evictor.truncated(length);
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
        for (int lane = 0; lane < tables.size(); lane++) {
            other.tables.set(lane, tables.get(lane).share());
        }
        other.tokens = tokens.clone();
        other.length = length;
        if (evictor != null && other.evictor != null) {
            other.evictor.copy(evictor);
        }
        pool.register(other);
        return other;
    }

    @Override
    public CacheUsage usage() {
        checkOpen();
        KvShape shape = pool.shape();
        long pages = 0;
        long bytes = tableBytes();
        for (LaneTable table : tables) {
            pages += table.held();
            bytes += table.held() * table.lane().pageBytes();
        }
        long dense = 4L * shape.layers() * shape.kvDim() * length;
        return new CacheUsage(length, pages, bytes, dense, readBytes, denseReadBytes, layerUsages());
    }

    /** What each layer holds, where tokens are evicted; what it reads is not counted apart. */
    private List<LayerUsage> layerUsages() {
        KvShape shape = pool.shape();
        List<LayerUsage> layers = new ArrayList<>();
        for (int layer = 0; evictor != null && layer < shape.layers(); layer++) {
            LaneTable table = table(layer);
            long bytes = table.held() * table.lane().pageBytes() / (shape.layers() / tables.size());
            layers.add(new LayerUsage(
                    (long) table.slots() * shape.kvHeads(), table.slots(), table.slots(), bytes, 0, 0, 0, 0));
        }
        return layers;
    }

    long tableBytes() {
        long bytes = evictor == null ? 0 : evictor.bytes();
        for (LaneTable table : tables) {
            bytes += 4L * table.count();
        }
        return bytes;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            for (LaneTable table : tables) {
                table.releaseSpares();
                table.cut(0);
            }
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
}
