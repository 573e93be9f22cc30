package dev.paca.kv.select;

import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.index.Sketch;
import dev.paca.kv.page.PageTable;
import org.jspecify.annotations.Nullable;

/**
 * What a selector is asked: what of one KV head one token reads.
 *
 * @param table the head's table; it may hold further tokens written in the same step
 * @param reads all that the token sees, itself last
 * @param queries the token's queries
 * @param labels channels calibrated for this head, where the method needs them
 * @param sketch of the table's pages, where the method has one
 */
public record Request(
        PageTable table,
        Reads reads,
        Queries queries,
        int @Nullable [] labels,
        @Nullable Sketch sketch) {
    /** Without a sketch. */
    public Request(PageTable table, Reads reads, Queries queries, int @Nullable [] labels) {
        this(table, reads, queries, labels, null);
    }
}
