package dev.paca.tornado;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.kernels.Matrix;
import dev.paca.model.kernels.ThreadWorkers;
import dev.paca.model.llama.LlamaConfig;
import dev.paca.model.part.Part;
import dev.paca.tornado.graph.AttentionGraphs;
import dev.paca.tornado.graph.PageArrays;
import dev.paca.tornado.graph.ProductGraphs;
import dev.paca.tornado.graph.Reading;
import dev.paca.tornado.graph.SweepGraph;
import dev.paca.tornado.graph.Target;
import dev.paca.tornado.weights.DeviceMatrix;
import dev.paca.tornado.weights.Unused;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Makes parts of a step on TornadoVM's devices: the same tasks, in graphs of their own. */
final class DeviceParts {
    /** Kernels add in different orders; what is stored and read is the same. */
    private static final double SAME = 1e-3;
    /** Of pages that score alike another may be chosen: one of 128 is four hundredths of the result's length. */
    private static final double CHOSEN = 0.05;
    /** The definition rounds activations to 8 bits for the quantised types. */
    private static final double ROUNDED = 0.03;

    /** Eight times what the caches of large GPUs hold, and less than tests may take. */
    private static final long SWEEP = 512L << 20;

    private static final int ROUNDS = 10;
    private static final int MOST_ROWS = 4096;
    /** What the driver takes, and kernels. */
    private static final long RESERVE = 512L << 20;

    private DeviceParts() {}

    /** See {@link TornadoParts#bandwidth}. */
    static double bandwidth(String id) {
        TornadoDevices.Device device = TornadoDevices.find(id);
        GridScheduler grids = new GridScheduler();
        SweepGraph sweep = new SweepGraph("sweep", device.gpu() ? SWEEP : SWEEP / 4, grids, target(device));
        try (DevicePart part = new DevicePart(device, List.of(sweep.graph()), grids, 0, 0, 1)) {
            double best = Double.MAX_VALUE;
            for (int i = 0; i < ROUNDS; i++) {
                best = Math.min(best, part.profile().getFirst().seconds());
                if (!sweep.readAll()) {
                    throw new PacaException(
                            "The device " + id + " has not read all of its memory, so that its bandwidth"
                                    + " is not known. Choose another device.");
                }
            }
            return sweep.bytes() / best;
        }
    }

    /** See {@link TornadoParts#attention}. */
    static Part attention(String id, LlamaConfig config, KvPolicy policy, int length, int sequences) {
        TornadoDevices.Device device = TornadoDevices.find(id);
        int storage = PageArrays.storage(config.kvShape(), policy, device.ptx());
        checkSize(policy, length, sequences, config.headDim());
        int tablePages = Math.ceilDiv(length + 1, policy.pageTokens());
        int most = AttentionGraphs.most(Reading.of(policy, tablePages, 1));
        int layers = Math.min(config.layers(), most);
        Reading reading = Reading.of(policy, tablePages, layers);
        KvShape shape = new KvShape(layers, config.heads(), config.kvHeads(), config.headDim());
        long pageBytes = PageArrays.pageBytes(shape, reading, storage);
        long positions = 4L * (length + 1) * shape.headDim();
        check(device, sequences * (pageBytes * tablePages) + positions);
        GridScheduler grids = new GridScheduler();
        AttentionGraphs graphs =
                new AttentionGraphs(shape, reading, storage, sequences, length + 1, grids, target(device));
        int width = shape.queryDim() + 2 * shape.kvDim();
        PartNumbers numbers = new PartNumbers(width);
        AttentionGraphs.Source source =
                (sequence, position, to, at) -> numbers.row(sequence * (length + 1) + position, to, at, width);
        AttentionGraphs.Decoding timed = graphs.decode("attend", length, source);
        AttentionGraphs.Decoding profiled = graphs.decode("profile", length, source);
        DevicePart part = new DevicePart(
                device, List.of(graphs.filling(), timed.graph(), profiled.graph()), grids, 1, 2, shape.layers());
        return checked(part, made -> {
            // Captured now, before TornadoVM's window of events is full: it then waits, which ends a capture.
            made.execute(0);
            made.run();
            for (int s = 0; s < sequences; s++) {
                for (int from = 0; from < length; ) {
                    from = graphs.place(s, from, length, source);
                    made.execute(0);
                }
            }
            made.run();
            made.reads("attend", shape.layers() * graphs.pageBytes(length + 1));
            if (graphs.indexBytes(length + 1) > 0) {
                made.reads("score", shape.layers() * graphs.indexBytes(length + 1));
            }
            made.differs(difference(shape, policy, length, sequences, numbers, timed.attended()));
            double tolerance = reading.selects(0) ? CHOSEN : SAME;
            PartTruth.check("Attention, " + policy + ", after " + length + " tokens,", id, made.error(), tolerance);
        });
    }

