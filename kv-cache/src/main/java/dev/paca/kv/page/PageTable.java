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
    private @Nullable Scales scales;
    /** Whether the first window has been encoded, so that the scales are for good. */
    private boolean settled;
    /** Taken for the time when the window is full: pages to encode it in, and open ones for the next window. */
    private final PageList encodedAhead = new PageList();

    private final PageList openAhead = new PageList();
    private int rewritten;

    public PageTable(PageStore store) {
        this.store = store;
    }

    public PageStore store() {
        return store;
    }

    /** Page ids, open ones as their complements; the first {@link #pageCount()} are meant. */
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

    /** Pages in {@link #pages()}, reserved ones included. */
    public int pageCount() {
        return pageCount;
    }

    /** Every page that is held. */
    public int[] held() {
        int[] all = Arrays.copyOf(pages, pageCount + encodedAhead.size() + openAhead.size());
        encodedAhead.copy(all, pageCount);
        openAhead.copy(all, pageCount + encodedAhead.size());
        return all;
    }

    /** Bytes of every page that is held, indexes included. */
    public long heldBytes() {
        long sum = 0;
        for (int page : held()) {
            sum += store.pageBytes(page) + store.format().indexBytes();
        }
        return sum;
    }

    /** The window in which slots are open now. */
    Window window() {
        Window window = store.format().window();
        return settled && !window.repeats() ? Window.NONE : window;
    }

    /** Slots that are encoded for good: those that {@link #tokens()} counts, less the open ones. */
    public int encoded() {
        return encoded(tokens);
    }

    /** How many of {@code count} slots are encoded when nothing is under way. */
    public int encoded(int count) {
        return window().encoded(count);
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
     * Pages of the store that must be taken before {@code more} tokens can be written: new ones, and copies of shared ones
     * whose bytes will change.
     */
    public int missing(int more) {
        return more == 0 ? 0 : encodedMissing(more) + sharedChanged(more, false);
    }

    /** Pages of {@link PageStore#open()} that must be taken. */
    public int missingOpen(int more) {
        return more == 0 ? 0 : openMissing(more) + openAheadMissing(more) + sharedChanged(more, true);
    }

    private int encodedMissing(int more) {
        int wanted = store.format().pages(encoded(tokens + more));
        return Math.max(0, window().isNone() ? wanted - pageCount : wanted - firstOpen() - encodedAhead.size());
    }

    /** For the window that is open now. */
    private int openMissing(int more) {
        Window window = window();
        int end = Math.min(tokens + more, encoded() + window.tokens());
        return window.isNone() ? 0 : Math.max(0, store.format().pages(end) - pageCount);
    }

    /** For the window that will be open. */
    private int openAheadMissing(int more) {
        int start = encoded(tokens + more);
        if (window().isNone() || start == encoded()) {
            return 0;
        }
        return Math.max(0, store.format().pages(tokens + more) - store.format().pages(start) - openAhead.size());
    }

    private int sharedChanged(int more, boolean open) {
        int count = 0;
        for (int i = firstChanged(more); i < store.format().pages(tokens); i++) {
            count += pages[i] < 0 == open && store.references(pages[i]) > 1 ? 1 : 0;
        }
        return count;
    }

    /** An encoded page taken ahead, for the number {@code i} among those that come after the encoded ones. */
    int encodedAhead(int i) {
        return encodedAhead.get(i);
    }

    /** An open page taken ahead, for the number {@code i} of the next window. */
    int openAhead(int i) {
        return openAhead.get(i);
    }

    /** Pages that hold a token, encoded or open. */
    public int used(boolean open) {
        int count = store.format().pages(tokens);
        int closed = Math.min(count, window().isNone() ? count : firstOpen());
        return open ? count - closed : closed;
    }

    /** Number of the first open page. */
    int firstOpen() {
        return encoded() / store.format().tokens();
    }

    /** Takes what {@link #missing} and {@link #missingOpen} told, so that {@code more} tokens can be written. */
    public void reserve(int more) {
        if (more == 0) {
            return;
        }
        for (int i = firstChanged(more); i < store.format().pages(tokens); i++) {
            if (store.references(pages[i]) > 1) {
                int own = pages[i] < 0 ? ~store.open().take() : store.take();
                store.copy(pages[i], own);
                store.release(pages[i]);
                pages[i] = own;
            }
        }
        for (int i = encodedMissing(more); i > 0; i--) {
            if (window().isNone()) {
                add(store.take());
            } else {
                encodedAhead.add(store.take());
            }
        }
        for (int i = openAheadMissing(more); i > 0; i--) {
            openAhead.add(~store.open().take());
        }
        for (int i = openMissing(more); i > 0; i--) {
            add(~store.open().take());
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

    /** {@code more} tokens have been written and encoded, the first of them at position {@code position}. */
    public void advance(int more, int position) {
        closeWindow(tokens + more);
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

    /** Lets encoded pages take the place of open ones, if the table of {@code end} slots has them. */
    private void closeWindow(int end) {
        int start = encoded(end);
        if (window().isNone() || start == encoded()) {
            return;
        }
        int first = firstOpen();
        shrink(first);
        int count = store.format().pages(start) - first;
        encodedAhead.moveTo(this, window().repeats() ? count : encodedAhead.size());
        openAhead.moveTo(this, openAhead.size());
        settled = true;
    }

    /** Begins with encoded pages of another table, whose references the caller holds. */
    public void adopt(int[] encodedPages) {
        for (int page : encodedPages) {
            add(page);
        }
        tokens = encodedPages.length * store.format().tokens();
        learnScales();
    }

    private void learnScales() {
        settled = store.hasOpen() && encoded(tokens) > 0;
        scales = settled ? new Scales(store.keyScale(pages[0]), store.valueScale(pages[0])) : null;
    }

    /** Whether the slots from position {@code length} on can be dropped: those encoded with others cannot be parted. */
    public boolean canTruncate(int length) {
        Window window = window();
        int slots = slots(length);
        if (window.isNone()) {
            // What survived an eviction has been encoded with scales that are for good.
            return slots == 0 || positions != null || slots >= store.format().windowTokens();
        }
        return slots >= encoded() || window.encoded(slots) == slots;
    }

    /** Slots before position {@code length}. */
    private int slots(int length) {
        int slots = tokens;
        while (slots > 0 && position(slots - 1) >= length) {
            slots--;
        }
        return slots;
    }

    /** The scales of its pages, as far as they have some and they are known. */
    Scales scales() {
        return scales == null ? Scales.NONE : scales;
    }

    /** Whether {@code more} tokens make scales known that were not. */
    boolean settlesScales(int more) {
        return store.format().scaleBytes() > 0 && !settled && encoded(tokens + more) > 0;
    }

    void settleScales(Scales known) {
        scales = known;
    }

    /** Drops the tokens from position {@code length} on, and every page that held only them or nothing. */
    public void truncate(int length) {
        tokens = slots(length);
        if (tokens == 0) {
            positions = null;
        }
        rewritten++;
        dropAhead();
        shrink(store.format().pages(tokens));
        if (tokens == 0) {
            settled = false;
            scales = null;
        }
        if (tokens < store.format().index().anchorTokens()) {
            anchor = null;
        }
    }

    /** Pages that are held by others too. */
    public int sharedPages() {
        int shared = 0;
        for (int i = 0; i < pageCount; i++) {
            shared += store.references(pages[i]) > 1 ? 1 : 0;
        }
        return shared;
    }

    /** Gives the pages back that were taken for windows to come. */
    void dropAhead() {
        encodedAhead.release(store);
        openAhead.release(store);
    }

    /** Other pages take the place of those it had; the caller has seen to the references. */
    void become(int[] otherPages, int count, int[] otherPositions, int otherTokens) {
        pages = otherPages;
        pageCount = count;
        positions = otherPositions;
        tokens = otherTokens;
        rewritten++;
    }

    /** What codes of keys are relative to; null where the index needs none, or too few tokens are known. */
    public @Nullable Anchor anchor() {
        return anchor;
    }

    /**
     * Computes the anchor where {@code written} slots, those past {@link #tokens()} included, have just become enough for
     * it, or where the table began with shared pages.
     *
     * @param list the pages in which they lie
     * @return whether it is new, so that every full page must be indexed again
     */
    public boolean settleAnchor(int written, int[] list) {
        int needed = store.format().index().anchorTokens();
        if (needed == 0 || written < needed || (anchor != null && tokens >= needed)) {
            return false;
        }
        anchor = Anchor.of(store, list, needed);
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
        copy.scales = scales;
        copy.settled = settled;
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
            int page = pages[i] < 0 ? ~other.open().take() : other.take();
            other.copyContents(store, pages[i], page);
            copy.add(page);
        }
        copy.tokens = tokens;
        copy.positions = positions == null ? null : positions.clone();
        copy.scales = scales;
        copy.settled = settled;
        return copy;
    }

    /** Writes what must be known before its pages can be taken: how many slots it has, and its scales. */
    public void saveForm(DataOutputStream out) throws IOException {
        out.writeInt(tokens);
        out.writeBoolean(settled);
        out.writeFloat(scales().k());
        out.writeFloat(scales().v());
    }

    /** Reads what {@link #saveForm} wrote; returns how many slots the table is to have. */
    public int restoreForm(DataInputStream in) throws IOException {
        int count = in.readInt();
        settled = in.readBoolean() && store.hasOpen();
        Scales saved = new Scales(in.readFloat(), in.readFloat());
        scales = settled ? saved : null;
        return count;
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
        closeWindow(count);
        for (int i = 0; i < store.format().pages(count); i++) {
            byte[] image = store.image(pages[i]);
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
        scales = null;
        settled = false;
        dropAhead();
        shrink(0);
    }

    /** Bytes of this table, positions included. */
    public long bytes() {
        return 4L * pages.length
                + (positions == null ? 0 : 4L * positions.length)
                + (anchor == null ? 0 : 8L * store.format().headDim())
                + (scales == null ? 0 : 8)
                + encodedAhead.bytes()
                + openAhead.bytes();
    }

    private void shrink(int kept) {
        while (pageCount > kept) {
            store.release(pages[--pageCount]);
        }
    }
}
