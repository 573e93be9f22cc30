package dev.paca.kv;

import java.util.List;

/**
 * What one sequence holds and reads.
 *
 * @param tokens tokens run through the model
 * @param pages pages held, over all layers and heads
 * @param bytes bytes of those pages, index and tables included; shared pages count in full
 * @param denseBytes what F16, with everything kept, would hold for as many tokens
 * @param readBytes bytes of pages and index that attention has read in {@link Phase#DECODE} so far; where single tokens are
 *     read, whole lines of memory of keys that lie channel by channel
 * @param denseReadBytes what reading all of a dense F16 cache would have come to
 * @param layers the same of each layer; empty where the device does not count them apart
 */
public record CacheUsage(
        int tokens,
        long pages,
        long bytes,
        long denseBytes,
        long readBytes,
        long denseReadBytes,
        List<LayerUsage> layers) {
    /** Nothing is held. */
    public static final CacheUsage NONE = new CacheUsage(0, 0, 0, 0, 0, 0, List.of());

    public CacheUsage {
        layers = List.copyOf(layers);
    }
}
