package dev.paca.tornado;

import dev.paca.kv.Eviction;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.Selection;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.llama.LlamaConfig;
import dev.paca.model.llama.LlamaWeights;
import dev.paca.tornado.graph.EvictGraph;
import dev.paca.tornado.graph.Judging;
import dev.paca.tornado.graph.PageArrays;
import dev.paca.tornado.graph.Reading;
import dev.paca.tornado.pool.DeviceCache;
import dev.paca.tornado.pool.DevicePool;
import dev.paca.tornado.weights.DeviceModel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The forward pass of Llama and its relatives on a device that TornadoVM reaches: weights are uploaded once, pages live
 * there, token ids go in and logits come out. Sequences that decode run together, prompts in chunks.
 */
public final class TornadoDecoder implements Decoder {
    private final LlamaConfig config;
    private final int contextLength;
    private final DevicePool pool;
    private final DeviceSteps steps;
    private final Reading reading;
    private final String description;
    private float[] logits = new float[0];

    private TornadoDecoder(
            LlamaConfig config,
            int contextLength,
            DevicePool pool,
            DeviceSteps steps,
            Reading reading,
            String description) {
        this.config = config;
        this.contextLength = contextLength;
        this.pool = pool;
        this.steps = steps;
        this.reading = reading;
        this.description = description;
    }

    /**
     * A decoder of a file's model, its weights uploaded and its kernels compiled for the first step.
     *
     * @throws PacaException if there is no such device, it cannot run the model, or its memory does not suffice
     */
    public static TornadoDecoder of(Gguf gguf, TornadoOptions wishes) {
        LlamaConfig config = LlamaConfig.of(gguf.metadata());
        int context = wishes.contextLength() == 0 ? config.contextLength() : wishes.contextLength();
        if (config.slidingWindow() > 0 && context > config.slidingWindow()) {
            throw new PacaException(gguf.name() + ": attention looks back " + config.slidingWindow()
                    + " tokens only, which is not supported in a context of " + context
                    + ". Ask for a context of at most " + config.slidingWindow() + " tokens.");
        }
        TornadoDevices.Device device = TornadoDevices.find(wishes.device());
        TornadoOptions options = wishes.on(device.tensors());
        KvShape shape = config.kvShape();
        KvPolicy policy = options.policy();
        int storage = PageArrays.storage(shape, policy, device.ptx());
        int tablePages = Math.ceilDiv(context, policy.pageTokens());
        Reading reading = Reading.of(policy, tablePages, shape.layers());
        long pageBytes = PageArrays.pageBytes(shape, reading, storage);
        long wanted = options.kvBytes() == 0 ? tablePages * pageBytes : options.kvBytes();
        if (wanted < pageBytes) {
            throw new PacaException(
                    "The cache is given " + wanted + " bytes, but a page takes " + pageBytes + ". Give it more.");
        }
        int pages = Math.toIntExact(Math.min(Integer.MAX_VALUE, wanted / pageBytes));
        LlamaWeights weights = LlamaWeights.of(gguf, config);
        long evicting = evictionBytes(shape, reading, pageBytes, tablePages, options);
        DeviceMemory.check(gguf, device, weights, config, context, pages * pageBytes, evicting, options);
        DeviceModel model = DeviceModel.of(config, weights, device.ptx(), context);
        PageArrays arrays = PageArrays.of(shape, reading, storage, pages, model.unused());
        DeviceSteps steps = new DeviceSteps(device, model, arrays, reading, options, tablePages);
        String converted = model.converted() == 0 ? "" : ", " + model.converted() + " matrices converted";
        String description = device.id() + " (" + device.description() + "), " + model.bytes() / (1 << 20)
                + " MiB of weights" + converted + ", " + pages * pageBytes / (1 << 20) + " MiB of pages";
        long[] lanes = reading.perLayer()
                ? IntStream.range(0, shape.layers())
                        .mapToLong(l -> PageArrays.pageBytes(shape, reading, storage, l))
                        .toArray()
                : new long[] {pageBytes};
        DevicePool pool = new DevicePool(shape, policy, pages, lanes, steps);
        return new TornadoDecoder(config, context, pool, steps, reading, description);
    }

    /** Bytes of what an eviction computes with. */
    private static long evictionBytes(
            KvShape shape, Reading reading, long pageBytes, int tablePages, TornadoOptions options) {
        KvPolicy policy = reading.policy();
        if (policy.eviction().isOff()) {
            return 0;
        }
        int slots = tablePages * policy.pageTokens();
        int tokens = Math.min(options.prefillRows(), policy.eviction().window());
        return EvictGraph.bytes(pageBytes, shape.layers(), shape.kvHeads(), policy.pageTokens(), tablePages)
                + Judging.bytes(PageArrays.geometry(shape, policy), slots, tokens, shape.layers());
    }

