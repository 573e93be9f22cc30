package dev.paca.bench.jmh;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Storage;
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

/** A decoded token's attention over a cache of a layer, on one thread: 2 KV heads with 4 queries each. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public abstract class LayerAttention implements Checked {
    /** Kernels add in different orders; what is stored and chosen is the same. */
    private static final double TOLERANCE = 1e-3;

    @Param({"vector", "scalar"})
    public String kernels = "";

    @Param({"1024", "16384"})
    public int length;

    @Param({"64", "128"})
    public int headDim;

    private @Nullable Layer layer;
    private long bytes;

    /** The storage's name. */
    abstract String stored();

    /** The selection, as on the command line. */
    abstract String selected();

    @Setup
    @Override
    public void setUp() {
        Storage storage = PolicyText.storage(stored());
        KvPolicy policy = new KvPolicy(storage, storage, 16).with(PolicyText.selection(selected()));
        Layer made = new Layer(kernels, policy, headDim, length);
        layer = made;
        long before = made.read();
        float[] found = made.attend();
        bytes = made.read() - before;
        try (Layer defined = new Layer("scalar", policy, headDim, length)) {
            Checked.agree("Attention, " + policy, found, defined.attend(), TOLERANCE);
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
