package dev.paca.tornado.graph;

import dev.paca.kv.KvShape;
import dev.paca.kv.Selection;
import dev.paca.tornado.kernels.Page;
import dev.paca.tornado.kernels.Step;
import dev.paca.tornado.memory.HostArrays;
import dev.paca.tornado.weights.Unused;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The attention of some layers by itself, with the tasks of a step: a graph that fills pages, and others that decode a token
 * of each sequence after that, again and again. Nothing is turned by its position, so that a run leaves what it found.
 */
public final class AttentionGraphs {
    /** Tokens that are stored at a time. */
    private static final int FILL = 256;

    private final KvShape shape;
    private final Reading reading;
    private final PageArrays pages;
    private final int sequences;
    private final int tablePages;
    private final GridScheduler grids;
    private final Target target;
    private final FloatArray angles;
    private final FloatArray bias;
    private final Filling filling;
    private final Set<Object> held = Collections.newSetFromMap(new IdentityHashMap<>());

    /** Writes a token's queries, keys and values. */
    public interface Source {
        /** Of the token at that position of a sequence, from index {@code at} on. */
        void row(int sequence, int position, FloatArray to, int at);
    }

    /** What a graph of tasks works with. */
    private record Rows(Scratch scratch, IntArray step, IntArray tables) {}

    /** The graph that stores tokens. */
    private record Filling(Rows rows, ImmutableTaskGraph graph) {}

    /**
     * A graph that decodes a token of each sequence.
     *
     * @param attended what the last layer's heads gathered, a row a sequence
     */
    public record Decoding(ImmutableTaskGraph graph, FloatArray attended) {}

    /**
     * @param shape of all layers that run
     * @param length tokens of each sequence when one has been decoded
     */
    public AttentionGraphs(
            KvShape shape,
            Reading reading,
            int storage,
            int sequences,
            int length,
            GridScheduler grids,
            Target target) {
        this.shape = shape;
        this.reading = reading;
        this.sequences = sequences;
        this.grids = grids;
        this.target = target;
        tablePages = Math.ceilDiv(length, reading.policy().pageTokens());
        Unused unused = Unused.create();
        pages = PageArrays.of(shape, reading, storage, Math.multiplyExact(sequences, tablePages), unused);
        bias = unused.f();
        angles = HostArrays.floats(length * shape.headDim());
        for (int i = 0; i < angles.getSize(); i += 2) {
            angles.set(i, 1);
        }
        filling = fill();
    }

    /** Layers that a graph has room for. */
    public static int most(Reading reading) {
        int tasks = 3 + (reading.indexes(0) ? Selecting.tasks(reading, true) : 0);
        return Math.max(1, StepGraph.TASKS / tasks);
    }

