package dev.paca.tornado.graph;

import dev.paca.tornado.kernels.Copy;
import dev.paca.tornado.kernels.Page;
import dev.paca.tornado.memory.HostArrays;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Copies a page, all its layers, on the device; or one of each layer where layers have pages of their own. */
public final class CopyGraph {
    /** For each lane from which page, to which. */
    private final IntArray blocks;

    private final int lanes;
    private final ImmutableTaskGraph graph;

    public CopyGraph(String name, Resident resident, Reading reading, GridScheduler grids) {
        PageArrays pages = resident.pages();
        lanes = reading.perLayer() ? resident.layers() : 1;
        blocks = HostArrays.ints(2 * lanes);
        Tasks tasks = new Tasks(name, grids, false);
        resident.find(tasks.graph, resident.layers());
        tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, blocks);
        int scales = Page.scales(pages.geometry(), pages.storage());
        IntArray none = HostArrays.ints(1);
        FloatArray nowhere = HostArrays.floats(1);
        for (int l = 0; l < resident.layers(); l++) {
            PageArrays.Arrays kv = pages.layers().get(l);
            int indexes = pages.hasIndex(kv) ? pages.indexes() : 0;
            int parts = pages.hasIndex(kv) ? pages.anchors() : 0;
            int most = Math.max(pages.elements(), Math.max(indexes, parts));
            tasks.graph.task(
                    tasks.task("copy", StepGraph.groups(most, 128), 128),
                    Copy::copy,
                    tasks.context,
                    blocks,
                    kv.f(),
                    kv.h(),
                    kv.b(),
                    kv.q(),
                    indexes > 0 ? kv.index() : none,
                    parts > 0 ? kv.anchors() : nowhere,
                    pages.storage(),
                    pages.elements(),
                    scales,
                    indexes,
                    parts,
                    lanes == 1 ? 0 : l);
        }
        tasks.keep(none, nowhere);
        graph = tasks.graph.snapshot();
    }

    /** Chooses for each lane from which page to which; a page is copied to itself where nothing is to be done. */
    public void choose(int[] from, int[] to) {
        for (int lane = 0; lane < lanes; lane++) {
            blocks.set(2 * lane, from[lane]);
            blocks.set(2 * lane + 1, to[lane]);
        }
    }

    /** The graph. */
    public ImmutableTaskGraph graph() {
        return graph;
    }
}
