package dev.paca.kv.page;

import java.util.Arrays;

/**
 * Lets a table keep only some of its slots: they move to other pages, in order, with their positions, and the pages that
 * they leave are given up. Pages before the first slot that goes stay as they are; pages that others hold are left alone.
 * A full page has taken the slots of one or more that are then empty, so where nothing is shared the table's own pages are
 * enough, with one to begin with.
 *
 * <p>Where slots are {@linkplain Window open} until a window is full, the last ones that are left are open again, and what
 * was encoded in groups is encoded anew in the groups that it comes to stand in.
 */
public final class Compaction {
    private final PageTable table;
    private final PageStore store;
    private final Spares spares;
    private final int pageTokens;

    private Compaction(PageTable table, Spares spares) {
        this.table = table;
        this.store = table.store();
        this.spares = spares;
        this.pageTokens = store.format().tokens();
    }

    /** Encoded pages that must be spare to compact these tables one after the other. */
    public static int encodedSpares(PageTable[] tables) {
        int pages = 1;
        for (PageTable table : tables) {
            pages += table.sharedPages();
        }
        return pages;
    }

    /** Open pages that must be spare to compact these tables one after the other. */
    public static int openSpares(PageTable[] tables) {
        int pages = 0;
        for (PageTable table : tables) {
            pages += table.window().tokens() / table.store().format().tokens();
        }
        return pages;
    }

    /**
     * @param kept slots, ascending; not none
     * @param spares pages to move to, as many as {@link #encodedSpares} and {@link #openSpares} have told
     * @return the first slot whose page is another one than before: indexes from there on are to be computed anew
     */
    public static int keep(PageTable table, int[] kept, Spares spares) {
        int same = 0;
        while (same < kept.length && kept[same] == same) {
            same++;
        }
        return same == table.tokens() ? same : new Compaction(table, spares).move(kept, same);
    }

    private int move(int[] kept, int same) {
        int count = kept.length;
        int wanted = store.format().pages(count);
        int[] positions = new int[count + pageTokens];
        for (int i = 0; i < count; i++) {
            positions[i] = table.position(kept[i]);
        }
        // From here on pages are open.
        int firstOpen = table.window().isNone() ? wanted : table.encoded(count) / pageTokens;
        int first = Math.min(same / pageTokens, firstOpen);
        int[] pages = Arrays.copyOf(table.pages(), Math.max(4, wanted + 1));
        int left = first;
        table.dropAhead();
        for (int page = first; page < wanted; page++) {
            int end = Math.min(count, (page + 1) * pageTokens);
            pages[page] = spares.take(page >= firstOpen);
            fill(pages[page], kept, page * pageTokens, end);
            for (; (left + 1) * pageTokens <= kept[end - 1] + 1; left++) {
                // Open pages may be used up before the last encoded one is written, and cannot take its place.
                spares.give(table.pages()[left], table.window().isNone() ? 0 : firstOpen - page - 1);
            }
        }
        for (; left < table.pageCount(); left++) {
            spares.give(table.pages()[left], 0);
        }
        table.become(pages, wanted, new Positions(positions), count);
        return first * pageTokens;
    }

    /** Writes slots {@code kept[from]} to {@code kept[to - 1]} to the beginning of a page. */
    private void fill(int page, int[] kept, int from, int to) {
        if (page >= 0 && store.format().isGrouped()) {
            int open = ~store.open().scratch(1)[0];
            copy(open, kept, from, to);
            store.encode(open, page, table.scales());
            store.open().dropScratch();
        } else {
            copy(page, kept, from, to);
        }
    }

    private void copy(int page, int[] kept, int from, int to) {
        for (int i = from; i < to; ) {
            int run = run(kept, i, to);
            store.move(table.page(kept[i]), table.place(kept[i]), page, i - from, run, table.scales());
            i += run;
        }
    }

    /** How many of the slots from {@code kept[i]} on, up to {@code kept[end - 1]}, stand one after the other in one page. */
    private int run(int[] kept, int i, int end) {
        int most = Math.min(end - i, pageTokens - table.place(kept[i]));
        int run = 1;
        while (run < most && kept[i + run] == kept[i] + run) {
            run++;
        }
        return run;
    }
}
