package dev.paca.kv;

/**
 * What a pool holds.
 *
 * @param limit bytes that it may hold
 * @param pages pages in use
 * @param sharedPages pages of those with more than one reference
 * @param pageBytes bytes of pages in use: codec alone
 * @param residualBytes of those, bytes of the pages in which tokens wait until their scales are known
 * @param indexBytes bytes of the indexes of those pages
 * @param tableBytes bytes of page tables, positions, and what is known of sequences beside their pages
 * @param freeBytes bytes kept for reuse
 */
public record PoolUsage(
        long limit,
        long pages,
        long sharedPages,
        long pageBytes,
        long residualBytes,
        long indexBytes,
        long tableBytes,
        long freeBytes) {}
