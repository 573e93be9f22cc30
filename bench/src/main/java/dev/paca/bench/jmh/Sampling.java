package dev.paca.bench.jmh;

import dev.paca.kv.PacaException;
import dev.paca.model.sampling.Sampler;
import dev.paca.model.sampling.SamplingOptions;
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
import org.openjdk.jmh.annotations.Warmup;

/** Choosing a token from logits, which are copied before, since penalties change them. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Sampling implements Checked {
    private static final int LONGEST = 4096;

    @Param({"32000", "128256"})
    public int vocabulary;

    @Param({"greedy", "usual", "penalties"})
    public String how = "";

    private @Nullable Sampler sampler;
    private float[] logits = new float[0];
    private float[] copy = new float[0];

    @Setup
    @Override
    public void setUp() {
        logits = Numbers.normal(vocabulary, 1);
        copy = new float[vocabulary];
        SamplingOptions options = switch (how) {
            case "greedy" -> SamplingOptions.GREEDY;
            case "usual" -> SamplingOptions.DEFAULT.withSeed(1);
            default -> SamplingOptions.DEFAULT.withSeed(1).withRepeatPenalty(1.1f);
        };
        Sampler made = new Sampler(options, vocabulary, LONGEST, null);
        sampler = made;
        float found = logits[sample()];
        int larger = 0;
        for (float logit : logits) {
            larger += logit > found ? 1 : 0;
        }
        int most = how.equals("greedy") ? 0 : SamplingOptions.DEFAULT.topK() - 1;
        if (larger > most) {
            throw new PacaException("Sampling (" + how + ") took a token with " + larger
                    + " likelier ones, expected at most " + most + ".");
        }
    }

    /** What is timed. */
    @Benchmark
    public int sample() {
        System.arraycopy(logits, 0, copy, 0, vocabulary);
        return Objects.requireNonNull(sampler).sample(copy, 0);
    }
}
