package dev.paca.kv.page;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
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

    private @Nullable Anchor anchor;
    private int rewritten;

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

    /** Changes whenever slots come to hold other tokens than before. */
    public int rewritten() {
        return rewritten;
    }

    /** Whether every token up to the last is here. */
    public boolean isComplete() {
        return positions == null;
    }

    /**
     * Pages that must be taken before {@code more} tokens can be written: new ones, and copies of shared ones whose bytes
     * will change.
     */
    public int missing(int more) {
        if (more == 0) {
            return 0;
        }
        int count = Math.max(0, store.format().pages(tokens + more) - pageCount);
        for (int i = firstChanged(more); i < store.format().pages(tokens); i++) {
            count += store.references(pages[i]) > 1 ? 1 : 0;
        }
        return count;
    }

    /** Takes what {@link #missing} told, so that {@code more} tokens can be written. */
    public void reserve(int more) {
        if (more == 0) {
            return;
        }
        for (int i = firstChanged(more); i < store.format().pages(tokens); i++) {
            if (store.references(pages[i]) > 1) {
                int own = store.take();
                store.copy(pages[i], own);
                store.release(pages[i]);
                pages[i] = own;
            }
        }
        int wanted = store.format().pages(tokens + more);
        while (pageCount < wanted) {
            add(store.take());
        }
    }

    /** The first page that writing {@code more} tokens changes: the partly filled one, or all once the anchor is known. */
    private int firstChanged(int more) {
        int needed = store.format().index().anchorTokens();
        return tokens < needed && needed <= tokens + more
                ? 0
                : tokens / store.format().tokens();
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
        rewritten++;
        shrink(store.format().pages(tokens));
        if (tokens < store.format().index().anchorTokens()) {
            anchor = null;
        }
    }

    /** What codes of keys are relative to; null where the index needs none, or too few tokens are known. */
    public @Nullable Anchor anchor() {
        return anchor;
    }

    /**
     * Computes the anchor where {@code written} slots, those past {@link #tokens()} included, have just become enough for
     * it, or where the table began with shared pages.
     *
     * @return whether it is new, so that every full page must be indexed again
     */
    public boolean settleAnchor(int written) {
        int needed = store.format().index().anchorTokens();
        if (needed == 0 || written < needed || (anchor != null && tokens >= needed)) {
            return false;
        }
        anchor = Anchor.of(this, needed);
        return tokens < needed;
    }

    /** A second table of the same tokens, which shares their pages. */
    public PageTable share() {
        PageTable copy = new PageTable(store);
        int kept = store.format().pages(tokens);
        copy.pages = Arrays.copyOf(pages, Math.max(4, kept));
        copy.pageCount = kept;
        copy.tokens = tokens;
        copy.positions = positions == null ? null : positions.clone();
        copy.anchor = anchor;
        for (int i = 0; i < kept; i++) {
            store.retain(pages[i]);
        }
        return copy;
    }

    /**
     * A second table of the same tokens, in pages of a store that keeps keys and values alike but another index. They are
     * copied; the caller has secured them, and computes their indexes.
     */
    public PageTable copy(PageStore other) {
        PageTable copy = new PageTable(other);
        for (int i = 0; i < store.format().pages(tokens); i++) {
            int page = other.take();
            other.copyContents(store, pages[i], page);
            copy.add(page);
        }
        copy.tokens = tokens;
        copy.positions = positions == null ? null : positions.clone();
        return copy;
    }

    /** Writes its positions, anchor, and pages as they are stored; not how many tokens there are. */
    public void save(DataOutputStream out) throws IOException {
        out.writeBoolean(positions != null);
        for (int i = 0; positions != null && i < tokens; i++) {
            out.writeInt(positions[i]);
        }
        out.writeBoolean(anchor != null);
        for (int d = 0; anchor != null && d < store.format().headDim(); d++) {
            out.writeFloat(anchor.centre()[d]);
            out.writeFloat(anchor.scale()[d]);
        }
        for (int i = 0; i < store.format().pages(tokens); i++) {
            out.write(store.image(pages[i]));
        }
    }

    /**
     * Reads what {@link #save} wrote of a table with {@code count} tokens into this empty one. Its pages have been secured.
     *
     * @param length positions are below it
     */
    public void restore(int count, int length, DataInputStream in) throws IOException {
        reserve(count);
        int[] read = in.readBoolean() ? new int[count] : null;
        for (int i = 0; read != null && i < count; i++) {
            read[i] = Math.clamp(in.readInt(), 0, length);
        }
        positions = read;
        if (in.readBoolean()) {
            float[] centre = new float[store.format().headDim()];
            float[] scale = new float[centre.length];
            for (int d = 0; d < centre.length; d++) {
                centre[d] = in.readFloat();
                scale[d] = in.readFloat();
            }
            anchor = new Anchor(centre, scale);
        }
        byte[] image = new byte[store.imageBytes()];
        for (int i = 0; i < store.format().pages(count); i++) {
            in.readFully(image);
            store.restore(pages[i], image);
        }
        tokens = count;
        rewritten++;
    }

    /** Gives every page back. */
    public void clear() {
        tokens = 0;
        rewritten++;
        positions = null;
        anchor = null;
        shrink(0);
    }

    /** Bytes of this table, positions included. */
    public long bytes() {
        return 4L * pages.length
                + (positions == null ? 0 : 4L * positions.length)
                + (anchor == null ? 0 : 8L * store.format().headDim());
    }

    private void shrink(int kept) {
        while (pageCount > kept) {
            store.release(pages[--pageCount]);
        }
    }
}
