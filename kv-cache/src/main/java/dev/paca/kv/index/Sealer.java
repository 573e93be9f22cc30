package dev.paca.kv.index;

import dev.paca.kv.page.Anchor;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.page.PageTable;

/** Computes the indexes of pages that have become full. */
public final class Sealer {
    private Sealer() {}

    /**
     * Slots {@code from} to {@code to - 1} of a table have just been written, past or up to its length.
     */
    public static void seal(PageTable table, int from, int to) {
        PageStore store = table.store();
        IndexForm form = store.format().index();
        if (form == IndexForm.NONE) {
            return;
        }
        int first = from / store.format().tokens();
        if (table.settleAnchor(to)) {
            first = 0;
        }
        for (int i = first; i < to / store.format().tokens(); i++) {
            int page = table.pages()[i];
            Anchor anchor = table.anchor();
            if (form != IndexForm.KEY_CODES) {
                Spread.seal(store, page);
            } else if (anchor != null) {
                KeyCodes.seal(store, page, anchor);
            }
        }
    }
}
