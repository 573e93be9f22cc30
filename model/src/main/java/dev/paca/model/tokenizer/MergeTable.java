package dev.paca.model.tokenizer;

import java.util.Arrays;

/** Which two tokens merge into which third, and how early: a hash table over pairs of ids, without boxes. */
final class MergeTable {
    private static final long FREE = -1;

    private final long[] pairs;
    /** {@code rank << 32 | merged id} of the pair in the same slot. */
    private final long[] results;

    /** @param capacity merges that it will hold at most */
    MergeTable(int capacity) {
        int slots = Integer.highestOneBit(Math.max(8, capacity)) * 4;
        pairs = new long[slots];
        results = new long[slots];
        Arrays.fill(pairs, FREE);
    }

    /** Adds a merge; of two for the same pair the first counts. */
    void add(int left, int right, int rank, int merged) {
        long pair = pair(left, right);
        int slot = slot(pair);
        if (pairs[slot] == FREE) {
            pairs[slot] = pair;
            results[slot] = (long) rank << 32 | merged;
        }
    }

    /** {@code rank << 32 | merged id}, or −1 where the two do not merge. */
    long find(int left, int right) {
        long pair = pair(left, right);
        int slot = slot(pair);
        return pairs[slot] == FREE ? -1 : results[slot];
    }

    private static long pair(int left, int right) {
        return (long) left << 32 | right;
    }

    private int slot(long pair) {
        // Fibonacci hashing: ids of neighbours differ in few low bits, the product spreads them to the high ones.
        long hash = pair * 0x9E3779B97F4A7C15L;
        int slot = (int) (hash >>> 32) & pairs.length - 1;
        while (pairs[slot] != FREE && pairs[slot] != pair) {
            slot = slot + 1 & pairs.length - 1;
        }
        return slot;
    }
}
