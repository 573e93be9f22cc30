package dev.paca.bench.jmh;

import java.io.IOException;
import java.util.Collection;
import java.util.function.Consumer;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.format.OutputFormat;

/** JMH's output, and each result as soon as it is there: a run that is stopped has lost none. */
final class Keeping implements OutputFormat {
    private final OutputFormat output;
    private final Consumer<BenchmarkResult> results;
    private int begun;
    private int ended;

    /** @param results receives each benchmark's result, all its forks together */
    Keeping(OutputFormat output, Consumer<BenchmarkResult> results) {
        this.output = output;
        this.results = results;
    }

    /** Benchmarks that were begun. */
    int begun() {
        return begun;
    }

    /** Benchmarks that came to no result. */
    int failed() {
        return begun - ended;
    }

    @Override
    public void startBenchmark(BenchmarkParams params) {
        begun++;
        output.startBenchmark(params);
    }

    @Override
    public void endBenchmark(BenchmarkResult result) {
        output.endBenchmark(result);
        if (result != null) {
            ended++;
            results.accept(result);
        }
    }

    @Override
    public void iteration(BenchmarkParams benchmark, IterationParams params, int iteration) {
        output.iteration(benchmark, params, iteration);
    }

    @Override
    public void iterationResult(
            BenchmarkParams benchmark, IterationParams params, int iteration, IterationResult result) {
        output.iterationResult(benchmark, params, iteration, result);
    }

    @Override
    public void startRun() {
        output.startRun();
    }

    @Override
    public void endRun(Collection<RunResult> all) {
        output.endRun(all);
    }

    @Override
    public void print(String text) {
        output.print(text);
    }

    @Override
    public void println(String text) {
        output.println(text);
    }

    @Override
    public void flush() {
        output.flush();
    }

    @Override
    public void close() {
        output.close();
    }

    @Override
    public void verbosePrintln(String text) {
        output.verbosePrintln(text);
    }

    @Override
    public void write(int b) {
        output.write(b);
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        output.write(bytes);
    }
}
