package dev.paca.bench.jmh;

import dev.paca.kv.Storage;
import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.index.ScalarScorer;
import dev.paca.kv.index.Scorer;
import dev.paca.kv.index.Sealer;
import dev.paca.kv.page.Growth;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageMemory;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.page.PageTable;
import dev.paca.kv.vector.VectorScorer;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Scores of all pages of a KV head by each kind of index, and of all tokens by their keys, for a group of 4 queries. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Scoring implements Checked {
    private static final int GROUP = 4;
    private static final int PAGE = 16;
    /** Sums of at most 128 products in another order. */
    private static final double TOLERANCE = 1e-4;

    @Param({"vector", "scalar"})
    public String kernels = "";

    /** What is looked at; {@code NONE} for the keys themselves. */
    @Param({"MIN_MAX", "MEAN_DEVIATION", "KEY_CODES", "NONE"})
    public String index = "";

    @Param({"1024", "16384"})
    public int length;

    @Param({"64", "128"})
    public int headDim;

    private @Nullable PageStore store;
    private @Nullable Call call;
    private float[] scores = new float[0];

    /** All that a call needs. */
    private record Call(Scorer scorer, Scorer.Scratch scratch, PageTable table, Reads reads, Queries queries) {
        Call(Scorer scorer, PageTable table, Reads reads, Queries queries) {
            this(scorer, scorer.scratch(), table, reads, queries);
        }

        void into(float[] scores) {
            PageFormat format = table.store().format();
            if (format.index() == IndexForm.NONE) {
                scorer.tokens(reads, 0, reads.tokens(), null, queries, scores, reads.tokens(), scratch);
            } else {
                int pages = reads.tokens() / format.tokens();
                scorer.pages(reads, table.anchor(), pages, queries, scores, pages, scratch);
            }
        }
    }

    @Setup
    @Override
    public void setUp() {
        PageFormat format = new PageFormat(Storage.F16, Storage.F16, PAGE, headDim, IndexForm.valueOf(index));
        PageStore made = new PageStore(format, new PageMemory(1L << 30));
        store = made;
        PageTable table = new PageTable(made);
        made.grow(table.missing(length), 0);
        table.reserve(length);
        float[] k = Numbers.normal(length * headDim, 1);
        Growth growth = new Growth(table, length, new int[0], 0);
        growth.writeFirst(k, k, 0, headDim);
        growth.writeRest(k, k, 0, headDim);
        Sealer.seal(growth);
        table.advance(length, 0);
        Reads reads = new Reads(made, table.pages(), length);
        float scale = (float) (1 / Math.sqrt(headDim));
        Queries queries =
                new Queries(Numbers.normal(GROUP * headDim, 2), 0, GROUP * headDim, 1, GROUP, headDim, length, scale);
        scores = new float[GROUP * length];
        Call used = new Call(kernels.equals("scalar") ? new ScalarScorer() : new VectorScorer(), table, reads, queries);
        call = used;
        float[] defined = scores.clone();
        used.into(scores);
        new Call(new ScalarScorer(), table, reads, queries).into(defined);
        Checked.agree("Scores by " + index, scores, defined, TOLERANCE);
    }

    /** What is timed. */
    @Benchmark
    public float[] score() {
        Objects.requireNonNull(call).into(scores);
        return scores;
    }

    @Override
    public long bytes() {
        PageFormat format = Objects.requireNonNull(store).format();
        return format.index() == IndexForm.NONE ? 2L * length * headDim : length / PAGE * format.indexBytes();
    }

    @TearDown
    @Override
    public void tearDown() {
        if (store != null) {
            store.close();
            store = null;
        }
    }
}
