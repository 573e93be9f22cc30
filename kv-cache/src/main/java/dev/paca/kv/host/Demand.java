package dev.paca.kv.host;

import dev.paca.kv.page.PageMemory;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.page.PageTable;
import java.util.LinkedHashMap;
import java.util.Map;

/** Pages that are about to be taken: all of them can be had, or nothing is taken. */
final class Demand {
    private final Map<PageStore, Long> pages = new LinkedHashMap<>();

    void add(PageStore store, long count) {
        if (count > 0) {
            pages.merge(store, count, Long::sum);
        }
    }

    /** What a table must take for {@code more} tokens. */
    void add(PageTable table, int more) {
        add(table.store(), table.missing(more));
        add(table.store().open(), table.missingOpen(more));
    }

    /** Bytes that must come from the system. */
    long growth() {
        long sum = 0;
        for (Map.Entry<PageStore, Long> need : pages.entrySet()) {
            sum += need.getKey().growth(need.getValue());
        }
        return sum;
    }

    /** Makes sure that the pages are free in their stores. {@link #growth} has been found to be available. */
    void secure(PageMemory memory) {
        long others = growth();
        if (others > memory.available()) {
            throw memory.refusal(others);
        }
        for (Map.Entry<PageStore, Long> need : pages.entrySet()) {
            others -= need.getKey().growth(need.getValue());
            need.getKey().grow(need.getValue(), others);
        }
    }
}
