package dev.paca.kv.page;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A table while a step adds tokens to it: where each is written, and which pages each sees. Without open pages that is the
 * table's own list for all of them. With them a token sees its own window open and those before it encoded, so a step that
 * fills windows keeps both forms until it ends; the open form of windows that lie whole within the step is scratch.
 *
 * <p>Used in this order: {@link #writeFirst}, {@link #settle} where {@link #settles}, {@link #writeRest}.
 */
public final class Growth {
    private final PageTable table;
    private final PageStore store;
    private final Window window;
    private final int end;
    private final int pageTokens;
    private final int windowPages;
    /** Number of the first open page now, and of the first one when the step is over. */
    private final int firstOpen;

    private final int nextOpen;
    private final int[] scratch;
    private final int scratchAt;
    private int listFor = -1;
    private int[] list = new int[0];

    /**
     * @param more tokens that the step adds; their pages have been reserved
     * @param scratch open scratch pages
     * @param scratchAt index of the first of {@link #scratchPages} for this table
     */
    public Growth(PageTable table, int more, int[] scratch, int scratchAt) {
        this.table = table;
        this.store = table.store();
        this.window = table.window();
        this.end = table.tokens() + more;
        this.pageTokens = store.format().tokens();
        this.windowPages = window.tokens() / pageTokens;
        this.firstOpen = table.firstOpen();
        this.nextOpen = window.encoded(end) / pageTokens;
        this.scratch = scratch;
        this.scratchAt = scratchAt;
    }

    /** Scratch pages that a table may need in a step of so many tokens. */
    public static int scratchPages(PageFormat format, int more) {
        Window window = format.window();
        return window.repeats() ? more / window.tokens() * (window.tokens() / format.tokens()) : 0;
    }

    public PageTable table() {
        return table;
    }

    /** The slot of the first token that the step adds. */
    public int first() {
        return table.tokens();
    }

    /** The slot after the last one. */
    public int end() {
        return end;
    }

    private boolean closes() {
        return !window.isNone() && window.encoded(end) > window.encoded(table.tokens());
    }

    /** The page in which a new token is written. */
    private int page(int number) {
        if (!closes() || number < firstOpen + windowPages) {
            return table.pages()[number];
        }
        if (!window.repeats()) {
            return table.encodedAhead(number - firstOpen);
        }
        return number >= nextOpen
                ? table.openAhead(number - nextOpen)
                : ~scratch[scratchAt + number - firstOpen - windowPages];
    }

    /** The pages that the token in a slot sees; the same array for all up to {@link #sight}. */
    public int[] pages(int slot) {
        if (!closes()) {
            return table.pages();
        }
        int seen = window.repeats() ? window.seen(slot) : slot < window.tokens() ? 0 : end;
        return list(store.format().pages(seen), sight(slot));
    }

    /** The pages of the table when the step is over. */
    public int[] pagesAfter() {
        return closes() ? list(store.format().pages(window.encoded(end)), end) : table.pages();
    }

    /** So many encoded pages, then those in which tokens up to {@code last} were written. */
    private int[] list(int encoded, int last) {
        if (encoded == firstOpen) {
            return table.pages();
        }
        if (listFor != encoded) {
            list = Arrays.copyOf(table.pages(), store.format().pages(last));
            for (int i = firstOpen; i < list.length; i++) {
                list[i] = i < encoded ? table.encodedAhead(i - firstOpen) : page(i);
            }
            listFor = encoded;
        }
        return list;
    }

    /** The end of the run of slots, from a slot on, whose tokens see the same pages. */
    public int sight(int slot) {
        return closes() ? Math.min(end, window.sight(slot)) : end;
    }

    /** Bytes of the pages that the token in a slot sees. */
    public long bytes(int slot) {
        int pages = store.format().pages(slot + 1);
        int encoded = window.isNone() ? pages : store.format().pages(window.seen(slot));
        return encoded * store.format().bytes()
                + (pages - encoded) * store.open().format().bytes();
    }

    /** Whether the step makes scales known that {@link #writeRest} needs. */
    public boolean settles() {
        return table.settlesScales(end - table.tokens());
    }

    /** The first slot that is written encoded, with scales that are not known yet. */
    private int waiting() {
        return settles() && !window.repeats() ? window.tokens() : end;
    }

    /**
     * Writes the tokens that need no scales, or whose scales are known.
     *
     * @param k keys; the first token's begins at index {@code at}
     * @param v values, laid out alike
     * @param stride floats between tokens
     */
    public void writeFirst(float[] k, float[] v, int at, int stride) {
        write(table.tokens(), waiting(), k, v, at, stride);
    }

    /** The largest magnitudes of the first window's keys and values, which have been written. */
    public float[] largest() {
        float[] x = new float[store.format().headDim()];
        float[] largest = new float[2];
        for (int slot = 0; slot < window.tokens(); slot++) {
            store.readKey(page(slot / pageTokens), slot % pageTokens, x, 0);
            largest[0] = Math.max(largest[0], largest(x));
            store.readValue(page(slot / pageTokens), slot % pageTokens, x, 0);
            largest[1] = Math.max(largest[1], largest(x));
        }
        return largest;
    }

    private static float largest(float[] x) {
        float largest = 0;
        for (float each : x) {
            largest = Math.max(largest, Math.abs(each));
        }
        return largest;
    }

    /** The scales are known. */
    public void settle(Scales scales) {
        table.settleScales(scales);
    }

    /** Encodes windows that are full, and writes what waited for scales. */
    public void writeRest(float[] k, float[] v, int at, int stride) {
        if (closes()) {
            int full = window.repeats() ? nextOpen : firstOpen + windowPages;
            for (int i = firstOpen; i < full; i++) {
                store.encode(page(i), table.encodedAhead(i - firstOpen), table.scales());
            }
        }
        int first = waiting();
        write(first, end, k, v, at + (first - table.tokens()) * stride, stride);
    }

    private void write(int first, int last, float[] k, float[] v, int at, int stride) {
        for (int slot = first; slot < last; slot++) {
            int from = at + (slot - first) * stride;
            store.write(page(slot / pageTokens), slot % pageTokens, k, v, from, table.scales());
        }
    }

    /** The first slot whose page may have become full, or was encoded. */
    public int firstChanged() {
        return Math.min(table.tokens(), firstOpen * pageTokens);
    }

    /** The full pages in which tokens of the step wait, open or scratch. */
    public int[] fullOpenPages() {
        if (!closes()) {
            return new int[0];
        }
        return IntStream.range(firstOpen, end / pageTokens)
                .map(this::page)
                .filter(page -> page < 0)
                .toArray();
    }
}
