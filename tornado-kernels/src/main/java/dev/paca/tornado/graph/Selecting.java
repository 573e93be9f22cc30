package dev.paca.tornado.graph;

import dev.paca.tornado.kernels.Anchor;
import dev.paca.tornado.kernels.Choose;
import dev.paca.tornado.kernels.CodeScores;
import dev.paca.tornado.kernels.Codes;
import dev.paca.tornado.kernels.Geometry;
import dev.paca.tornado.kernels.Index;
import dev.paca.tornado.kernels.Prune;
import dev.paca.tornado.kernels.Shortlist;
import dev.paca.tornado.kernels.TileScores;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The tasks with which a graph's rows select pages: what lies beside a page is computed when it has become full, and pages
 * are scored by it and chosen.
 *
 * @param reading how it is selected
 * @param scratch what a layer works with
 * @param step the rows
 * @param tables their sequences' page tables
 * @param rows rows at most
 * @param tablePages pages of a sequence at most
 * @param decodes whether rows read what the policy selects, and not everything
 * @param tensors whether pages are scored on tensor cores
 */
record Selecting(
        Reading reading,
        Scratch scratch,
        IntArray step,
        IntArray tables,
        int rows,
        int tablePages,
        boolean decodes,
        boolean tensors) {
    private static final double LOG2_E = 1.4426950408889634;

    /** Tasks of a layer whose pages have indexes. */
    int tasks() {
        return tasks(reading, decodes);
    }

    /** The same of a graph that is yet to be made. */
    static int tasks(Reading reading, boolean decodes) {
        int seals = reading.codes() ? 2 : (sealsAtOnce(reading, decodes) ? 0 : 1);
        int chooses = (reading.codes() ? 5 : 2) + (reading.prunes() ? 1 : 0) + (reading.progresses() ? 1 : 0);
        return seals + (decodes && reading.choices() > 0 ? chooses : 0);
    }

    /** Whether the task that appends a key gives a page that it fills its index. */
    boolean sealsAtOnce(int layer) {
        return reading.indexes(layer) && sealsAtOnce(reading, decodes);
    }

    /** Rows that decode are of different sequences, so that the rest of a page has been stored before. */
    private static boolean sealsAtOnce(Reading reading, boolean decodes) {
        return decodes && !reading.codes() && !reading.prunes();
    }

    /** Pages that have become full get their indexes, where the task that appends does not see to it. */
    void seal(Tasks tasks, PageArrays pages, int layer) {
        if (reading.codes()) {
            encode(tasks, rows, step, tables, pages, layer);
        } else {
            index(tasks, pages.layers().get(layer), pages);
        }
    }

    private void index(Tasks tasks, PageArrays.Arrays kv, PageArrays pages) {
        tasks.graph.task(
                tasks.task("seal", rows * Geometry.kvHeads(pages.geometry()), Index.SEAL_THREADS),
                Index::seal,
                tasks.context,
                step,
                tables,
                scratch.qkv(),
                kv.f(),
                kv.h(),
                kv.b(),
                kv.q(),
                kv.index(),
                scratch.each(),
                pages.storage(),
                pages.geometry(),
                reading.form(),
                tablePages,
                singles(),
                scale(pages));
    }

    /** Pages that have become full get codes of their keys. */
    static void encode(Tasks tasks, int rows, IntArray step, IntArray tables, PageArrays pages, int layer) {
        PageArrays.Arrays kv = pages.layers().get(layer);
        int units = rows * Geometry.kvHeads(pages.geometry());
        tasks.graph.task(
                tasks.task("settle", units, Anchor.THREADS),
                Anchor::settle,
                tasks.context,
                step,
                tables,
                kv.f(),
                kv.h(),
                kv.b(),
                kv.q(),
                kv.anchors(),
                pages.storage(),
                pages.geometry());
        tasks.graph.task(
                tasks.task("seal", units, Codes.THREADS),
                Codes::seal,
                tasks.context,
                step,
                tables,
                kv.f(),
                kv.h(),
                kv.b(),
                kv.q(),
                kv.index(),
                kv.anchors(),
                pages.storage(),
                pages.geometry());
    }

    /** Pages are scored, and the best are chosen. */
    void choose(Tasks tasks, PageArrays pages, int layer) {
        PageArrays.Arrays kv = pages.layers().get(layer);
        int units = rows * Geometry.kvHeads(pages.geometry());
        if (reading.codes()) {
            estimate(tasks, kv, pages);
        } else {
            score(tasks, kv, pages);
        }
        tasks.graph.task(
                tasks.task("choose", units, Choose.THREADS),
                Choose::choose,
                tasks.context,
                step,
                scratch.scores(),
                scratch.chosen(),
                pages.geometry(),
                reading.choices(),
                tablePages,
                reading.more());
        if (reading.codes()) {
            refine(tasks, kv, pages);
        }
        if (reading.prunes()) {
            prune(tasks, kv, pages);
        }
    }

    /** Of the pages that are chosen those are left that hold enough of the mass. */
    private void prune(Tasks tasks, PageArrays.Arrays kv, PageArrays pages) {
        int units = rows * Geometry.kvHeads(pages.geometry());
        float mass = (float) reading.policy().pruning().mass();
        if (reading.progresses()) {
            look(tasks, kv, pages);
            tasks.graph.task(
                    tasks.task("prune", units, Prune.THREADS),
                    Prune::progressive,
                    tasks.context,
                    step,
                    scratch.scores(),
                    scratch.each(),
                    scratch.masses(),
                    scratch.chosen(),
                    pages.geometry(),
                    reading.choices(),
                    tablePages,
                    mass);
        } else {
            tasks.graph.task(
                    tasks.task("prune", units, Prune.THREADS),
                    Prune::topP,
                    tasks.context,
                    step,
                    scratch.scores(),
                    scratch.each(),
                    scratch.chosen(),
                    pages.geometry(),
                    reading.choices(),
                    tablePages,
                    mass);
        }
    }

    /** Scores by codes, and what shares of attention they make. */
    private void estimate(Tasks tasks, PageArrays.Arrays kv, PageArrays pages) {
        int groups = rows * Geometry.kvHeads(pages.geometry()) * CodeScores.tiles(tablePages);
        tasks.graph.task(
                tasks.task("score", groups, CodeScores.THREADS),
                CodeScores::score,
                tasks.context,
                step,
                tables,
                scratch.qkv(),
                kv.f(),
                kv.h(),
                kv.b(),
                kv.q(),
                kv.index(),
                kv.anchors(),
                scratch.each(),
                scratch.tiles(),
                pages.storage(),
                pages.geometry(),
                tablePages,
                scale(pages));
        tasks.graph.task(
                tasks.task("shares", groups, Shortlist.THREADS),
                Shortlist::shares,
                tasks.context,
                step,
                scratch.each(),
                scratch.tiles(),
                scratch.scores(),
                pages.geometry(),
                tablePages);
    }

    /** Of the pages that are listed those are left that their keys speak for. */
    private void refine(Tasks tasks, PageArrays.Arrays kv, PageArrays pages) {
        look(tasks, kv, pages);
        int units = rows * Geometry.kvHeads(pages.geometry());
        tasks.graph.task(
                tasks.task("keep", units, Choose.THREADS),
                Shortlist::keep,
                tasks.context,
                step,
                scratch.tiles(),
                scratch.masses(),
                scratch.scores(),
                scratch.chosen(),
                pages.geometry(),
                reading.choices(),
                tablePages);
    }

    /** What attention the listed pages get, by their keys. */
    private void look(Tasks tasks, PageArrays.Arrays kv, PageArrays pages) {
        int units = rows * Geometry.kvHeads(pages.geometry());
        tasks.graph.task(
                tasks.task(
                        "look", units * Shortlist.groups(pages.geometry(), reading.choices() - 1), Shortlist.THREADS),
                Shortlist::look,
                tasks.context,
                step,
                tables,
                scratch.chosen(),
                scratch.qkv(),
                kv.f(),
                kv.h(),
                kv.b(),
                kv.q(),
                scratch.masses(),
                pages.storage(),
                pages.geometry(),
                reading.choices(),
                scale(pages));
    }

    private void score(Tasks tasks, PageArrays.Arrays kv, PageArrays pages) {
        int units = rows * Geometry.kvHeads(pages.geometry());
        if (tensors) {
            tasks.graph.task(
                    tasks.task("score", TileScores.groups(units, tablePages), TileScores.THREADS),
                    TileScores::score,
                    tasks.context,
                    step,
                    tables,
                    scratch.qkv(),
                    kv.index(),
                    scratch.scores(),
                    scratch.each(),
                    scratch.tiles(),
                    pages.geometry(),
                    tablePages,
                    singles(),
                    scale(pages));
        } else {
            tasks.graph.task(
                    tasks.task("score", units * StepGraph.groups(tablePages, Index.PAGES), Index.THREADS),
                    Index::score,
                    tasks.context,
                    step,
                    tables,
                    scratch.qkv(),
                    kv.index(),
                    scratch.scores(),
                    scratch.each(),
                    pages.geometry(),
                    tablePages,
                    singles(),
                    scale(pages));
        }
    }

    /** Whether single heads' scores are needed: 1, or 0. */
    private int singles() {
        return decodes && reading.prunes() ? 1 : 0;
    }

    /** From a product of query and key to a logit in base 2. */
    private static float scale(PageArrays pages) {
        return (float) ((float) (1 / Math.sqrt(Geometry.headDim(pages.geometry()))) * LOG2_E);
    }
}
