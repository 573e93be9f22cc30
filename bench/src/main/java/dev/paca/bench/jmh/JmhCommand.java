package dev.paca.bench.jmh;

import dev.paca.bench.device.Bandwidth;
import dev.paca.bench.result.Origin;
import dev.paca.bench.result.ResultFile;
import dev.paca.kv.PacaException;
import dev.paca.model.json.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** Runs JMH. */
@Command(
        name = "jmh",
        sortOptions = false,
        description =
                "Single parts, with JMH: products, attention, scoring, top-k, append, tokenizer, sampler. All other"
                        + " arguments are JMH's: a name such as DenseAttention, -p storage=f16, -h for its help.")
public final class JmhCommand implements Callable<Integer> {
    @Option(
            names = "--results",
            paramLabel = "FILE",
            description =
                    "Adds the results to a .jsonl for bench report, each with its share of the memory's bandwidth.")
    private @Nullable Path file;

    @Parameters(hidden = true)
    private List<String> names = List.of();

    @Unmatched
    private List<String> others = new ArrayList<>();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        CommandSpec command = Objects.requireNonNull(spec);
        List<String> all = command.root().commandLine().getParseResult().originalArgs();
        String[] jmh = all.subList(all.indexOf(command.name()) + 1, all.size()).stream()
                .filter(a -> file == null || !a.equals("--results") && !a.equals(file.toString()))
                .toArray(String[]::new);
        try {
            CommandLineOptions options = new CommandLineOptions(jmh);
            if (options.shouldHelp()) {
                options.showHelp();
                return 0;
            }
            Runner runner = new Runner(options);
            if (options.shouldList()) {
                runner.list();
                return 0;
            }
            if (options.shouldListWithParams()) {
                runner.listWithParams(options);
                return 0;
            }
            checkParameters(jmh);
            return run(options, command);
        } catch (CommandLineOptionException | IOException e) {
            throw new PacaException("JMH does not understand " + String.join(" ", jmh) + ": " + e.getMessage(), e);
        } catch (NoBenchmarksException e) {
            throw new PacaException(
                    "No benchmark has a name like that: " + String.join(" ", jmh) + ". There are "
                            + String.join(
                                    ", ",
                                    Microbenchmarks.ALL.stream()
                                            .map(Class::getSimpleName)
                                            .toList())
                            + ".",
                    e);
        } catch (RunnerException e) {
            throw new PacaException("JMH could not run " + String.join(" ", jmh) + ": " + e.getMessage(), e);
        }
    }

    /** JMH takes whatever is called a parameter, and leaves out what no benchmark has. */
    private static void checkParameters(String[] jmh) {
        Set<String> known = Microbenchmarks.ALL.stream()
                .flatMap(type -> Microbenchmarks.parameters(type).keySet().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        for (int i = 0; i + 1 < jmh.length; i++) {
            String name = jmh[i + 1].replaceFirst("=.*", "");
            if (jmh[i].equals("-p") && !known.contains(name)) {
                throw new PacaException("No benchmark has a parameter '" + name + "', expected one of "
                        + String.join(", ", known) + ". -lp lists them with their values.");
            }
        }
    }

    private int run(CommandLineOptions options, CommandSpec command) throws RunnerException, IOException {
        PrintStream out = options.getOutput().hasValue()
                ? new PrintStream(options.getOutput().get(), StandardCharsets.UTF_8)
                : System.out;
        OutputFormat format = OutputFormatFactory.createFormatInstance(
                out, options.verbosity().orElse(VerboseMode.NORMAL));
        try (ResultFile kept = file == null
                ? null
                : ResultFile.open(file, command.commandLine().getErr()::println)) {
            Origin origin = Origin.of(command);
            double bandwidth = kept == null ? 0 : Bandwidth.measure(1);
            Keeping keeping = new Keeping(format, result -> {
                if (kept != null) {
                    kept.add("jmh", origin, data(result, bandwidth));
                }
            });
            new Runner(options, keeping).run();
            if (keeping.failed() > 0) {
                throw new PacaException(keeping.failed() + " of " + keeping.begun()
                        + " benchmarks came to no result; JMH has said why, above. Give parameters such values as -lp"
                        + " lists." + (kept == null ? "" : " The results of the others are kept."));
            }
            return 0;
        }
    }

    private static Map<String, Json> data(BenchmarkResult result, double bandwidth) {
        BenchmarkParams params = result.getParams();
        String name = params.getBenchmark();
        String type = name.substring(0, name.lastIndexOf('.'));
        Map<String, String> values = new LinkedHashMap<>();
        params.getParamsKeys().forEach(key -> values.put(key, params.getParam(key)));
        double seconds =
                result.getPrimaryResult().getScore() * params.getTimeUnit().toNanos(1) / 1e9;
        long bytes = bytes(type, values);
        Map<String, Json> data = new LinkedHashMap<>();
        data.put("benchmark", Json.of(type.substring(type.lastIndexOf('.') + 1)));
        data.put(
                "parameters",
                Json.of(values.entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue())
                        .collect(Collectors.joining(" "))));
        data.put("seconds", Json.of(seconds));
        data.put(
                "error",
                Json.of(result.getPrimaryResult().getScoreError()
                        * params.getTimeUnit().toNanos(1)
                        / 1e9));
        data.put("bytes", Json.of(bytes));
        data.put("bandwidth", Json.of(bandwidth));
        data.put("roofline", bytes == 0 ? Json.Null.NULL : Json.of(bytes / seconds / bandwidth));
        return data;
    }

    /** Only the benchmark knows, once it is set up. */
    private static long bytes(String type, Map<String, String> values) {
        for (Class<? extends Checked> known : Microbenchmarks.ALL) {
            if (known.getName().equals(type)) {
                Checked benchmark = Microbenchmarks.of(known, values);
                try {
                    benchmark.setUp();
                    return benchmark.bytes();
                } finally {
                    benchmark.tearDown();
                }
            }
        }
        return 0;
    }
}
