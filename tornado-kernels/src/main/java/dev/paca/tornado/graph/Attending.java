package dev.paca.tornado.graph;

import dev.paca.kv.KvShape;
import dev.paca.tornado.kernels.Append;
import dev.paca.tornado.kernels.Attention;
import dev.paca.tornado.kernels.Combine;
import dev.paca.tornado.kernels.ShortSplits;
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
    /** Work-groups that fill a large device. */
    private static final int GROUPS = 4096;

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
        int units = shape.heads() + 2 * shape.kvHeads();
        boolean seals = selecting.sealsAtOnce(layer);
        tasks.graph.task(
                tasks.task("append", selecting.rows() * units, Append.THREADS),
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
                // an array that a kernel only writes is not copied in: codes' is
                seals ? kv.index() : scratch.chosen(),
                pages.storage(),
                pages.geometry(),
                pairsAreHalves ? 1 : 0,
                biased ? 1 : 0,
                seals ? reading.form() : 0);
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
        if (reading.indexes(layer) && !selecting.sealsAtOnce(layer)) {
            selecting.seal(tasks, pages, layer);
        }
        if (choices > 0) {
            selecting.choose(tasks, pages, layer);
        }
        int most = selects ? reading.most() : selecting.tablePages();
        int splits = shortSplits(shape, reading, selecting.rows(), most);
        if (splits > 0) {
            attendShortly(tasks, pages, kv, splits, choices);
            combine(
                    tasks,
                    pages,
                    splits,
                    choices,
                    ShortSplits.TOKENS / reading.policy().pageTokens(),
                    rounds);
        } else {
            splits = splits(shape, selecting.rows(), most);
            attend(tasks, pages, kv, splits, choices);
            combine(tasks, pages, splits, choices, 0, rounds);
        }
    }

    private void attend(Tasks tasks, PageArrays pages, PageArrays.Arrays kv, int splits, int choices) {
        int groups = Attention.groups(shape.kvHeads(), shape.group(), splits, selecting.rows());
        int threads = Attention.threads(shape.headDim());
        tasks.graph.task(
                tasks.task("attend", groups, threads),
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
    }

    private void attendShortly(Tasks tasks, PageArrays pages, PageArrays.Arrays kv, int splits, int choices) {
        int groups = Attention.groups(shape.kvHeads(), shape.group(), splits, selecting.rows());
        tasks.graph.task(
                tasks.task("attend", groups, ShortSplits.THREADS),
                ShortSplits::attend,
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
                tasks.shuffle,
                (float) (1 / Math.sqrt(shape.headDim())));
    }

    /** What splits gathered is put together. */
    private void combine(Tasks tasks, PageArrays pages, int splits, int choices, int each, int rounds) {
        int rows = selecting.rows();
        if (splits <= Combine.FEW && rows > 1) {
            int outputs = rows * shape.queryDim();
            tasks.graph.task(
                    tasks.task("combine", StepGraph.groups(outputs / 2, Combine.FEW_THREADS), Combine.FEW_THREADS),
                    Combine::few,
                    tasks.context,
                    selecting.step(),
                    scratch.chosen(),
                    scratch.partials(),
                    scratch.attended(),
                    halves,
                    pages.geometry(),
                    splits,
                    choices,
                    each,
                    capacity,
                    rounds);
        } else {
            tasks.graph.task(
                    tasks.task("combine", rows * shape.heads(), Combine.THREADS),
                    Combine::combine,
                    tasks.context,
                    selecting.step(),
                    scratch.chosen(),
                    scratch.partials(),
                    scratch.attended(),
                    halves,
                    pages.geometry(),
                    splits,
                    choices,
                    each,
                    capacity,
                    rounds,
                    tasks.shuffle);
        }
    }

    /** Splits at most of rows that read of up to {@code tablePages} pages. */
    static int room(KvShape shape, Reading reading, int rows, int tablePages) {
        int most = Math.min(reading.most(), tablePages);
        int brief = Math.max(shortSplits(shape, reading, rows, most), shortSplits(shape, reading, rows, tablePages));
        return Math.max(brief, splits(shape, rows, tablePages));
    }

    /** Short splits of so many pages, or 0 where they would be too many. */
    private static int shortSplits(KvShape shape, Reading reading, int rows, int pages) {
        int splits = ShortSplits.splits(pages, reading.policy().pageTokens());
        boolean few = splits <= Attention.MAX_SPLITS
                && Attention.groups(shape.kvHeads(), shape.group(), splits, rows) <= GROUPS;
        return few ? splits : 0;
    }

    /** Enough work-groups to fill a large device, but no more splits than there are pieces of what is read. */
    static int splits(KvShape shape, int rows, int pages) {
        int queries = Attention.groups(shape.kvHeads(), shape.group(), 1, rows);
        int pieces = Math.max(1, pages / 4);
        return Math.max(1, Math.min(Math.min(Attention.MAX_SPLITS, pieces), GROUPS / queries));
    }
}
