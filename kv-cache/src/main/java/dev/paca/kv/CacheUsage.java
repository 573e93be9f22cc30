package dev.paca.kv;

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
 */
public record CacheUsage(int tokens, long pages, long bytes, long denseBytes, long readBytes, long denseReadBytes) {}
