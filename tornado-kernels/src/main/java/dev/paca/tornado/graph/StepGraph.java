package dev.paca.tornado.graph;

import dev.paca.kv.KvShape;
import dev.paca.model.llama.Architecture;
import dev.paca.model.llama.LlamaConfig;
import dev.paca.tornado.kernels.Embedding;
import dev.paca.tornado.kernels.Layer;
import dev.paca.tornado.kernels.Norm;
import dev.paca.tornado.kernels.Product;
import dev.paca.tornado.kernels.Step;
import dev.paca.tornado.memory.HostArrays;
import dev.paca.tornado.weights.DeviceLayer;
import dev.paca.tornado.weights.DeviceMatrix;
import dev.paca.tornado.weights.DeviceModel;
import dev.paca.tornado.weights.Linear;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The forward pass of up to so many rows as one task graph, or several for a deep model, from token ids to the residual stream and, where rows are few,
 * to logits. Grids and capacities are fixed: what changes from step to step is in {@link #step} and the page tables.
 */
public final class StepGraph {
    /** Tasks of a task graph, about: TornadoVM describes a graph in 8 KiB, which hold some hundred. */
    static final int TASKS = 72;

    private final int rows;
    private final int slices;
    private final int tableInts;
    private final IntArray step;
    private final IntArray tables;
    private final FloatArray stream;
    private final @Nullable Choice choice;
    private final Scratch scratch;
    private final Reading reading;
    private final boolean decodes;
    private final @Nullable Tensors tensors;
    private final Linears linears;
    private final Selecting selecting;
    private final Attending attending;
    private final List<ImmutableTaskGraph> parts = new ArrayList<>();
    /** What each layer finds in {@link #step} and {@link #tables}, where that differs. */
    private final @Nullable IntArray places;

    private final @Nullable IntArray allTables;
    private final List<Judging> judgings = new ArrayList<>();

    /**
     * What a graph is built for.
     *
     * @param name of the graph
     * @param first whether it is the first of the plan, which uploads the weights
     * @param rows rows that a step can have
     * @param slices sequences that a step can have
     * @param tablePages pages of a sequence at most
     * @param head whether logits of all rows are computed
     * @param decodes whether rows read what the policy selects, and not everything
     * @param target the device
     */
    public record Plan(
            String name,
            boolean first,
            int rows,
            int slices,
            int tablePages,
            boolean head,
            boolean decodes,
            Target target) {}

    public StepGraph(Plan plan, Resident resident, Reading reading, GridScheduler grids) {
        this.reading = reading;
        decodes = plan.decodes();
        DeviceModel model = resident.model();
        LlamaConfig config = model.config();
        rows = plan.rows();
        slices = plan.slices();
        tableInts = plan.tablePages();
        step = HostArrays.ints(Step.size(rows));
        tables = HostArrays.ints(slices * tableInts);
        stream = resident.stream();
        places = reading.perLayer() ? HostArrays.ints(config.layers() * Step.FIELDS * rows) : null;
        allTables = reading.perLayer() ? HostArrays.ints(config.layers() * tables.getSize()) : null;
        choice = plan.head() ? new Choice(rows, config.vocabulary()) : null;
        KvShape shape = config.kvShape();
        int splits = Attending.room(shape, reading, rows, tableInts);
        boolean tensorCores = plan.target().tensors();
        int capacity = decodes ? tableInts : 0;
        scratch = Scratch.of(shape, config.dim(), config.ffnDim(), rows, splits, reading, capacity, tensorCores);
        List<DeviceMatrix> taken = tensorCores && rows > 1
                ? model.matrices().stream().filter(Tensors::takes).toList()
                : List.of();
        tensors = Tensors.of(taken, rows, config.ffnDim());
        IntArray none = resident.model().unused().q();
        linears = new Linears(step, rows, stream, scratch.normed(), none, config.normEpsilon(), tensors);
        selecting = new Selecting(reading, scratch, step, tables, rows, tableInts, decodes, tensorCores);
        attending = new Attending(
                shape, reading, selecting, scratch, resident.decoded(), linears.halves(), linears.capacity());
        int part = part(config, model);
        for (int from = 0; from < config.layers(); from += part) {
            int to = Math.min(config.layers(), from + part);
            Tasks tasks = new Tasks(plan.name() + parts.size(), grids, plan.target());
            resident.find(tasks.graph, plan.first() ? from : config.layers());
            if (plan.first()) {
                resident.upload(tasks.graph, from, to);
                resident.leave(tasks.graph, from, to);
            }
            tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, step, tables);
            if (places != null && allTables != null) {
                tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, places, allTables);
            }
            if (judged() > 0) {
                int slots = tableInts * reading.policy().pageTokens();
                judgings.add(new Judging(resident.pages().geometry(), slots, judged(), from, to));
            }
            if (from == 0) {
                embed(tasks, config, model.embeddings());
            }
            for (int l = from; l < to; l++) {
                layer(tasks, config, model, resident, l);
            }
            if (choice != null && to == config.layers()) {
                head(tasks, config, model, choice);
            }
            tasks.keep(scratch.arrays());
            if (judged() > 0) {
                judgings.getLast().keep(tasks);
            }
            if (tensors != null) {
                tasks.keep(tensors.arrays());
            }
            parts.add(tasks.graph.snapshot());
        }
    }

    /** Bytes that products of so many rows on tensor cores take beside what goes in and comes out, about. */
    public static long tensorBytes(LlamaConfig config, int rows) {
        return Tensors.bytes(rows, config.dim(), config.ffnDim(), config.vocabulary());
    }

    private void embed(Tasks tasks, LlamaConfig config, DeviceMatrix e) {
        tasks.graph.task(
                tasks.task("embed", groups(rows * config.dim(), 128), 128),
                Embedding::embed,
                tasks.context,
                step,
                stream,
                e.f(),
                e.h(),
                e.b(),
                e.q(),
                e.type(),
                config.dim());
    }

    private void layer(Tasks tasks, LlamaConfig config, DeviceModel model, Resident resident, int l) {
        int dim = config.dim();
        int qkvDim = config.queryDim() + 2 * config.kvDim();
        FloatArray qkv = scratch.qkv();
        FloatArray attended = scratch.attended();
        FloatArray hidden = scratch.hidden();
        PageArrays pages = resident.pages();
        DeviceLayer w = model.layers().get(l);

        if (places != null && allTables != null) {
            enter(tasks, places, allTables, l);
        }

        // Queries, keys and values of the normalised stream.
        linears.norm(
                tasks, w.attentionNorm(), w.qkv().stream().map(Linear::matrix).toList());
        for (Linear part : w.qkv()) {
            linears.fromStream(tasks, "qkv", part.matrix(), w.attentionNorm(), qkv, qkvDim, part.to(), Product.STORE);
        }
        if (w.normsHeads()) {
            tasks.graph.task(
                    tasks.task("heads", rows * (config.heads() + config.kvHeads()), 32),
                    Norm::heads,
                    tasks.context,
                    step,
                    qkv,
                    w.headNorms(),
                    pages.geometry(),
                    config.normEpsilon());
        }

        // Queries and keys are turned by their position; keys and values join the pages.
        boolean halves = config.architecture().pairs() == Architecture.Pairs.HALVES;
        attending.append(tasks, pages, l, w.bias(), model.angles(), halves, w.biased());

        if (judged() > 0) {
            judgings.getLast().judge(tasks, pages, step, tables, qkv, l);
        }

        // Every query reads its sequence up to itself, or what is chosen of that.
        attending.attend(tasks, pages, l, linears.rounds(w.attentionOutput()));
        linears.from(tasks, "output", w.attentionOutput(), attended, stream, dim, 0, Product.ADD);

        // The feed-forward network of the normalised stream is added to it.
        linears.norm(tasks, w.ffnNorm(), List.of(w.gateUp()));
        linears.fromStream(tasks, "gateup", w.gateUp(), w.ffnNorm(), hidden, config.ffnDim(), 0, Product.SWIGLU);
        linears.fromHidden(tasks, "down", w.down(), w.gateUp(), hidden, dim);
    }

    /** The layer's own slots and page tables take their place. */
    private void enter(Tasks tasks, IntArray places, IntArray allTables, int layer) {
        int fields = Step.FIELDS * rows;
        int size = tables.getSize();
        tasks.graph.task(
                tasks.task("enter", groups(Math.max(fields, size), 128), 128),
                Layer::enter,
                tasks.context,
                places,
                allTables,
                step,
                tables,
                layer,
                fields,
                size);
    }

    /** Rows of a step that can be judged by, 0 if none are: those of a graph that reads prompts. */
    public int judged() {
        return decodes ? 0 : Math.min(rows, reading.judged());
    }

    /** What is known of the rows' attention after a step, for each of {@link #parts}. */
    public List<Judging> judgings() {
        return judgings;
    }

    private void head(Tasks tasks, LlamaConfig config, DeviceModel model, Choice choice) {
        linears.norm(tasks, model.outputNorm(), List.of(model.output()));
        linears.fromStream(
                tasks,
                "logits",
                model.output(),
                model.outputNorm(),
                choice.logits(),
                config.vocabulary(),
                0,
                Product.STORE);
        choice.choose(tasks, step);
    }

    /** Layers of a task graph. */
    private int part(LlamaConfig config, DeviceModel model) {
        int most = 1;
        for (int l = 0; l < config.layers(); l++) {
            DeviceLayer w = model.layers().get(l);
            int tasks = (rows == 1
                            ? 6
                            : tensors == null ? 8 : 9 + tensors.more(w.qkv().size() + 2))
                    + w.qkv().size()
                    + (w.normsHeads() ? 1 : 0)
                    + (reading.perLayer() ? 1 : 0)
                    + (judged() > 0 ? 3 : 0);
            most = Math.max(most, tasks + (reading.indexes(l) ? selecting.tasks() : 0));
        }
        return Math.max(1, TASKS / most);
    }

    static int groups(int work, int threads) {
        return (work + threads - 1) / threads;
    }

    /** Rows that a step can have. */
    public int rows() {
        return rows;
    }

    /** Sequences that a step can have. */
    public int slices() {
        return slices;
    }

    /**
     * Fills in a row: its token's id and position, and which of the step's sequences it belongs to.
     *
     * @param slots what each lane of the sequence holds before it
     * @param like says what it reads, where the graph chooses
     */
    public void place(int row, int token, int position, int[] slots, int slice, Reading like) {
        for (int lane = 0; lane < slots.length; lane++) {
            Step.set(step, row, token, slots[lane], slice * tableInts, position);
            if (decodes) {
                like.place(step, row, slots[lane] + 1);
            }
            if (places != null) {
                for (int i = 0; i < Step.FIELDS; i++) {
                    places.set((lane * rows + row) * Step.FIELDS + i, step.get(Step.HEADER + row * Step.FIELDS + i));
                }
            }
        }
    }

    /** Fills in an entry of the page table of one of the step's sequences. */
    public void table(int slice, int lane, int index, int page) {
        IntArray to = allTables == null ? tables : allTables;
        to.set(lane * tables.getSize() + slice * tableInts + index, page);
    }

    /** What changes: see {@link Step}. */
    public IntArray step() {
        return step;
    }

    /** Logits of all rows after a step, which are fetched when they are wanted; one without a head has none. */
    public FloatArray logits() {
        return Objects.requireNonNull(choice).logits();
    }

    /** The likeliest token of a row after a step, -1 if no logit is a number; one without a head has none. */
    public int likeliest(int row) {
        return Objects.requireNonNull(choice).likeliest(row);
    }

    /** The task graphs, to be executed one after the other. */
    public List<ImmutableTaskGraph> parts() {
        return parts;
    }
}
