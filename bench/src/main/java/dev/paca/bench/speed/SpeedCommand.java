package dev.paca.bench.speed;

import dev.paca.bench.option.KvPolicies;
import dev.paca.bench.option.ModelOptions;
import dev.paca.bench.output.Heading;
import dev.paca.bench.output.Output;
import dev.paca.bench.output.OutputOptions;
import dev.paca.bench.peer.Peer;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Tokens per second, in llama-bench's manner. */
@Command(
        name = "speed",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Tokens per second of prompts (pp) and of decoding (tg), medians with their spread; beside peers', turn by turn.")
public final class SpeedCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions models = new ModelOptions();

    @Option(
            names = "-p",
            split = ",",
            defaultValue = "512",
            description = "Lengths of prompts; 0 for none (default ${DEFAULT-VALUE}).")
    private List<Integer> prompts = List.of();

    @Option(
            names = "-n",
            split = ",",
            defaultValue = "128",
            description = "Tokens to decode; 0 for none (default ${DEFAULT-VALUE}).")
    private List<Integer> generated = List.of();

    @Option(
            names = "-d",
            split = ",",
            defaultValue = "0",
            description = "Tokens before those timed (default ${DEFAULT-VALUE}).")
    private List<Integer> depths = List.of();

    @Option(
            names = {"-npl", "--sequences"},
            split = ",",
            defaultValue = "1",
            description =
                    "Sequences that decode together, each after -d tokens of its own; their tokens are added up (default"
                            + " ${DEFAULT-VALUE}).")
    private List<Integer> sequences = List.of();

    @Option(
            names = "--greedy",
            description =
                    "Each step's likeliest tokens are chosen, on a device where there is one, and decoded next, as in a chat at"
                            + " temperature 0. Without it, logits come to the host and random tokens are decoded, as in llama-bench.")
    private boolean greedy;

    @Option(
            names = "-b",
            split = ",",
            defaultValue = "2048",
            description = "Tokens of a prompt that are handed over at once (default ${DEFAULT-VALUE}).")
    private List<Integer> batches = List.of();

    @Option(
            names = "-ub",
            split = ",",
            defaultValue = "512",
            description = "Tokens that run in one pass, -b at most (default ${DEFAULT-VALUE}).")
    private List<Integer> microBatches = List.of();

    @Option(names = "-t", split = ",", defaultValue = "0", description = "Threads; 0 for one a processor (default).")
    private List<Integer> threads = List.of();

    @Option(names = "-r", defaultValue = "5", description = "Repetitions (default ${DEFAULT-VALUE}).")
    private int repetitions;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "5",
            description =
                    "How long each test runs before it is timed: the compiler takes seconds over the kernels (default"
                            + " ${DEFAULT-VALUE}).")
    private double warmUp;

    @Mixin
    private KvPolicies policies = new KvPolicies();

    @Option(
            names = "--kv-memory",
            defaultValue = "0",
            description =
                    "MiB that the cache may take (default: 4096 on the CPU, and on a device what the longest test needs).")
    private long memory;

    @Option(
            names = "--device",
            split = ",",
            defaultValue = "cpu",
            description = "Where the model runs (default ${DEFAULT-VALUE}).")
    private List<String> devices = List.of();

    @Option(
            names = "--peer",
            paramLabel = "NAME=PATH",
            description =
                    "A program to run on the same file, turn by turn: llama-bench=PATH, gpullama3=PATH of llama-tornado,"
                            + " jlama=PATH@OWNER/MODEL. May be given several times.")
    private List<String> peers = List.of();

    @Mixin
    private OutputOptions outputs = new OutputOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        check();
        CommandSpec command = Objects.requireNonNull(spec);
        Consumer<String> notice = command.commandLine().getErr()::println;
        Map<String, KvPolicy> kv = policies.policies(notice);
        Peers others = new Peers(peers.stream().map(Peer::of).toList(), notice);
        List<Measurement> tests = Measurement.of(prompts, generated, depths, sequences, greedy);
        if (tests.isEmpty()) {
            throw new PacaException("Nothing is to be measured: every -p and -n is 0. Give one of them a length.");
        }
        Map<String, Path> files = models.files(notice);
        try (Output output = outputs.open("speed", command, notice)) {
            output.begin(headings(others.names()));
            SpeedRun run = new SpeedRun(repetitions, (long) (warmUp * 1e9), memory << 20, others, output);
            files.forEach((name, file) -> settings(kv).forEach(setting -> run.measure(name, file, setting, tests)));
        }
        return 0;
    }

    private void check() {
        boolean lengths = Stream.of(prompts, generated, depths, threads)
                .flatMap(List::stream)
                .allMatch(n -> n >= 0);
        boolean sizes = Stream.of(batches, microBatches, sequences)
                .flatMap(List::stream)
                .allMatch(n -> n >= 1);
        if (!lengths || !sizes || repetitions < 1 || !(warmUp >= 0) || memory < 0) {
            throw new PacaException(
                    "-p, -n, -d, -t, --warm-up and --kv-memory are at least 0, -npl, -b, -ub and -r at least 1;"
                            + " found -p " + prompts + ", -n " + generated + ", -d " + depths + ", -npl "
                            + sequences + ", -t " + threads
                            + ", --warm-up "
                            + warmUp + ", -b " + batches + ", -ub " + microBatches + ", -r " + repetitions
                            + ", --kv-memory "
                            + memory + ".");
        }
    }

    private List<Setting> settings(Map<String, KvPolicy> kv) {
        List<Setting> all = new ArrayList<>();
        for (String device : devices) {
            for (int count : threads) {
                int used = count == 0 ? Runtime.getRuntime().availableProcessors() : count;
                for (int batch : batches) {
                    for (int microBatch : microBatches) {
                        kv.forEach((label, policy) ->
                                all.add(new Setting(device, used, batch, microBatch, label, policy)));
                    }
                }
            }
        }
        return all;
    }

    private static List<Heading> headings(List<String> peers) {
        List<Heading> headings = new ArrayList<>(List.of(
                Heading.text("model"),
                Heading.text("on"),
                Heading.text("KV"),
                Heading.text("test"),
                Heading.number("t/s"),
                Heading.number("KV held, MiB"),
                Heading.number("KV read a token, MiB"),
                Heading.number("of bandwidth")));
        for (String peer : peers) {
            headings.add(Heading.number(peer + " t/s"));
            headings.add(Heading.number("ratio"));
        }
        return headings;
    }
}
