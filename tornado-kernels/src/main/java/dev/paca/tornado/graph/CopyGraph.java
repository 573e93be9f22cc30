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
        IntArray none = HostArrays.ints(1);
        for (PageArrays.Arrays kv : pages.layers()) {
            int indexes = pages.hasIndex(kv) ? pages.indexes() : 0;
            tasks.graph.task(
                    tasks.task("copy", StepGraph.groups(Math.max(pages.elements(), indexes), 128), 128),
                    Copy::copy,
                    tasks.context,
                    blocks,
                    kv.f(),
                    kv.h(),
                    kv.b(),
                    kv.q(),
                    indexes > 0 ? kv.index() : none,
                    pages.storage(),
                    pages.elements(),
                    scales,
                    indexes);
        }
        tasks.keep(none);
        graph = tasks.graph.snapshot();
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
