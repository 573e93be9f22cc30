package dev.paca.tornado.graph;

import dev.paca.kv.KvShape;
import dev.paca.tornado.kernels.Append;
import dev.paca.tornado.kernels.Attention;
import dev.paca.tornado.kernels.Combine;
import dev.paca.tornado.kernels.Page;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The tasks with which a graph's rows join their sequences' pages and attend to them, or to what is selected of them.
 *
 * @param shape of the model
 * @param reading how it is selected
 * @param selecting the tasks that select
 * @param scratch what a layer works with
 * @param decoded what each byte of packed pages stands for
 * @param halves what comes out, rounded for the product that follows; see {@link Linears#halves}
 * @param capacity rows that these are for
 */
record Attending(
        KvShape shape,
        Reading reading,
        Selecting selecting,
        Scratch scratch,
        FloatArray decoded,
        IntArray halves,
        int capacity) {

    /** Queries and keys are turned by their position; keys and values join the pages. */
    void append(
            Tasks tasks,
            PageArrays pages,
            int layer,
            FloatArray bias,
            FloatArray angles,
            boolean pairsAreHalves,
            boolean biased) {
        PageArrays.Arrays kv = pages.layers().get(layer);
        int qkvDim = shape.queryDim() + 2 * shape.kvDim();
        tasks.graph.task(
                tasks.task("append", StepGraph.groups(selecting.rows() * qkvDim / Append.CHANNELS, 64), 64),
                Append::append,
                tasks.context,
                selecting.step(),
                selecting.tables(),
                scratch.qkv(),
                bias,
                angles,
                kv.f(),
                kv.h(),
                kv.b(),
                kv.q(),
                pages.storage(),
                pages.geometry(),
                pairsAreHalves ? 1 : 0,
                biased ? 1 : 0);
        if (pages.storage() == Page.INT8) {
            tasks.graph.task(
                    tasks.task("scaled", selecting.rows() * 2 * shape.kvHeads(), 32),
                    Append::scaled,
                    tasks.context,
                    selecting.step(),
                    selecting.tables(),
                    scratch.qkv(),
                    kv.f(),
                    kv.q(),
                    pages.geometry());
        }
    }

    /**
     * Every query reads its sequence up to itself, or what is chosen of that.
     *
     * @param rounds whether what comes out is rounded too: 1, or 0
     */
    void attend(Tasks tasks, PageArrays pages, int layer, int rounds) {
        PageArrays.Arrays kv = pages.layers().get(layer);
        boolean selects = selecting.decodes() && reading.selects(layer);
        int choices = selects ? reading.choices() : Attention.ALL;
        if (reading.indexes(layer)) {
            selecting.seal(tasks, pages, layer);
        }
        if (choices > 0) {
            selecting.choose(tasks, pages, layer);
        }
        int splits = splits(shape, selecting.rows(), selects ? reading.most() : selecting.tablePages());
        int threads = Attention.threads(shape.headDim());
        tasks.graph.task(
                tasks.task(
                        "attend", Attention.groups(shape.kvHeads(), shape.group(), splits, selecting.rows()), threads),
                Attention::attend,
                tasks.context,
                selecting.step(),
                selecting.tables(),
                scratch.chosen(),
                scratch.qkv(),
                kv.f(),
                kv.h(),
                kv.b(),
                kv.q(),
                decoded,
                scratch.partials(),
                pages.storage(),
                pages.geometry(),
                splits,
                choices,
                threads,
                tasks.shuffle,
                (float) (1 / Math.sqrt(shape.headDim())));
        combine(tasks, pages, splits, choices, rounds);
    }

    /** What splits gathered is put together. */
    private void combine(Tasks tasks, PageArrays pages, int splits, int choices, int rounds) {
        int rows = selecting.rows();
        boolean few = splits <= Combine.FEW && rows > 1;
        int outputs = rows * shape.queryDim();
        tasks.graph.task(
                few
                        ? tasks.task("combine", StepGraph.groups(outputs / 2, Combine.FEW_THREADS), Combine.FEW_THREADS)
                        : tasks.task("combine", rows * shape.heads(), Combine.THREADS),
                few ? Combine::few : Combine::combine,
                tasks.context,
                selecting.step(),
                scratch.chosen(),
                scratch.partials(),
                scratch.attended(),
                halves,
                pages.geometry(),
                splits,
                choices,
                capacity,
                rounds);
    }

    /** Enough work-groups to fill a large device, but no more splits than there are pieces of what is read. */
    static int splits(KvShape shape, int rows, int pages) {
        int queries = Attention.groups(shape.kvHeads(), shape.group(), 1, rows);
        int pieces = Math.max(1, pages / 4);
        return Math.max(1, Math.min(Math.min(Attention.MAX_SPLITS, pieces), 4096 / queries));
    }
}
