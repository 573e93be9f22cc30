package dev.paca.tornado.graph;

import dev.paca.tornado.kernels.Evict;
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

/**
 * Moves the tokens that survive an eviction, in some layers, to pages that they fill: as many pages at a time as the stage
 * between has. Pages that come full get their indexes.
 */
public final class EvictGraph {
    /** Layers of a graph: TornadoVM describes some hundred tasks at most. */
    public static final int LAYERS = 24;
    /** Pages of the stage at most. */
    private static final int MOST_PAGES = 128;

    private final int from;
    private final int kvHeads;
    private final int pageTokens;
    private final int pages;
    private final IntArray sources;
    /** The pages that the stage's become, and a step whose rows are those that come full; for each lane. */
    private final List<IntArray> targets = new ArrayList<>();

    private final List<IntArray> steps = new ArrayList<>();
    private final ImmutableTaskGraph graph;

    /**
     * @param from the first layer
     * @param to the layer after the last
     * @param tablePages pages of a sequence at most
     */
    public EvictGraph(
            String name, Resident resident, Reading reading, GridScheduler grids, int from, int to, int tablePages) {
        this.from = from;
        PageArrays arrays = resident.pages();
        int geometry = arrays.geometry();
        int storage = arrays.storage();
        kvHeads = Geometry.kvHeads(geometry);
        pageTokens = reading.policy().pageTokens();
        pages = pages(tablePages);
        sources = HostArrays.ints((to - from) * kvHeads * pages * pageTokens);
        for (int lane = 0; lane < (reading.perLayer() ? to - from : 1); lane++) {
            targets.add(HostArrays.ints(pages));
            steps.add(HostArrays.ints(Step.size(pages)));
        }
        PageImage stage = PageImage.of(storage, geometry, pages, arrays.elements());
        FloatArray qkv = HostArrays.floats(1);
        FloatArray each = HostArrays.floats(1);
        Tasks tasks = new Tasks(name, grids, false);
        resident.find(tasks.graph, resident.layers());
        tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, sources);
        tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, targets.toArray());
        tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, steps.toArray());
        int groups = StepGraph.groups(arrays.elements() * pages, 128);
        for (int l = from; l < to; l++) {
            PageArrays.Arrays kv = arrays.layers().get(l);
            tasks.graph.task(
                    tasks.task("gather", groups, 128),
                    Evict::gather,
                    tasks.context,
                    sources,
                    kv.f(),
                    kv.h(),
                    kv.b(),
                    kv.q(),
                    stage.f(),
                    stage.h(),
                    stage.b(),
                    stage.q(),
                    storage,
                    geometry,
                    arrays.elements(),
                    pages,
                    l - from);
            tasks.graph.task(
                    tasks.task("scatter", groups, 128),
                    Evict::scatter,
                    tasks.context,
                    targets.get(lane(l)),
                    kv.f(),
                    kv.h(),
                    kv.b(),
                    kv.q(),
                    stage.f(),
                    stage.h(),
                    stage.b(),
                    stage.q(),
                    storage,
                    arrays.elements(),
                    Page.scales(geometry, storage),
                    pages);
            if (reading.indexes(l)) {
                seal(tasks, arrays, reading, l, qkv, each);
            }
        }
        tasks.keep(stage.f(), stage.h(), stage.b(), stage.q(), qkv, each);
        graph = tasks.graph.snapshot();
    }

    private void seal(Tasks tasks, PageArrays arrays, Reading reading, int layer, FloatArray qkv, FloatArray each) {
        PageArrays.Arrays kv = arrays.layers().get(layer);
        tasks.graph.task(
                tasks.task("seal", pages * kvHeads, Index.SEAL_THREADS),
                Index::seal,
                tasks.context,
                steps.get(lane(layer)),
                targets.get(lane(layer)),
                qkv,
                kv.f(),
                kv.h(),
                kv.b(),
                kv.q(),
                kv.index(),
                each,
                arrays.storage(),
                arrays.geometry(),
                reading.form(),
                1,
                0,
                1f);
    }

    private int lane(int layer) {
        return targets.size() == 1 ? 0 : layer - from;
    }

    /** Pages of a stage: as many as move at a time. */
    private static int pages(int tablePages) {
        return Math.min(MOST_PAGES, tablePages);
    }

    /** Bytes of a stage, and of what says where its tokens come from. */
    public static long bytes(long pageBytes, int layers, int kvHeads, int pageTokens, int tablePages) {
        return pages(tablePages) * (pageBytes / layers + 4L * layers * kvHeads * pageTokens);
    }

    /**
     * Chooses what is moved.
     *
     * @param places for each layer and KV head, of the model, where the tokens lie: page × page tokens + place
     * @param blocks for each lane the pages that they are to fill
     * @param first which of these is the first now; as many follow as {@link #pages()} says
     */
    public void choose(int[][] places, int[][] blocks, int first) {
        int slots = pages * pageTokens;
        for (int i = 0; i < sources.getSize(); i++) {
            int[] of = places[from * kvHeads + i / slots];
            int at = first * pageTokens + i % slots;
            sources.set(i, at < of.length ? of[at] : -1);
        }
        for (int lane = 0; lane < targets.size(); lane++) {
            int layer = from + lane;
            int[] of = blocks[targets.size() == 1 ? 0 : layer];
            int full = places[layer * kvHeads].length / pageTokens - first;
            IntArray step = steps.get(lane);
            step.set(Step.ROWS, Math.clamp(full, 0, pages));
            for (int page = 0; page < pages; page++) {
                targets.get(lane).set(page, first + page < of.length ? of[first + page] : -1);
                // alone in a table that begins with it
                Step.set(step, page, 0, pageTokens - 1, page);
            }
        }
    }

    /** Pages that are filled at a time. */
    public int pages() {
        return pages;
    }

    /** The graph. */
    public ImmutableTaskGraph graph() {
        return graph;
    }
}
