package dev.paca.bench.jmh;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PolicyText;
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

/** A decoded token's scoring, choice and attention under each selector, on one thread: 2 KV heads with 4 queries each. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SparseAttention implements Checked {
    /** Kernels add in different orders; what is stored and chosen is the same. */
    private static final double TOLERANCE = 1e-3;

    @Param({"vector", "scalar"})
    public String kernels = "";

    @Param({"f16", "fp8_e4m3"})
    public String storage = "";

    @Param({
        "quest:budget=256,layers=0",
        "quest-mean:budget=256,layers=0",
        "key-codes:budget=256,layers=0",
        "double-sparsity:budget=256,layers=0",
        "sparq:budget=256,layers=0",
        "streaming:budget=256",
        "oracle-tokens:budget=256,layers=0",
        "oracle-pages:budget=256,layers=0"
    })
    public String select = "";

    @Param({"1024", "16384"})
    public int length;

    @Param({"64", "128"})
    public int headDim;

    private @Nullable Layer layer;
    private long bytes;

    @Setup
    @Override
    public void setUp() {
        KvPolicy policy = new KvPolicy(PolicyText.storage(storage), PolicyText.storage(storage), 16)
                .with(PolicyText.selection(select));
        Layer made = new Layer(kernels, policy, headDim, length);
        layer = made;
        long before = made.read();
        float[] found = made.attend();
        bytes = made.read() - before;
        try (Layer defined = new Layer("scalar", policy, headDim, length)) {
            Checked.agree("Attention, " + storage + ", " + select, found, defined.attend(), TOLERANCE);
        }
    }

    /** What is timed. */
    @Benchmark
    public float[] attend() {
        return Objects.requireNonNull(layer).attend();
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @TearDown
    @Override
    public void tearDown() {
        if (layer != null) {
            layer.close();
            layer = null;
        }
    }
}
