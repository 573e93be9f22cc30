package dev.paca.bench.jmh;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Storage;
import dev.paca.kv.host.KvStep;
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

/** Storing a decoded token's keys and values, in each storage, with and without an index: 2 KV heads. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Append implements Checked {
    @Param({
        "f16",
        "bf16",
        "f32",
        "int8",
        "fp8_e4m3",
        "fp8_e4m3_tensor",
        "fp8_e4m3_head",
        "fp8_e4m3_token",
        "fp8_e5m2",
        "fp8_e5m2_tensor",
        "fp8_e5m2_head",
        "fp8_e5m2_token",
        "kivi4",
        "kivi2"
    })
    public String storage = "";

    @Param({"all", "quest", "key-codes"})
    public String select = "";

    /** The token after them fills a page, so that its index is computed. */
    @Param("1023")
    public int length;

    @Param({"64", "128"})
    public int headDim;

    private @Nullable Layer layer;

    @Setup
    @Override
    public void setUp() {
        KvPolicy policy = new KvPolicy(PolicyText.storage(storage), PolicyText.storage(storage), 16);
        try (Layer dense = new Layer("scalar", policy, headDim, length)) {
            Checked.agree("What " + storage + " stored", dense.attend(), dense.defined(), tolerance(policy.k()));
        }
        layer = new Layer("vector", policy.with(PolicyText.selection(select)), headDim, length);
    }

    /** Attention averages over many tokens, of which each is rounded; an e5m2 has two bits of mantissa. */
    private static double tolerance(Storage storage) {
        return switch (storage.bits()) {
            case 32 -> 1e-5;
            case 16 -> 0.01;
            case 8 -> 0.1;
            case 4 -> 0.3;
            default -> 0.9;
        };
    }

    /** What is timed. */
    @Benchmark
    public KvStep append() {
        return Objects.requireNonNull(layer).append();
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
