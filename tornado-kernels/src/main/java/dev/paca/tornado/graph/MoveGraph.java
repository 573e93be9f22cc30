package dev.paca.tornado.graph;

import dev.paca.tornado.kernels.Copy;
import dev.paca.tornado.kernels.Geometry;
import dev.paca.tornado.kernels.Index;
import dev.paca.tornado.kernels.Page;
import dev.paca.tornado.kernels.PageImage;
import dev.paca.tornado.kernels.Step;
import dev.paca.tornado.memory.HostArrays;
import java.util.ArrayList;
import java.util.List;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Brings some layers of a page to the host, or from there; one that comes full gets its index. */
public final class MoveGraph {
    /** Layers of a graph: some hundred tasks are the most that TornadoVM describes. */
    public static final int LAYERS = 32;

    private final PageImage image;
    /** The page, and a step of one row whose sequence is this page alone; for each lane. */
    private final List<IntArray> blocks = new ArrayList<>();

    private final List<IntArray> steps = new ArrayList<>();
    /** Where indexes depend on more than a page: the sequence's pages, and a step of one row at the end of this one. */
    private final IntArray table;

    private final IntArray row = HostArrays.ints(Step.size(1));
    private final int from;
    private final int pageTokens;
    private final ImmutableTaskGraph graph;

    /**
     * @param from the first layer
     * @param to the layer after the last
     * @param tablePages pages of a sequence at most
     * @param toHost which way
     */
    public MoveGraph(
            String name,
            Resident resident,
            Reading reading,
            GridScheduler grids,
            int from,
            int to,
            int tablePages,
            boolean toHost) {
        PageArrays pages = resident.pages();
        image = PageImage.of(pages.storage(), pages.geometry(), to - from, pages.elements());
        this.from = from;
        table = HostArrays.ints(reading.codes() ? tablePages : 1);
        pageTokens = reading.policy().pageTokens();
        for (int lane = 0; lane < (reading.perLayer() ? to - from : 1); lane++) {
            blocks.add(HostArrays.ints(1));
            steps.add(HostArrays.ints(Step.size(1)));
        }
        Tasks tasks = new Tasks(name, grids, false);
        resident.find(tasks.graph, resident.layers());
        tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, blocks.toArray());
        if (toHost) {
            for (int l = from; l < to; l++) {
                move(tasks, pages, l, l - from, true);
            }
            tasks.graph.transferToHost(DataTransferMode.EVERY_EXECUTION, image.used());
        } else {
            tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, steps.toArray());
            if (reading.codes()) {
                tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, table, row);
            }
            tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, image.used());
            FloatArray qkv = HostArrays.floats(1);
            FloatArray each = HostArrays.floats(1);
            for (int l = from; l < to; l++) {
                move(tasks, pages, l, l - from, false);
                if (reading.indexes(l) && reading.codes()) {
                    Selecting.encode(tasks, 1, row, table, pages, l);
                } else if (reading.indexes(l)) {
                    seal(tasks, pages, reading, l, qkv, each);
                }
            }
            tasks.keep(qkv, each);
        }
        tasks.keep(image.idle());
        graph = tasks.graph.snapshot();
    }

    private void move(Tasks tasks, PageArrays pages, int layer, int at, boolean toHost) {
        PageArrays.Arrays kv = pages.layers().get(layer);
        int scales = Page.scales(pages.geometry(), pages.storage());
        String task = tasks.task("move", StepGraph.groups(pages.elements(), 128), 128);
        if (toHost) {
            tasks.graph.task(
                    task,
                    Copy::out,
                    tasks.context,
                    blocks.get(lane(layer)),
                    kv.f(),
                    kv.h(),
                    kv.b(),
                    kv.q(),
                    image.f(),
                    image.h(),
                    image.b(),
                    image.q(),
                    pages.storage(),
                    pages.elements(),
                    scales,
                    at);
        } else {
            tasks.graph.task(
                    task,
                    Copy::in,
                    tasks.context,
                    blocks.get(lane(layer)),
                    kv.f(),
                    kv.h(),
                    kv.b(),
                    kv.q(),
                    image.f(),
                    image.h(),
                    image.b(),
                    image.q(),
                    pages.storage(),
                    pages.elements(),
                    scales,
                    at);
        }
    }

    private void seal(Tasks tasks, PageArrays pages, Reading reading, int layer, FloatArray qkv, FloatArray each) {
        PageArrays.Arrays kv = pages.layers().get(layer);
        tasks.graph.task(
                tasks.task("seal", Geometry.kvHeads(pages.geometry()), Index.SEAL_THREADS),
                Index::seal,
                tasks.context,
                steps.get(lane(layer)),
                blocks.get(lane(layer)),
                qkv,
                kv.f(),
                kv.h(),
                kv.b(),
                kv.q(),
                kv.index(),
                each,
                pages.storage(),
                pages.geometry(),
                reading.form(),
                1,
                0,
                1f);
    }

    private int lane(int layer) {
        return blocks.size() == 1 ? 0 : layer - from;
    }

    /** Chooses the page of each lane of the model, and how many tokens it holds; none where that is 0. */
    public void choose(int[] pages, int[] tokens) {
        for (int i = 0; i < blocks.size(); i++) {
            int lane = blocks.size() == 1 ? 0 : from + i;
            blocks.get(i).set(0, pages[lane]);
            steps.get(i).set(Step.ROWS, tokens[lane] == pageTokens ? 1 : 0);
            Step.set(steps.get(i), 0, 0, pageTokens - 1, 0);
        }
    }

    /**
     * Chooses the sequence that the page belongs to, and its place there.
     *
     * @param pages the sequence's pages up to this one
     */
    public void follow(int[] pages, int tokens) {
        for (int i = 0; i < pages.length && i < table.getSize(); i++) {
            table.set(i, pages[i]);
        }
        row.set(Step.ROWS, tokens == pageTokens ? 1 : 0);
        Step.set(row, 0, 0, pages.length * pageTokens - 1, 0);
    }

    /** The page on the host; block 0 is the first of these layers. */
    public PageImage image() {
        return image;
    }

    /** The graph. */
    public ImmutableTaskGraph graph() {
        return graph;
    }
}
