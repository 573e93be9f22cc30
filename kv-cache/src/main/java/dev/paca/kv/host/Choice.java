package dev.paca.kv.host;

import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.index.Sketch;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.page.PageTable;
import dev.paca.kv.select.Picks;
import dev.paca.kv.select.Request;
import dev.paca.kv.select.Selector;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One token's selection of one KV head, made where its attention is computed. */
final class Choice {
    /** Bytes of a line of memory. */
    private static final int LINE = 64;

    /** A thread's memory for choices. */
    static final class Scratch {
        final Selector.Scratch selector;
        final Picks picks = new Picks();
        int[] pages = new int[64];

        Scratch(Selector.Scratch selector) {
            this.selector = selector;
        }

        int[] pages(int count) {
            if (pages.length < count) {
                pages = new int[2 * count];
            }
            return pages;
        }
    }

    private final HostCache cache;
    private final int kvHead;
    private final Selector selector;
    private final Request request;
    private final @Nullable MeanValue mean;
    private long readBytes;
    private int readTokens;
    /** Positions that are read, where a probe wants to know. */
    private int[] positions = new int[0];

    Choice(HostCache cache, int kvHead, Selector selector, Request request, @Nullable MeanValue mean) {
        this.cache = cache;
        this.kvHead = kvHead;
        this.selector = selector;
        this.request = request;
        this.mean = mean;
    }

    /** What is to be read. */
    Reads choose(Scratch scratch) {
        Reads all = request.reads();
        Picks picks = scratch.picks;
        selector.select(request, picks, scratch.selector);
        Reads reads = all;
        if (!picks.isEverything() && picks.areSlots()) {
            reads = new Reads(all.store(), all.pages(), picks.count(), picks.chosen());
        } else if (!picks.isEverything()) {
            int[] pages = scratch.pages(picks.count());
            for (int i = 0; i < picks.count(); i++) {
                pages[i] = all.pages()[picks.chosen()[i]];
            }
            int pageTokens = all.store().format().tokens();
            int inLast = (all.tokens() - 1) % pageTokens + 1;
            reads = new Reads(all.store(), pages, (picks.count() - 1) * pageTokens + inLast);
        }
        count(reads, picks);
        if (cache.probe() != null) {
            positions = positions(picks);
        }
        return reads;
    }

    private int[] positions(Picks picks) {
        PageTable table = request.table();
        int seen = request.reads().tokens();
        int[] all = cache.positions(table, seen);
        if (picks.isEverything()) {
            return all;
        }
        IntStream chosen = Arrays.stream(picks.chosen(), 0, picks.count());
        if (!picks.areSlots()) {
            int size = table.store().format().tokens();
            chosen = chosen.flatMap(page -> IntStream.range(page * size, Math.min(seen, (page + 1) * size)));
        }
        return chosen.map(slot -> all[slot]).toArray();
    }

    boolean isOf(HostCache other) {
        return cache == other;
    }

    /** Shows a probe what was read, and what came of it. */
    void show(AttentionProbe probe, int layer, float[] out) {
        int position =
                cache.length() + request.reads().tokens() - request.table().tokens() - 1;
        probe.look(layer, kvHead, position, positions, request.queries(), out);
    }

    /** Lets the mean value stand for what was not read, where the selector says so. */
    void compensate(Scratch scratch, Queries queries, float[] out) {
        float[] mass = scratch.picks.mass();
        if (mass.length == 0 || mean == null) {
            return;
        }
        float[] rest = mean.of(request.reads());
        for (int h = 0; h < mass.length; h++) {
            int at = queries.at(h);
            for (int d = 0; d < rest.length; d++) {
                out[at + d] = mass[h] * out[at + d] + (1 - mass[h]) * rest[d];
            }
        }
    }

    /** Tells the cache what was read. On the thread that owns it. */
    void report(int layer) {
        PageTable table = request.table();
        cache.reads()
                .count(
                        layer,
                        readTokens,
                        readBytes,
                        cache.length() + request.reads().tokens() - table.tokens());
    }

    /** Bytes of what was chosen, and of what was looked at to choose it. An oracle's search is not counted. */
    private void count(Reads reads, Picks picks) {
        PageStore store = reads.store();
        PageFormat format = store.format();
        int[] pages = reads.pages();
        int seen = request.reads().tokens();
        readTokens = reads.tokens();
        if (reads.slots() == null) {
            for (int i = 0; i < format.pages(reads.tokens()); i++) {
                readBytes += store.pageBytes(pages[i]);
            }
        } else {
            readBytes += slotBytes(reads);
        }
        if (reads.tokens() < seen) {
            readBytes += picks.indexes() * format.indexBytes();
            readBytes += Sketch.bytes(picks.sketched(), format.headDim());
            readBytes += picks.looked() * store.keyBytes(request.reads().pages()[0], format.headDim());
            int channels = Math.min(cache.policy().selection().channels(), format.headDim());
            for (int i = 0; channels > 0 && i < format.pages(seen); i++) {
                readBytes += store.keyBytes(request.reads().pages()[i], channels);
            }
        }
    }

    /**
     * Bytes of single tokens. Where keys lie channel by channel, a key touches a line of memory in every channel, and with
     * it its neighbours: lines are counted, each once. Values, and keys that are stored a second time, lie alone.
     */
    private static long slotBytes(Reads reads) {
        PageStore store = reads.store();
        PageFormat format = store.format();
        boolean rows = format.index() == IndexForm.KEY_ROWS;
        int lineTokens =
                Math.min(format.tokens(), Math.max(1, LINE * 8 / format.k().bits()));
        long bytes = 0;
        long alone = 0;
        int line = -1;
        for (int i = 0; i < reads.tokens(); i++) {
            int slot = reads.slot(i);
            int page = reads.pages()[slot / format.tokens()];
            long keys = store.keyBytes(page, format.headDim());
            alone += store.pageBytes(page) - keys + (rows ? format.indexBytes() : 0);
            // Slots ascend.
            if (!rows && slot / lineTokens != line) {
                line = slot / lineTokens;
                bytes += keys * lineTokens / format.tokens();
            }
        }
        return bytes + alone / format.tokens();
    }
}
