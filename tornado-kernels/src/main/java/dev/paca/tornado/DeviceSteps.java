package dev.paca.tornado;

import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.evict.Given;
import dev.paca.tornado.graph.CopyGraph;
import dev.paca.tornado.graph.EvictGraph;
import dev.paca.tornado.graph.HeadGraph;
import dev.paca.tornado.graph.Judging;
import dev.paca.tornado.graph.MoveGraph;
import dev.paca.tornado.graph.PageArrays;
import dev.paca.tornado.graph.Reading;
import dev.paca.tornado.graph.Resident;
import dev.paca.tornado.graph.StepGraph;
import dev.paca.tornado.graph.Target;
import dev.paca.tornado.kernels.PageImage;
import dev.paca.tornado.kernels.Step;
import dev.paca.tornado.pool.DeviceCache;
import dev.paca.tornado.pool.PageDevice;
import dev.paca.tornado.weights.DeviceModel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import uk.ac.manchester.tornado.api.DataRange;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.exceptions.TornadoInternalError;
import uk.ac.manchester.tornado.api.exceptions.TornadoOutOfMemoryException;

/** Runs steps on the device: fills in what changes, executes a graph, and fetches what is wanted of what came out. */
final class DeviceSteps implements PageDevice, AutoCloseable {
    private final String device;
    private final StepGraph one;
    private final StepGraph many;
    private final StepGraph chunk;
    private final HeadGraph head;
    private final CopyGraph copy;
    private final List<MoveGraph> toHost = new ArrayList<>();
    private final List<MoveGraph> fromHost = new ArrayList<>();
    private final List<EvictGraph> evict = new ArrayList<>();
    private final KvShape shape;
    private Reading reading;
    private final TornadoExecutionPlan plan;

    DeviceSteps(
            TornadoDevices.Device device,
            DeviceModel model,
            PageArrays pages,
            Reading reading,
            TornadoOptions options,
            int tablePages) {
        this.device = device.id();
        this.shape = model.config().kvShape();
        this.reading = reading;
        GridScheduler grids = new GridScheduler();
        boolean ptx = device.ptx();
        Target target = new Target(device.place(), ptx, device.tensors());
        int batch = options.batchRows();
        int rows = options.prefillRows();
        Resident resident = Resident.of(model, pages, Math.max(rows, batch));
        one = new StepGraph(
                new StepGraph.Plan("one", true, 1, 1, tablePages, true, true, target), resident, reading, grids);
        many = new StepGraph(
                new StepGraph.Plan("many", false, batch, batch, tablePages, true, true, target),
                resident,
                reading,
                grids);
        chunk = new StepGraph(
                new StepGraph.Plan("chunk", false, rows, Math.min(rows, batch), tablePages, false, false, target),
                resident,
                reading,
                grids);
        head = new HeadGraph("head", resident, grids, target);
        copy = new CopyGraph("copy", resident, reading, grids);
        List<ImmutableTaskGraph> graphs = new ArrayList<>();
        for (StepGraph graph : List.of(one, many, chunk)) {
            graphs.addAll(graph.parts());
        }
        graphs.add(head.graph());
        graphs.add(copy.graph());
        for (int from = 0; from < shape.layers(); from += MoveGraph.LAYERS) {
            int to = Math.min(shape.layers(), from + MoveGraph.LAYERS);
            toHost.add(new MoveGraph("save" + toHost.size(), resident, reading, grids, from, to, tablePages, true));
            fromHost.add(
                    new MoveGraph("restore" + fromHost.size(), resident, reading, grids, from, to, tablePages, false));
        }
        boolean evicts = !reading.policy().eviction().isOff();
        for (int from = 0; evicts && from < shape.layers(); from += EvictGraph.LAYERS) {
            int to = Math.min(shape.layers(), from + EvictGraph.LAYERS);
            evict.add(new EvictGraph("evict" + evict.size(), resident, reading, grids, from, to, tablePages));
        }
        toHost.forEach(move -> graphs.add(move.graph()));
        fromHost.forEach(move -> graphs.add(move.graph()));
        evict.forEach(move -> graphs.add(move.graph()));
        plan = new TornadoExecutionPlan(graphs.toArray(ImmutableTaskGraph[]::new));
        plan.withDevice(device.handle());
        plan.withGridScheduler(grids);
        boolean captures = ptx && options.capture();
        if (captures) {
            // What moves pages runs as it is: it comes late, if at all.
            for (int i = 0; i <= headPart(); i++) {
                plan.withGraph(i).withCUDAGraph();
            }
        }
        // Uploads the weights and compiles the kernels; a step without rows changes nothing.
        try {
            execute(one);
            if (captures) {
                // Now, before TornadoVM's window of events is full: it then waits for the oldest, which ends a capture.
                execute(many);
                execute(chunk);
                head.choose(0, 0);
                execute(headPart());
            }
        } catch (RuntimeException | Error e) {
            try {
                close();
            } catch (RuntimeException | Error more) {
                e.addSuppressed(more);
            }
            throw e;
        }
    }

