package dev.paca.tornado.graph;

import dev.paca.tornado.kernels.Copy;
import dev.paca.tornado.kernels.Page;
import dev.paca.tornado.memory.HostArrays;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Copies a page, all its layers, on the device. */
public final class CopyGraph {
    private final IntArray blocks = HostArrays.ints(2);
    private final ImmutableTaskGraph graph;

    public CopyGraph(String name, Resident resident, GridScheduler grids) {
        PageArrays pages = resident.pages();
        Tasks tasks = new Tasks(name, grids, false);
        resident.find(tasks.graph, resident.layers());
        tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, blocks);
        int scales = Page.scales(pages.geometry(), pages.storage());
        for (PageArrays.Arrays kv : pages.layers()) {
            copy(tasks, kv, kv.q(), pages.storage(), pages.elements());
            if (scales > 0) {
                copy(tasks, kv, kv.q(), Page.F32, scales);
            }
            if (kv.index().getSize() > 1) {
                copy(tasks, kv, kv.index(), Page.FP8, pages.indexes());
            }
        }
        resident.leave(tasks.graph, resident.layers());
        graph = tasks.graph.snapshot();
    }

    private void copy(Tasks tasks, PageArrays.Arrays kv, IntArray ints, int storage, int elements) {
        tasks.graph.task(
                tasks.task("copy", StepGraph.groups(elements, 128), 128),
                Copy::copy,
                tasks.context,
                blocks,
                kv.f(),
                kv.h(),
                kv.b(),
                ints,
                storage,
                elements);
    }

    /** Chooses the pages. */
    public void choose(int from, int to) {
        blocks.set(0, from);
        blocks.set(1, to);
    }

    /** The graph. */
    public ImmutableTaskGraph graph() {
        return graph;
    }
}