    private Filling fill() {
        Rows rows = rows(FILL, 0);
        Collections.addAll(held, pages.arrays(0, shape.layers()));
        Set<Object> others = Collections.newSetFromMap(new IdentityHashMap<>());
        Collections.addAll(others, angles, bias);
        for (PageArrays.Arrays kv : pages.layers()) {
            Collections.addAll(others, kv.f(), kv.h(), kv.b(), kv.q());
        }
        others.removeAll(held);
        held.addAll(others);
        Tasks tasks = new Tasks("fill", grids, target);
        tasks.graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, others.toArray());
        tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, rows.step, rows.tables, rows.scratch.qkv());
        Attending attending = attending(rows, FILL, false);
        for (int l = 0; l < shape.layers(); l++) {
            attending.append(tasks, pages, l, bias, angles, false, false);
            if (reading.indexes(l)) {
                attending.selecting().seal(tasks, pages, l);
            }
        }
        tasks.graph.persistOnDevice(held.toArray());
        tasks.keep(rows.scratch.arrays());
        return new Filling(rows, tasks.graph.snapshot());
    }

    /** A graph that decodes the token at {@code position} of each sequence. */
    public Decoding decode(String name, int position, Source source) {
        Rows rows = rows(sequences, tablePages);
        int width = shape.queryDim() + 2 * shape.kvDim();
        rows.step.set(Step.ROWS, sequences);
        for (int s = 0; s < sequences; s++) {
            Step.set(rows.step, s, 0, position, s * tablePages);
            reading.place(rows.step, s, position + 1);
            source.row(s, position, rows.scratch.qkv(), s * width);
        }
        Tasks tasks = new Tasks(name, grids, target);
        tasks.graph.consumeFromDevice(held.toArray());
        Attending attending = attending(rows, sequences, true);
        tasks.graph.transferToDevice(
                DataTransferMode.FIRST_EXECUTION, rows.scratch.qkv(), attending.decoded(), attending.halves());
        tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, rows.step, rows.tables);
        for (int l = 0; l < shape.layers(); l++) {
            attending.append(tasks, pages, l, bias, angles, false, false);
            attending.attend(tasks, pages, l, 0);
        }
        tasks.graph.transferToHost(DataTransferMode.EVERY_EXECUTION, rows.scratch.attended());
        for (Object array : rows.scratch.arrays()) {
            if (array != rows.scratch.attended()) {
                tasks.keep(array);
            }
        }
        return new Decoding(tasks.graph.snapshot(), rows.scratch.attended());
    }

    private Rows rows(int count, int capacity) {
        IntArray tables = HostArrays.ints(sequences * tablePages);
        for (int i = 0; i < tables.getSize(); i++) {
            tables.set(i, i);
        }
        int splits = capacity == 0 ? 1 : Attending.room(shape, reading, count, tablePages);
        Scratch scratch = Scratch.of(shape, 1, 1, count, splits, reading, capacity, target.tensors());
        return new Rows(scratch, HostArrays.ints(Step.size(count)), tables);
    }

    private Attending attending(Rows rows, int count, boolean decodes) {
        FloatArray decoded = HostArrays.floats(256);
        for (int i = 0; i < 256; i++) {
            decoded.set(i, Page.number(pages.storage(), i));
        }
        Selecting selecting = new Selecting(
                reading, rows.scratch, rows.step, rows.tables, count, tablePages, decodes, target.tensors());
        return new Attending(shape, reading, selecting, rows.scratch, decoded, HostArrays.ints(1), 0);
    }

    /** Puts the next tokens of a sequence, from that position on and up to {@code end}, in place; gives where it came to. */
    public int place(int sequence, int from, int end, Source source) {
        Rows rows = filling.rows;
        int count = Math.min(FILL, end - from);
        int width = shape.queryDim() + 2 * shape.kvDim();
        rows.step.set(Step.ROWS, count);
        for (int i = 0; i < count; i++) {
            Step.set(rows.step, i, 0, from + i, sequence * tablePages);
            source.row(sequence, from + i, rows.scratch.qkv(), i * width);
        }
        return from + count;
    }

    /** The graph that stores what has been put in place. It runs before any other. */
    public ImmutableTaskGraph filling() {
        return filling.graph;
    }

    /** Bytes of keys and values that a layer reads for sequences of that length, with the tokens that are decoded. */
    public long pageBytes(int length) {
        Selection selection = reading.policy().selection();
        int each = reading.policy().pageTokens();
        int all = Math.ceilDiv(length, each);
        int read = reading.selects(0) ? Math.clamp(selection.budget().of(length) / each, 1, all) : all;
        return sequences * read * (PageArrays.pageBytes(shape, reading, pages.storage(), 0) - indexBytes());
    }

    /** Bytes of the indexes by which a layer scores the full pages of sequences of that length. */
    public long indexBytes(int length) {
        return (long) sequences * (length / reading.policy().pageTokens()) * indexBytes();
    }

    private long indexBytes() {
        return reading.indexes(0) ? 4L * (pages.indexes() + pages.anchors()) : 0;
    }
}