    /** From now on decoding reads like that. */
    void read(Reading like) {
        reading = like;
    }

    @Override
    public void copy(int[] from, int[] to) {
        copy.choose(from, to);
        execute(copyPart());
    }

    @Override
    public void read(int[] pages, int[] tokens, float[][] k, float[][] v) {
        for (int i = 0; i < toHost.size(); i++) {
            toHost.get(i).choose(pages, tokens);
            execute(copyPart() + 1 + i);
        }
        eachToken(toHost, tokens, (image, layer, head, slot, l, at) -> image.read(layer, head, slot, k[l], v[l], at));
    }

    @Override
    public void write(DeviceCache cache, int index, int[] tokens, float[][] k, float[][] v) {
        int[] table = new int[index + 1];
        for (int i = 0; i <= index; i++) {
            table[i] = cache.page(0, i);
        }
        eachToken(
                fromHost, tokens, (image, layer, head, slot, l, at) -> image.write(layer, head, slot, k[l], v[l], at));
        for (int i = 0; i < fromHost.size(); i++) {
            fromHost.get(i).choose(cache.pages(index), tokens);
            fromHost.get(i).follow(table, tokens[0]);
            execute(copyPart() + 1 + toHost.size() + i);
        }
    }

    @Override
    public Given[] judge(DeviceCache cache, int tokens) {
        Given[] given = new Given[shape.layers() * shape.kvHeads()];
        for (int i = 0; i < given.length; i++) {
            given[i] = Given.sum(tokens, cache.slots(i / shape.kvHeads()));
        }
        int[] ids = cache.ids();
        table(chunk, 0, cache);
        for (int done = 0; done < tokens; ) {
            int rows = Math.min(chunk.judged(), tokens - done);
            for (int i = 0; i < rows; i++) {
                int before = tokens - done - i;
                int at = ids.length - before;
                chunk.place(i, ids[at], at, cache.slotsOfLanes(-before), 0, reading);
            }
            chunk.step().set(Step.ROWS, rows);
            chunk.step().set(Step.JUDGED, rows);
            int first = firstOf(chunk);
            for (Judging part : chunk.judgings()) {
                take(part, execute(first++), cache, given);
            }
            chunk.step().set(Step.JUDGED, 0);
            done += rows;
        }
        return given;
    }

    /** Fetches what a part of the layers has found. */
    private void take(Judging part, TornadoExecutionResult result, DeviceCache cache, Given[] given) {
        for (int layer = part.from(); layer < part.to(); layer++) {
            int slots = cache.slots(layer);
            int[] weights = new int[slots];
            for (int head = 0; head < shape.kvHeads(); head++) {
                int from = part.at(layer, head);
                result.transferToHost(
                        new DataRange(part.masses()).withOffset(from).withSize(slots));
                MemorySegment.copy(part.masses().getSegment(), ValueLayout.JAVA_INT, 4L * from, weights, 0, slots);
                given[layer * shape.kvHeads() + head].add(weights, slots);
            }
        }
    }

    @Override
    public void move(int[][] places, int[][] pages) {
        int most = 0;
        for (int[] of : pages) {
            most = Math.max(most, of.length);
        }
        int first = copyPart() + 1 + toHost.size() + fromHost.size();
        for (int i = 0; i < evict.size(); i++) {
            for (int page = 0; page < most; page += evict.get(i).pages()) {
                evict.get(i).choose(places, pages, page);
                execute(first + i);
            }
        }
    }

    /** Does something with a head's row of a token. */
    private interface TokenMove {
        void move(PageImage image, int block, int head, int slot, int layer, int at);
    }

    private void eachToken(List<MoveGraph> moves, int[] tokens, TokenMove move) {
        for (int l = 0; l < shape.layers(); l++) {
            PageImage image = moves.get(l / MoveGraph.LAYERS).image();
            for (int head = 0; head < shape.kvHeads(); head++) {
                for (int slot = 0; slot < tokens[tokens.length == 1 ? 0 : l]; slot++) {
                    int at = slot * shape.kvDim() + head * shape.headDim();
                    move.move(image, l % MoveGraph.LAYERS, head, slot, l, at);
                }
            }
        }
    }