    /** The device and what lies on it, in one line. */
    public String description() {
        return description;
    }

    /** Decodes with another budget, sinks and window while something is run, in caches of the decoder's own policy. */
    <T> T selecting(Selection other, Supplier<T> run) {
        steps.read(reading.with(other));
        try {
            return run.get();
        } finally {
            steps.read(reading);
        }
    }

    /** Opens caches that evict with another budget, sinks and window while something is run. */
    <T> T evicting(Eviction other, Supplier<T> run) {
        pool.evict(other);
        try {
            return run.get();
        } finally {
            pool.evict(pool.policy().eviction());
        }
    }

    /** The model's shape. */
    public LlamaConfig config() {
        return config;
    }

    @Override
    public DevicePool pool() {
        return pool;
    }

    @Override
    public int vocabularySize() {
        return config.vocabulary();
    }

    @Override
    public int contextLength() {
        return contextLength;
    }

    @Override
    public Logits forward(List<Slice> batch) {
        int rows = rows(batch);
        int vocabulary = config.vocabulary();
        if (logits.length < rows * vocabulary) {
            logits = new float[rows * vocabulary];
        }
        run(batch, new Wanted.All(logits, vocabulary));
        return new Logits(logits, rows, vocabulary);
    }

    @Override
    public int[] likeliest(List<Slice> batch) {
        int[] tokens = new int[rows(batch)];
        run(batch, new Wanted.Tokens(tokens));
        return tokens;
    }

    /** Rows that are wanted of a batch, which is checked. */
    private int rows(List<Slice> batch) {
        Rows.check(batch, pool, config.vocabulary(), contextLength);
        return batch.stream().mapToInt(Slice::logits).sum();
    }

    private void run(List<Slice> batch, Wanted wanted) {
        for (Slice slice : batch) {
            ((DeviceCache) slice.cache()).secure(slice.count(), slice.phase());
        }
        pool.settle();
        List<Run> singles = new ArrayList<>();
        List<Run> prompts = new ArrayList<>();
        int row = 0;
        for (Slice slice : batch) {
            Run run = new Run(slice, (DeviceCache) slice.cache(), row);
            (decodes(slice) ? singles : prompts).add(run);
            row += slice.logits();
        }
        decode(singles, wanted);
        steps.prefill(prompts, wanted);
        for (Slice slice : batch) {
            DeviceCache cache = (DeviceCache) slice.cache();
            if (slice.phase() == Phase.DECODE) {
                countReads(cache, slice.count());
            }
            cache.advance(slice.tokens(), slice.from(), slice.count(), slice.phase());
        }
    }

    /** Whether a slice's tokens are run one after the other: a single one is, and those that read only what they select. */
    private boolean decodes(Slice slice) {
        boolean selects = reading.selects(config.layers() - 1);
        return selects ? slice.phase() == Phase.DECODE : slice.count() == 1;
    }

    private void decode(List<Run> runs, Wanted wanted) {
        int most = runs.stream().mapToInt(run -> run.slice().count()).max().orElse(0);
        for (int i = 0; i < most; i++) {
            int index = i;
            steps.decode(
                    runs.stream().filter(run -> index < run.slice().count()).toList(), index, wanted);
        }
    }

    /** Pages that a threshold on the mass left out count as read: how many they were stays on the device. */
    private void countReads(DeviceCache cache, int tokens) {
        KvShape shape = pool.shape();
        for (int i = 1; i <= tokens; i++) {
            long pages = 0;
            for (int l = 0; l < shape.layers(); l++) {
                pages += reading.pages(l, cache.slots(l) + i);
            }
            long dense = 4L * shape.layers() * shape.kvDim() * (cache.length() + i);
            cache.countRead(pages * pool.pageBytes() / shape.layers(), dense);
        }
    }

    /**
     * A slice in a step.
     *
     * @param cache its cache
     * @param row where its first row of logits goes
     */
    record Run(Slice slice, DeviceCache cache, int row) {
        /** Which of the slice's rows of logits belongs to its token at {@code index}; negative for none. */
        int wanted(int index) {
            return index - (slice.count() - slice.logits());
        }
    }

    @Override
    public void close() {
        pool.close();
        steps.close();
    }
}
