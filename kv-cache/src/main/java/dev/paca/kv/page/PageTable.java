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
    private Positions positions = new Positions();

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
        return positions.of(slot);
    }

    /** Changes whenever slots come to hold other tokens than before. */
    public int rewritten() {
        return rewritten;
    }

    /** Whether every token up to the last is here. */
    public boolean isComplete() {
        return positions.areSlots();
    }

    /**
     * Pages of the store that must be taken before {@code more} tokens can be written: new ones, and copies of shared ones
     * whose bytes will change.
     */
    public int missing(int more) {
        return more == 0 ? 0 : new Needs(this, more).encodedPages();
    }

    /** Pages of {@link PageStore#open()} that must be taken. */
    public int missingOpen(int more) {
        return more == 0 ? 0 : new Needs(this, more).openPages();
    }

    /** Encoded pages that are taken ahead. */
    int encodedAhead() {
        return encodedAhead.size();
    }

    /** Open pages that are taken ahead. */
    int openAhead() {
        return openAhead.size();
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
        Needs needs = new Needs(this, more);
        for (int i = needs.firstChanged(); i < store.format().pages(tokens); i++) {
            if (store.references(pages[i]) > 1) {
                int own = pages[i] < 0 ? ~store.open().take() : store.take();
                store.copy(pages[i], own);
                store.release(pages[i]);
                pages[i] = own;
            }
        }
        for (int i = needs.encoded(); i > 0; i--) {
            if (window().isNone()) {
                add(store.take());
            } else {
                encodedAhead.add(store.take());
            }
        }
        for (int i = needs.openAhead(); i > 0; i--) {
            openAhead.add(~store.open().take());
        }
        for (int i = needs.open(); i > 0; i--) {
            add(~store.open().take());
        }
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
        positions.add(tokens, more, position);
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
        int slots = positions.slots(tokens, length);
        if (window.isNone()) {
            // What survived an eviction has been encoded with scales that are for good.
            return slots == 0 || !isComplete() || slots >= store.format().windowTokens();
        }
        return slots >= encoded() || window.encoded(slots) == slots;
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
        tokens = positions.slots(tokens, length);
        if (tokens == 0) {
            positions.clear();
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
    void become(int[] otherPages, int count, Positions otherPositions, int otherTokens) {
        pages = otherPages;
        pageCount = count;
        positions = otherPositions;
        tokens = otherTokens;
        rewritten++;
    }

    /**
     * The tokens in its first slots are at these positions of a sequence of {@code length} tokens, and no others are left.
     * Nothing has been evicted so far.
     */
    public void become(int[] places, int length) {
        truncate(places.length);
        positions = places.length == length ? new Positions() : new Positions(places.clone());
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
        copy.positions = positions.copy();
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
        copy.positions = positions.copy();
        copy.scales = scales;
        copy.settled = settled;
        return copy;
    }

    /** Whether its scales, if there are any, are for good. */
    boolean isSettled() {
        return settled;
    }

    /** What is known of a table that is read from a file, before its pages are taken. */
    void begin(boolean isSettled, Scales known) {
        settled = isSettled && store.hasOpen();
        scales = settled ? known : null;
    }

    /** Has {@code count} tokens from now on; its pages have been reserved, and the caller fills them. */
    void become(int count, Positions otherPositions, @Nullable Anchor otherAnchor) {
        closeWindow(count);
        positions = otherPositions;
        anchor = otherAnchor;
        tokens = count;
        rewritten++;
    }

    /** Gives every page back. */
    public void clear() {
        tokens = 0;
        rewritten++;
        positions.clear();
        anchor = null;
        scales = null;
        settled = false;
        dropAhead();
        shrink(0);
    }

    /** Bytes of this table, positions included. */
    public long bytes() {
        return 4L * pages.length
                + positions.bytes()
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
