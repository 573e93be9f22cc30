package dev.paca.tornado.graph;

import dev.paca.tornado.kernels.Geometry;
import dev.paca.tornado.kernels.Judge;
import dev.paca.tornado.memory.HostArrays;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** What a task graph of a prompt's chunk computes beside for an eviction: how much its rows look at each slot. */
public final class Judging {
    private final int kvHeads;
    private final int capacity;
    private final int splits;
    private final int rows;
    private final int from;
    private final FloatArray sums;
    private final FloatArray totals;
    private final IntArray masses;

    /**
     * @param geometry the shape, packed
     * @param slots of a KV head at most
     * @param tokens rows of a step that are judged at most
     * @param from the graph's first layer
     * @param to the layer after its last
     */
    Judging(int geometry, int slots, int tokens, int from, int to) {
        this.from = from;
        kvHeads = Geometry.kvHeads(geometry);
        capacity = StepGraph.groups(slots, Judge.SLOTS) * Judge.SLOTS;
        splits = StepGraph.groups(slots, Judge.SPLIT);
        rows = StepGraph.groups(tokens * Geometry.group(geometry), Judge.ROWS) * Judge.ROWS;
        sums = HostArrays.floats(kvHeads * splits * rows * 2);
        totals = HostArrays.floats(kvHeads * rows * 2);
        masses = HostArrays.ints((to - from) * kvHeads * capacity);
    }

    /** Bytes of what is judged in a graph of so many layers. */
    public static long bytes(int geometry, int slots, int tokens, int layers) {
        long heads = Geometry.kvHeads(geometry);
        long rows = (long) tokens * Geometry.group(geometry);
        return 4 * heads * (layers * (long) slots + 2 * rows * (StepGraph.groups(slots, Judge.SPLIT) + 1L));
    }

    /** Appends the tasks of a layer, whose queries have been turned. */
    void judge(Tasks tasks, PageArrays pages, IntArray step, IntArray tables, FloatArray qkv, int layer) {
        PageArrays.Arrays kv = pages.layers().get(layer);
        float scale = (float) (1 / Math.sqrt(Geometry.headDim(pages.geometry())));
        tasks.graph.task(
                tasks.task("sums", kvHeads * splits * (rows / Judge.ROWS), Judge.THREADS),
                Judge::sums,
                tasks.context,
                step,
                tables,
                qkv,
                kv.f(),
                kv.h(),
                kv.b(),
                kv.q(),
                sums,
                pages.storage(),
                pages.geometry(),
                splits,
                rows,
                scale);
        tasks.graph.task(
                tasks.task("totals", kvHeads * rows, Judge.THREADS),
                Judge::totals,
                tasks.context,
                step,
                sums,
                totals,
                pages.geometry(),
                splits,
                rows);
        tasks.graph.task(
                tasks.task("masses", kvHeads * (capacity / Judge.SLOTS), Judge.THREADS),
                Judge::masses,
                tasks.context,
                step,
                tables,
                qkv,
                kv.f(),
                kv.h(),
                kv.b(),
                kv.q(),
                totals,
                masses,
                pages.storage(),
                pages.geometry(),
                capacity,
                rows,
                layer - from,
                scale);
    }

    /** Has the graph keep what is only asked for when a prompt ends. */
    void keep(Tasks tasks) {
        tasks.graph.transferToHost(DataTransferMode.UNDER_DEMAND, sums, totals, masses);
    }

    /** The graph's first layer. */
    public int from() {
        return from;
    }

    /** The layer after its last. */
    public int to() {
        return from + masses.getSize() / (kvHeads * capacity);
    }

    /** For each layer and KV head, of each slot; fetched when it is wanted. */
    public IntArray masses() {
        return masses;
    }

    /** Index in {@link #masses} of a KV head's first slot. */
    public int at(int layer, int kvHead) {
        return ((layer - from) * kvHeads + kvHead) * capacity;
    }
}