    /**
     * Runs a token of each slice, several at once: the one at {@code index} of its tokens, whose logits are fetched if they are
     * wanted.
     */
    void decode(List<TornadoDecoder.Run> runs, int index, Wanted wanted) {
        int done = 0;
        while (done < runs.size()) {
            StepGraph graph = runs.size() - done == 1 ? one : many;
            int rows = Math.min(graph.rows(), runs.size() - done);
            List<TornadoDecoder.Run> now = runs.subList(done, done + rows);
            for (int i = 0; i < rows; i++) {
                place(graph, i, i, now.get(i), index);
                table(graph, i, now.get(i).cache());
            }
            graph.step().set(Step.ROWS, rows);
            TornadoExecutionResult result = execute(graph);
            for (int i = 0; i < rows; i++) {
                int row = now.get(i).wanted(index);
                if (row >= 0) {
                    wanted.take(now.get(i).row() + row, result, graph.logits(), i, graph.likeliest(i));
                }
            }
            done += rows;
        }
    }

    /** Runs slices of several tokens, in chunks of whatever slices are next. */
    void prefill(List<TornadoDecoder.Run> runs, Wanted wanted) {
        int run = 0;
        int at = 0;
        while (run < runs.size()) {
            int rows = 0;
            int slices = 0;
            int firstRun = run;
            int firstAt = at;
            while (run < runs.size() && rows < chunk.rows() && slices < chunk.slices()) {
                TornadoDecoder.Run now = runs.get(run);
                int count = Math.min(chunk.rows() - rows, now.slice().count() - at);
                table(chunk, slices, now.cache());
                for (int i = 0; i < count; i++) {
                    place(chunk, rows + i, slices, now, at + i);
                }
                rows += count;
                slices++;
                at += count;
                if (at == now.slice().count()) {
                    run++;
                    at = 0;
                }
            }
            chunk.step().set(Step.ROWS, rows);
            execute(chunk);
            heads(runs, firstRun, firstAt, rows, wanted);
        }
    }

    /** Logits of those of the chunk's rows whose logits are wanted. */
    private void heads(List<TornadoDecoder.Run> runs, int run, int at, int rows, Wanted wanted) {
        int r = run;
        int i = at;
        for (int row = 0; row < rows; row++) {
            int to = runs.get(r).wanted(i);
            if (to >= 0) {
                head.choose(row, rows);
                TornadoExecutionResult result = execute(headPart());
                wanted.take(runs.get(r).row() + to, result, head.logits(), 0, head.likeliest());
            }
            if (++i == runs.get(r).slice().count()) {
                r++;
                i = 0;
            }
        }
    }

    private void place(StepGraph graph, int row, int slice, TornadoDecoder.Run run, int index) {
        graph.place(
                row,
                run.slice().tokens()[run.slice().from() + index],
                run.cache().length() + index,
                run.cache().slotsOfLanes(index),
                slice,
                reading);
    }

    private static void table(StepGraph graph, int slice, DeviceCache cache) {
        for (int lane = 0; lane < cache.lanes(); lane++) {
            for (int i = 0; i < cache.pageCount(lane); i++) {
                graph.table(slice, lane, i, cache.page(lane, i));
            }
        }
    }

    private TornadoExecutionResult execute(StepGraph graph) {
        int first = firstOf(graph);
        int last = first + graph.parts().size() - 1;
        for (int i = first; i < last; i++) {
            execute(i);
        }
        return execute(last);
    }

    /** The place of a graph's first part in the plan: the steps' come first, as they were added. */
    private int firstOf(StepGraph graph) {
        if (graph == one) {
            return 0;
        }
        return one.parts().size() + (graph == many ? 0 : many.parts().size());
    }

    /** The head's place: after all steps. */
    private int headPart() {
        return firstOf(chunk) + chunk.parts().size();
    }

    /** The place of what copies a page; those that save come after it, those that restore, and those that evict. */
    private int copyPart() {
        return headPart() + 1;
    }

    private TornadoExecutionResult execute(int graph) {
        try {
            return plan.withGraph(graph).execute();
        } catch (TornadoOutOfMemoryException e) {
            throw new PacaException(
                    "The device " + device + " has no memory left for the model, its cache and what it computes with ("
                            + said(e)
                            + "). Choose a shorter context, a smaller cache, a smaller model, or --device cpu.",
                    e);
        } catch (TornadoInternalError | LinkageError | RuntimeException e) {
            throw new PacaException(
                    "The device " + device + " failed: " + TornadoDevices.reason(e)
                            + ". Sequences in flight are lost: load the model anew, or use --device cpu.",
                    e);
        }
    }

    /** Its first line, without colours and the full stop. */
    private static String said(Throwable failure) {
        String plain = String.valueOf(failure.getMessage())
                .replaceAll("\u001B\\[[0-9;]*m", "")
                .strip();
        return plain.lines().findFirst().orElse("").replaceFirst("[.]$", "");
    }

    @Override
    public void close() {
        try {
            // else what the graph that ran last holds would be all that is freed
            plan.withAllGraphs();
            plan.close();
        } catch (TornadoExecutionPlanException | TornadoInternalError e) {
            throw new PacaException("The device " + device + " could not free its memory: " + e.getMessage() + ".", e);
        }
    }
}
