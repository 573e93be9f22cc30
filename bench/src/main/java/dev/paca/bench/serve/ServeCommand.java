package dev.paca.bench.serve;

import dev.paca.bench.device.Decoders;
import dev.paca.bench.option.KvPolicies;
import dev.paca.bench.option.ModelOptions;
import dev.paca.bench.output.Heading;
import dev.paca.bench.output.Output;
import dev.paca.bench.output.OutputOptions;
import dev.paca.bench.random.Room;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.DecoderOptions;
import dev.paca.model.engine.EngineOptions;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.kernels.ThreadWorkers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Throughput and waiting of many sessions under a limit of memory. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Many sessions under one limit of KV memory, policy after policy: tokens per second, how long the first"
                        + " token and the next ones take, and who has to wait.")
public final class ServeCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions models = new ModelOptions();

    @Mixin
    private KvPolicies policies = new KvPolicies();

    @Option(
            names = "--kv-memory",
            defaultValue = "256",
            paramLabel = "MIB",
            description = "MiB that all caches may hold together (default ${DEFAULT-VALUE}).")
    private long memory;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description =
                    "Requests, ARRIVAL,PROMPT,OUTPUT a line: seconds and tokens (default: a trace from the seed).")
    private @Nullable Path trace;

    @Option(
            names = "--requests",
            defaultValue = "32",
            description = "Requests of the trace (default ${DEFAULT-VALUE}).")
    private int requests;

    @Option(
            names = "--arrivals",
            defaultValue = "0",
            description = "Requests a second, at random times; 0 for all at once (default ${DEFAULT-VALUE}).")
    private double arrivals;

    @Option(
            names = "-p",
            defaultValue = "512",
            description = "Tokens of the median prompt; others differ (default ${DEFAULT-VALUE}).")
    private int prompt;

    @Option(
            names = "-n",
            defaultValue = "128",
            description = "Tokens of the median answer; others differ (default ${DEFAULT-VALUE}).")
    private int output;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description = "What the trace is made from (default ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--parallel",
            defaultValue = "32",
            description = "Sessions that run in one step at most (default ${DEFAULT-VALUE}).")
    private int parallel;

    @Option(
            names = "-ub",
            defaultValue = "512",
            description = "Tokens of prompts in one step (default ${DEFAULT-VALUE}).")
    private int chunk;

    @Option(names = "-t", defaultValue = "0", description = "Threads; 0 for one a processor (default).")
    private int threads;

    @Option(names = "--device", defaultValue = "cpu", description = "Where the model runs (default ${DEFAULT-VALUE}).")
    private String device = "cpu";

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "5",
            description = "How long short requests run before (default ${DEFAULT-VALUE}).")
    private double warmUp;

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
        Trace sent = trace == null ? Trace.synthetic(requests, arrivals, prompt, output, seed) : Trace.of(trace);
        Map<String, Path> files = models.files(notice);
        try (Output results = outputs.open("serve", command, notice)) {
            results.begin(List.of(
                    Heading.text("model"),
                    Heading.text("KV"),
                    Heading.number("answered"),
                    Heading.number("t/s"),
                    Heading.number("first token, ms: median, p95, p99"),
                    Heading.number("between tokens, ms"),
                    Heading.number("waiting at most"),
                    Heading.number("preempted")));
            files.forEach((name, file) ->
                    kv.forEach((label, policy) -> run(name, file, label, policy, sent, results, notice)));
        }
        return 0;
    }

    private void check() {
        boolean counts = requests >= 1 && prompt >= 1 && output >= 1 && parallel >= 1 && chunk >= 1 && memory >= 1;
        if (!counts || !(arrivals >= 0) || !(warmUp >= 0) || threads < 0) {
            throw new PacaException(
                    "--requests, -p, -n, --parallel, -ub and --kv-memory are at least 1, --arrivals, --warm-up"
                            + " and -t at least 0; found --requests " + requests + ", -p " + prompt + ", -n " + output
                            + ", --parallel " + parallel + ", -ub " + chunk + ", --kv-memory " + memory
                            + ", --arrivals "
                            + arrivals + ", --warm-up " + warmUp + ", -t " + threads + ".");
        }
    }

    private void run(
            String name,
            Path file,
            String label,
            KvPolicy policy,
            Trace sent,
            Output results,
            Consumer<String> notice) {
        int used = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        long limit = memory << 20;
        EngineOptions engine = EngineOptions.DEFAULT.withChunk(chunk).withMaxRunning(parallel);
        try (Gguf gguf = Gguf.open(file);
                ThreadWorkers workers = new ThreadWorkers(used);
                Decoder decoder =
                        Decoders.open(gguf, workers, new DecoderOptions(device, 0, policy, limit, chunk, parallel))) {
            Room.here(file.toAbsolutePath()).checkMemory(name, gguf.bytes(), limit);
            if (sent.longest() > decoder.contextLength()) {
                throw new PacaException("The longest request needs a context of " + sent.longest() + " tokens, and "
                        + name + " has " + decoder.contextLength() + ". Lower -p or -n, or shorten the trace.");
            }
            Outcome outcome = new Server(policy, engine).run(decoder, sent, (long) (warmUp * 1e9));
            outcome.clocks().stream()
                    .map(Clock::error)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .ifPresent(e -> notice.accept(label + ": "
                            + (outcome.clocks().size() - outcome.finished().size())
                            + " requests failed, the first of them so: " + e.getMessage()));
            results.row(outcome.row(name, device, used, label, sent.name(), limit));
        }
    }
}
