package dev.paca.kv.page;

import java.util.Arrays;

/**
 * Pages that are held for survivors to move to, encoded and open ones. A table that is compacted gives its used-up pages
 * here: those that no one else holds take the place of spares that were used, so that few are enough for any number of
 * tables that share nothing. All others go back to the store, and a page to move to is always the lowest that is free, so
 * that survivors stand close together and whole chunks empty.
 */
public final class Spares {
    private final PageStore store;
    private int[] encoded = new int[4];
    private int encodedCount;
    /** As their complements. */
    private int[] open = new int[0];

    private int openCount;
    /** As many as there are to be before and after each table. */
    private int encodedWanted;

    private int openWanted;

    public Spares(PageStore store) {
        this.store = store;
    }

    /** Encoded pages held. */
    public int encoded() {
        return encodedCount;
    }

    /** Open pages held. */
    public int open() {
        return openCount;
    }

    /** Every page that is held, open ones as their complements. */
    public int[] held() {
        int[] all = Arrays.copyOf(encoded, encodedCount + openCount);
        System.arraycopy(open, 0, all, encodedCount, openCount);
        return all;
    }

    /** Bytes of the pages held, indexes included. */
    public long bytes() {
        long sum = 0;
        for (int page : held()) {
            sum += store.pageBytes(page) + store.format().indexBytes();
        }
        return sum;
    }

    /** Takes from the store, which has been grown, until there are so many. */
    public void fill(int encodedPages, int openPages) {
        encodedWanted = Math.max(encodedCount, encodedPages);
        openWanted = Math.max(openCount, openPages);
        while (encodedCount < encodedWanted) {
            add(store.take());
        }
        while (openCount < openWanted) {
            add(~store.open().take());
        }
    }

    /** A page to write to. */
    int take(boolean wantsOpen) {
        if (wantsOpen) {
            store.release(open[--openCount]);
            return ~store.open().take();
        }
        store.release(encoded[--encodedCount]);
        return store.take();
    }

    /**
     * Takes over a reference to a page that is no longer needed.
     *
     * @param wanted encoded pages that are still to be taken, where none may be given up until then
     */
    void give(int page, int wanted) {
        boolean replaces = page < 0 ? openCount < openWanted : encodedCount < encodedWanted + wanted;
        if (!replaces || store.references(page) > 1) {
            store.release(page);
            return;
        }
        add(page);
    }

    /** Gives all back to the store. */
    public void release() {
        for (int page : held()) {
            store.release(page);
        }
        encodedCount = openCount = encodedWanted = openWanted = 0;
    }

    private void add(int page) {
        if (page < 0) {
            open = openCount == open.length ? Arrays.copyOf(open, 4 + 2 * openCount) : open;
            open[openCount++] = page;
        } else {
            encoded = encodedCount == encoded.length ? Arrays.copyOf(encoded, 2 * encodedCount) : encoded;
            encoded[encodedCount++] = page;
        }
    }
}