    private static void checkSize(KvPolicy policy, int length, int sequences, int headDim) {
        if (policy.selection().dense(1) > 0) {
            throw new PacaException("Attention by itself has no first layers that read everything, found "
                    + policy.selection() + ". Leave layers= out.");
        }
        long tokens = (length + 1L) * headDim;
        long pages = sequences * ((length + 1L) / policy.pageTokens() + 1);
        if (tokens > Integer.MAX_VALUE - 64 || pages > Integer.MAX_VALUE - 64) {
            throw new PacaException(sequences + " sequences of " + length + " tokens do not fit in arrays of the device"
                    + " (2^31 numbers). Choose fewer sequences, or a shorter length.");
        }
    }

    /** Of several sequences the first and the last are compared. */
    private static double difference(
            KvShape shape, KvPolicy policy, int length, int sequences, PartNumbers numbers, FloatArray attended) {
        int width = shape.queryDim() + 2 * shape.kvDim();
        double most = 0;
        try (ThreadWorkers workers = new ThreadWorkers(Runtime.getRuntime().availableProcessors())) {
            for (int s = 0; s < sequences; s += Math.max(1, sequences - 1)) {
                int first = s * (length + 1);
                float[] defined = PartTruth.attend(
                        shape, policy, length, position -> numbers.rows(first + position, 1, width), workers);
                most = Math.max(most, SelfCheck.difference(part(attended, s, defined.length), defined));
            }
        }
        return most;
    }

    /** See {@link TornadoParts#products}. */
    static Part products(String id, LlamaConfig config, GgmlType type, int rows) {
        TornadoDevices.Device device = TornadoDevices.find(id);
        if (rows > MOST_ROWS) {
            throw new PacaException("Products by themselves have up to " + MOST_ROWS + " rows, found " + rows
                    + ". Choose fewer: prompts are read in smaller chunks.");
        }
        int count = Math.min(config.layers(), ProductGraphs.most(rows));
        int qkvDim = config.queryDim() + 2 * config.kvDim();
        long each = (long) config.dim() * (qkvDim + config.queryDim() + 3L * config.ffnDim());
        check(device, count * DeviceMatrix.bytes(type, each));
        PartNumbers numbers = new PartNumbers(Math.max(config.dim(), Math.max(config.queryDim(), config.ffnDim())));
        float[] stream = numbers.rows(1, rows, config.dim());
        float[] attended = numbers.rows(rows + 1, rows, config.queryDim());
        try (Arena arena = Arena.ofShared()) {
            PartTruth.Layer w = new PartTruth.Layer(
                    numbers.matrix(type, qkvDim, config.dim(), 1000, arena),
                    numbers.matrix(type, config.dim(), config.queryDim(), 20000, arena),
                    numbers.matrix(type, 2 * config.ffnDim(), config.dim(), 40000, arena),
                    numbers.matrix(type, config.dim(), config.ffnDim(), 90000, arena));
            return products(device, config, count, w, type, rows, stream, attended);
        }
    }

