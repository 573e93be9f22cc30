package dev.paca.kv.host;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.LayerUsage;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageTable;
import java.util.List;
import java.util.stream.IntStream;

/** Counts what a sequence's tokens have read while decoding, and what dense attention over F16 would have read. */
final class ReadCounts {
    private final PageFormat dense;
    private final Layer[] layers;
    private long bytes;
    private long denseBytes;

    ReadCounts(KvShape shape) {
        dense = HostPool.format(KvPolicy.DENSE, shape);
        layers = IntStream.range(0, shape.layers()).mapToObj(i -> new Layer()).toArray(Layer[]::new);
    }

    /**
     * A token has read of one KV head, with {@code seen} tokens run, itself included.
     *
     * @param tokens how many it has read
     * @param read the bytes they came to, and those that were looked at to choose them
     */
    void count(int layer, int tokens, long read, int seen) {
        layers[layer].count(tokens);
        bytes += read;
        denseBytes += dense.pages(seen) * dense.bytes();
    }

    long bytes() {
        return bytes;
    }

    long denseBytes() {
        return denseBytes;
    }

    /** What a layer holds in the tables of its KV heads, and what was read of it. */
    LayerUsage usage(int layer, List<PageTable> tables) {
        long held = 0;
        long heldBytes = 0;
        int least = Integer.MAX_VALUE;
        int most = 0;
        for (PageTable table : tables) {
            held += table.tokens();
            heldBytes += table.heldBytes();
            least = Math.min(least, table.tokens());
            most = Math.max(most, table.tokens());
        }
        Layer read = layers[layer];
        int leastRead = read.reads == 0 ? 0 : read.least;
        return new LayerUsage(held, least, most, heldBytes, read.reads, read.tokens, leastRead, read.most);
    }

    private static final class Layer {
        long reads;
        long tokens;
        int least = Integer.MAX_VALUE;
        int most;

        void count(int read) {
            reads++;
            tokens += read;
            least = Math.min(least, read);
            most = Math.max(most, read);
        }
    }
}
