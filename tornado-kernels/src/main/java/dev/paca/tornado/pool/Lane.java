package dev.paca.tornado.pool;

import dev.paca.kv.KvMemoryException;
import java.util.Arrays;

/**
 * Pages on the device that are counted together: page {@code p} of all layers, where all layers hold as many tokens of a
 * sequence, and else of one layer, which has a lane of its own.
 */
final class Lane {
    private final long pageBytes;
    private final int[] references;
    private final int[] free;
    private int freeCount;
    private final Prefixes prefixes = new Prefixes();

    Lane(int pages, long pageBytes) {
        this.pageBytes = pageBytes;
        references = new int[pages];
        free = new int[pages];
        freeCount = pages;
        Arrays.setAll(free, i -> pages - 1 - i);
    }

    /** Bytes of a page. */
    long pageBytes() {
        return pageBytes;
    }

    /** Pages that there are. */
    int pages() {
        return references.length;
    }

    /** Pages that somebody holds. */
    int held() {
        return references.length - freeCount - prefixes.spare();
    }

    /** Pages that several hold. */
    long shared() {
        return Arrays.stream(references).filter(r -> r > 1).count();
    }

    /** Which pages hold the beginnings of prompts. */
    Prefixes prefixes() {
        return prefixes;
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
    void check(int wanted) {
        int spare = freeCount + prefixes.spare();
        if (wanted > spare) {
            throw new KvMemoryException(
                    "The device's page pool has " + spare + " of " + references.length + " pages left, " + wanted
                            + " are needed. Close sequences, shorten the context, or give the cache more memory.",
                    wanted * pageBytes,
                    spare * pageBytes);
        }
    }

    /** A page nobody holds, held once. */
    int take() {
        int page = freeCount > 0 ? free[--freeCount] : prefixes.evict();
        references[page] = 1;
        return page;
    }
}