    private static Part products(
            TornadoDevices.Device device,
            LlamaConfig config,
            int count,
            PartTruth.Layer w,
            GgmlType type,
            int rows,
            float[] stream,
            float[] attended) {
        GridScheduler grids = new GridScheduler();
        Unused unused = Unused.create();
        List<ProductGraphs.Layer> layers = new ArrayList<>();
        for (int l = 0; l < count; l++) {
            layers.add(new ProductGraphs.Layer(
                    pack(w.qkv(), device, unused),
                    pack(w.output(), device, unused),
                    pack(w.gateUp(), device, unused),
                    pack(w.down(), device, unused)));
        }
        ProductGraphs graphs = new ProductGraphs(config, layers, rows, grids, target(device));
        ProductGraphs.Multiplying timed = graphs.multiply("multiply", true, stream, attended);
        ProductGraphs.Multiplying profiled = graphs.multiply("profile", false, stream, attended);
        DevicePart part = new DevicePart(device, List.of(timed.graph(), profiled.graph()), grids, 0, 1, count);
        return checked(part, made -> {
            made.execute(0).transferToHost(timed.stream());
            ProductGraphs.Layer first = layers.getFirst();
            made.reads("qkv", count * first.qkv().bytes());
            made.reads("output", count * first.output().bytes());
            made.reads("gateup", count * first.gateUp().bytes());
            made.reads("down", count * first.down().bytes());
            made.differs(difference(config, count, w, rows, stream, attended, timed));
            put(stream, timed.stream());
            PartTruth.check("Products, " + type + ", with " + rows + " rows,", device.id(), made.error(), ROUNDED);
        });
    }

    private static double difference(
            LlamaConfig config,
            int count,
            PartTruth.Layer w,
            int rows,
            float[] stream,
            float[] attended,
            ProductGraphs.Multiplying timed) {
        float[] after = stream.clone();
        try (ThreadWorkers workers = new ThreadWorkers(Runtime.getRuntime().availableProcessors())) {
            float[] qkv = PartTruth.multiply(config, w, count, rows, after, attended, workers);
            return Math.max(
                    SelfCheck.difference(part(timed.qkv(), 0, qkv.length), qkv),
                    SelfCheck.difference(part(timed.stream(), 0, after.length), after));
        }
    }

    private static DeviceMatrix pack(Matrix matrix, TornadoDevices.Device device, Unused unused) {
        return DeviceMatrix.of(List.of(matrix), device.ptx(), unused);
    }

    private static void put(float[] from, FloatArray to) {
        for (int i = 0; i < from.length; i++) {
            to.set(i, from[i]);
        }
    }

    /** Part {@code index} of so many floats. */
    private static float[] part(FloatArray array, int index, int size) {
        float[] part = new float[size];
        for (int i = 0; i < size; i++) {
            part[i] = array.get(index * size + i);
        }
        return part;
    }

    /** A part that has run, and whose result is right; it is closed if not. */
    private static Part checked(DevicePart part, Consumer<DevicePart> run) {
        try {
            run.accept(part);
            return part;
        } catch (RuntimeException | Error e) {
            try {
                part.close();
            } catch (RuntimeException | Error more) {
                e.addSuppressed(more);
            }
            throw e;
        }
    }

    private static Target target(TornadoDevices.Device device) {
        return new Target(device.place(), device.ptx(), device.tensors());
    }

    private static void check(TornadoDevices.Device device, long bytes) {
        if (bytes + RESERVE > device.bytes()) {
            throw new PacaException(
                    device.id() + " has " + (device.bytes() >> 20) + " MiB, but what is to be measured takes "
                            + (bytes >> 20) + " and the driver about " + (RESERVE >> 20)
                            + " MiB. Choose fewer layers or sequences, or a shorter length.");
        }
    }
}
