package dev.paca.tornado.graph;

import dev.paca.tornado.kernels.Copy;
import dev.paca.tornado.kernels.Geometry;
import dev.paca.tornado.kernels.Index;
import dev.paca.tornado.kernels.Page;
import dev.paca.tornado.kernels.PageImage;
import dev.paca.tornado.kernels.Step;
import dev.paca.tornado.memory.HostArrays;
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
    private final IntArray block = HostArrays.ints(1);
    /** A step of one row, whose sequence is this page alone. */
    private final IntArray step = HostArrays.ints(Step.size(1));

    private final int pageTokens;
    private final ImmutableTaskGraph graph;

    /**
     * @param from the first layer
     * @param to the layer after the last
     * @param toHost which way
     */
    public MoveGraph(
            String name, Resident resident, Reading reading, GridScheduler grids, int from, int to, boolean toHost) {
        PageArrays pages = resident.pages();
        image = PageImage.of(pages.storage(), pages.geometry(), to - from, pages.elements());
        pageTokens = reading.policy().pageTokens();
        Tasks tasks = new Tasks(name, grids, false);
        resident.find(tasks.graph, resident.layers());
        tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, block);
        if (toHost) {
            for (int l = from; l < to; l++) {
                move(tasks, pages, l, l - from, true);
            }
            tasks.graph.transferToHost(DataTransferMode.EVERY_EXECUTION, image.used());
        } else {
            tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, step);
            tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, image.used());
            FloatArray qkv = HostArrays.floats(1);
            FloatArray each = HostArrays.floats(1);
            for (int l = from; l < to; l++) {
                move(tasks, pages, l, l - from, false);
                if (reading.indexes(l)) {
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
                    block,
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
                    block,
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
                step,
                block,
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

    /** Chooses the page and how many tokens it holds. */
    public void choose(int page, int tokens) {
        block.set(0, page);
        step.set(Step.ROWS, tokens == pageTokens ? 1 : 0);
        Step.set(step, 0, 0, pageTokens - 1, 0);
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
