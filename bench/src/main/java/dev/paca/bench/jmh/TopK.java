package dev.paca.bench.jmh;

import dev.paca.kv.PacaException;
import dev.paca.kv.select.Largest;
import dev.paca.kv.select.Picks;
import dev.paca.kv.vector.VectorScorer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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

/** The largest of many scores. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TopK implements Checked {
    @Param({"1024", "16384", "131072"})
    public int scores;

    @Param({"64", "1024"})
    public int chosen;

    private final VectorScorer scorer = new VectorScorer();
    private final Largest largest = new Largest(scorer, scorer.scratch());
    private final Picks picks = new Picks();
    private float[] values = new float[0];

    @Setup
    @Override
    public void setUp() {
        values = Numbers.normal(scores, 1);
        int[] found = Arrays.copyOf(choose().chosen(), Math.min(chosen, scores));
        int[] defined = IntStream.range(0, scores)
                .boxed()
                .sorted((a, b) -> Float.compare(values[b], values[a]))
                .limit(chosen)
                .mapToInt(i -> i)
                .sorted()
                .toArray();
        if (picks.count() != defined.length || !Arrays.equals(found, defined)) {
            throw new PacaException("The largest " + chosen + " of " + scores
                    + " scores are wrong: they differ from those that sorting finds.");
        }
    }

    /** What is timed. */
    @Benchmark
    public Picks choose() {
        picks.begin(false);
        largest.choose(values, scores, chosen, picks);
        return picks;
    }
}
