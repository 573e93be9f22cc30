package dev.paca.kv.page;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where the tokens of one sequence lie, for one KV head of one layer: token slots 0 to {@link #tokens()} - 1 fill the pages
 * in order. Slots are in ascending order of position, and a slot's position is its number until something is evicted.
 * Pages beyond those that the tokens fill are reserved for the next ones.
 */
public final class PageTable {
    private final PageStore store;
    private int[] pages = new int[4];
    private int pageCount;
    private int tokens;
    /** Position of each slot; null while slot and position agree. */
    private int @Nullable [] positions;

    public PageTable(PageStore store) {
        this.store = store;
    }

    public PageStore store() {
        return store;
    }

    /** Page ids; the first {@link #pageCount()} are meant. */
    public int[] pages() {
        return pages;
    }

    /** The page of a slot. */
    public int page(int slot) {
        return pages[slot / store.format().tokens()];
    }

    /** A slot's place in its page. */
    public int place(int slot) {
        return slot % store.format().tokens();
    }

    /** Pages held, reserved ones included. */
    public int pageCount() {
        return pageCount;
    }

    /** Slots that hold a token. */
    public int tokens() {
        return tokens;
    }

    /** The position of the token in a slot. */
    public int position(int slot) {
        return positions == null ? slot : positions[slot];
    }

    /** Whether every token up to the last is here. */
    public boolean isComplete() {
        return positions == null;
    }

    /** Pages that must be taken before {@code more} tokens can be written: new ones, and a copy of a shared last one. */
    public int missing(int more) {
        if (more == 0) {
            return 0;
        }
        int fresh = Math.max(0, store.format().pages(tokens + more) - pageCount);
        return fresh + (sharedTail() >= 0 ? 1 : 0);
    }

    /** Takes what {@link #missing} told, so that {@code more} tokens can be written. */
    public void reserve(int more) {
        if (more == 0) {
            return;
        }
        int tail = sharedTail();
        if (tail >= 0) {
            int own = store.take();
            store.copy(pages[tail], own);
            store.release(pages[tail]);
            pages[tail] = own;
        }
        int wanted = store.format().pages(tokens + more);
        while (pageCount < wanted) {
            add(store.take());
        }
    }

    /** Appends a page that the caller holds a reference to. */
    public void add(int page) {
        if (pageCount == pages.length) {
            pages = Arrays.copyOf(pages, 2 * pageCount);
        }
        pages[pageCount++] = page;
    }

    /** {@code more} tokens have been written, the first of them at position {@code position}. */
    public void advance(int more, int position) {
        if (positions != null) {
            positions = positions.length < tokens + more
                    ? Arrays.copyOf(positions, Math.max(tokens + more, 2 * positions.length))
                    : positions;
            for (int i = 0; i < more; i++) {
                positions[tokens + i] = position + i;
            }
        }
        tokens += more;
    }

    /** Drops the tokens from position {@code length} on, and every page that held only them or nothing. */
    public void truncate(int length) {
        while (tokens > 0 && position(tokens - 1) >= length) {
            tokens--;
        }
        shrink(store.format().pages(tokens));
    }

    /** A second table of the same tokens, which shares their pages. */
    public PageTable share() {
        PageTable copy = new PageTable(store);
        int kept = store.format().pages(tokens);
        copy.pages = Arrays.copyOf(pages, Math.max(4, kept));
        copy.pageCount = kept;
        copy.tokens = tokens;
        copy.positions = positions == null ? null : positions.clone();
        for (int i = 0; i < kept; i++) {
            store.retain(pages[i]);
        }
        return copy;
    }

    /** Gives every page back. */
    public void clear() {
        tokens = 0;
        positions = null;
        shrink(0);
    }

    /** Bytes of this table, positions included. */
    public long bytes() {
        return 4L * pages.length + (positions == null ? 0 : 4L * positions.length);
    }

    private void shrink(int kept) {
        while (pageCount > kept) {
            store.release(pages[--pageCount]);
        }
    }

    /** The index of the partly filled last page if another table refers to it too, else -1. */
    private int sharedTail() {
        int tail = tokens / store.format().tokens();
        boolean partly = tokens % store.format().tokens() != 0;
        return partly && store.references(pages[tail]) > 1 ? tail : -1;
    }
}
