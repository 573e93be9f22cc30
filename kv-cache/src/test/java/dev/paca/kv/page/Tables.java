package dev.paca.kv.page;

/** Writes tokens into tables as a step does. */
public final class Tables {
    private Tables() {}

    /** A table with {@code tokens} tokens in pages of its own; keys and values stand row by row. */
    public static PageTable filled(PageStore store, int tokens, float[] k, float[] v) {
        PageTable table = new PageTable(store);
        append(table, tokens, k, v).close();
        return table;
    }

    /** Appends tokens whose pages have been secured; {@link Step#close} ends the step. */
    public static Step append(PageTable table, int tokens, float[] k, float[] v) {
        PageStore store = table.store();
        store.grow(table.missing(tokens), 0);
        store.open().grow(Math.max(table.missingOpen(tokens), store.open().free()), 0);
        table.reserve(tokens);
        int dims = store.format().headDim();
        int[] scratch = store.open().scratch(Growth.scratchPages(store.format(), tokens));
        Growth growth = new Growth(table, tokens, scratch, 0);
        growth.writeFirst(k, v, 0, dims);
        if (growth.settles()) {
            float[] largest = growth.largest();
            growth.settle(Scales.of(store.format(), largest[0], largest[1]));
        }
        growth.writeRest(k, v, 0, dims);
        return new Step(growth, tokens);
    }

    /** A step whose tokens have been written. */
    public record Step(Growth growth, int tokens) {
        public void close() {
            growth.table().advance(tokens, growth.first());
        }
    }
}
