package dev.paca.kv.index;

import dev.paca.kv.page.Anchor;
import dev.paca.kv.page.Growth;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.page.PageTable;
import org.jspecify.annotations.Nullable;

/** Computes the indexes of pages that have become full. */
public final class Sealer {
    private Sealer() {}

    /** Computes the indexes that a step's tokens, which have been written and encoded, made possible. */
    public static void seal(Growth growth) {
        PageTable table = growth.table();
        PageStore store = table.store();
        if (!store.format().index().scores()) {
            return;
        }
        int[] pages = growth.pagesAfter();
        boolean fresh = table.settleAnchor(growth.end(), pages);
        seal(table, pages, fresh ? 0 : growth.firstChanged(), growth.end());
        for (int page : growth.fullOpenPages()) {
            seal(store, page, table.anchor());
        }
    }

    /** Computes what a table lacks that began with pages of another one, whose indexes are there. */
    public static void adopt(PageTable table) {
        table.settleAnchor(table.tokens(), table.pages());
    }

    /** Computes all indexes of a table. */
    public static void sealAll(PageTable table) {
        table.settleAnchor(table.tokens(), table.pages());
        sealFrom(table, 0);
    }

    /** Computes the indexes of a table's full pages from that of a slot on, relative to the anchor that it has. */
    public static void sealFrom(PageTable table, int slot) {
        if (table.store().format().index().scores()) {
            seal(table, table.pages(), slot, table.tokens());
        }
    }

    /** Computes the indexes of the pages, out of a list, that slots {@code from} to {@code to - 1} made full. */
    private static void seal(PageTable table, int[] pages, int from, int to) {
        int pageTokens = table.store().format().tokens();
        for (int i = from / pageTokens; i < to / pageTokens; i++) {
            seal(table.store(), pages[i], table.anchor());
        }
    }

    private static void seal(PageStore store, int page, @Nullable Anchor anchor) {
        if (store.format().index() != IndexForm.KEY_CODES) {
            Spread.seal(store, page);
        } else if (anchor != null) {
            KeyCodes.seal(store, page, anchor);
        }
    }
}
