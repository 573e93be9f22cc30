package dev.paca.model.tokenizer;

import java.util.Arrays;

/**
 * A chain of symbols that are merged pair by pair, always the pair of the lowest rank and among those the leftmost,
 * until no pair has a rank: the core of byte pair encoding (Sennrich et al. 2016) and of SentencePiece's BPE. A heap of
 * pairs over a linked list makes it {@code n log n} in the symbols, however long a word is. One thread uses it.
 */
final class Symbols {
    /** Which pairs merge, and into what. */
    interface Pairs {
        /** {@code rank << 32 | merged id} of two neighbours, or −1; ranks are not negative. */
        long find(int left, int right);
    }

    private static final int NONE = -1;

    /** Each symbol's token, or −1; valid for symbols in the chain. */
    int[] id = new int[32];
    /** Each symbol's first byte. */
    int[] start = new int[32];
    /** The symbol after, or −1. */
    int[] next = new int[32];

    private int[] previous = new int[32];
    /** Rank of a symbol and the one after, or −1; an entry of the heap with another rank is out of date. */
    private int[] rank = new int[32];

    private int[] merged = new int[32];
    private long[] heap = new long[32];
    private int heaped;
    private int size;

    void clear() {
        size = 0;
        heaped = 0;
    }

    void add(int token, int firstByte) {
        if (size == id.length) {
            int length = size * 2;
            id = Arrays.copyOf(id, length);
            start = Arrays.copyOf(start, length);
            next = Arrays.copyOf(next, length);
            previous = Arrays.copyOf(previous, length);
            rank = Arrays.copyOf(rank, length);
            merged = Arrays.copyOf(merged, length);
        }
        id[size] = token;
        start[size] = firstByte;
        previous[size] = size - 1;
        next[size] = NONE;
        if (size > 0) {
            next[size - 1] = size;
        }
        size++;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** The byte after a symbol's last, in a text of {@code length} bytes. */
    int end(int symbol, int length) {
        return next[symbol] < 0 ? length : start[next[symbol]];
    }

    /** Merges until nothing can be merged; the chain then begins at symbol 0. */
    void merge(Pairs pairs) {
        for (int i = 0; i < size; i++) {
            offer(i, pairs);
        }
        while (heaped > 0) {
            long best = pop();
            int left = (int) best;
            if (rank[left] != best >>> 32) {
                continue;
            }
            int right = next[left];
            id[left] = merged[left];
            next[left] = next[right];
            if (next[left] >= 0) {
                previous[next[left]] = left;
            }
            rank[right] = NONE;
            offer(previous[left], pairs);
            offer(left, pairs);
        }
    }

    private void offer(int left, Pairs pairs) {
        if (left < 0) {
            return;
        }
        long pair = next[left] < 0 ? NONE : pairs.find(left, next[left]);
        rank[left] = (int) (pair >> 32);
        merged[left] = (int) pair;
        if (pair >= 0) {
            push(pair >>> 32 << 32 | left);
        }
    }

    private void push(long entry) {
        if (heaped == heap.length) {
            heap = Arrays.copyOf(heap, heaped * 2);
        }
        int i = heaped++;
        while (i > 0 && heap[i - 1 >>> 1] > entry) {
            heap[i] = heap[i - 1 >>> 1];
            i = i - 1 >>> 1;
        }
        heap[i] = entry;
    }

    private long pop() {
        long top = heap[0];
        long entry = heap[--heaped];
        int i = 0;
        for (int child = 1; child < heaped; child = 2 * i + 1) {
            if (child + 1 < heaped && heap[child + 1] < heap[child]) {
                child++;
            }
            if (entry <= heap[child]) {
                break;
            }
            heap[i] = heap[child];
            i = child;
        }
        heap[i] = entry;
        return top;
    }
}
