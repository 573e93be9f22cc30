package dev.paca.bench.speed;

import dev.paca.bench.option.CacheOptions;
import dev.paca.bench.result.Machine;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.PolicyText;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.kernels.KernelLookup;
import dev.paca.model.kernels.Kernels;
import dev.paca.model.kernels.ThreadWorkers;
import dev.paca.model.llama.CpuDecoder;
import dev.paca.model.llama.CpuOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
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
                "Tokens per second of prompts (pp) and of decoding (tg), medians with their spread; beside a peer's, turn by turn.")
public final class SpeedCommand implements Callable<Integer> {
    @Option(
            names = {"-m", "--model"},
            required = true,
            paramLabel = "FILE",
            description = "A GGUF file.")
    private Path model = Path.of("");

    @Option(
            names = "-p",
            split = ",",
            defaultValue = "512",
            description = "Lengths of prompts (default ${DEFAULT-VALUE}).")
    private List<Integer> prompts = List.of();

    @Option(
            names = "-n",
            split = ",",
            defaultValue = "128",
            description = "Tokens to decode (default ${DEFAULT-VALUE}).")
    private List<Integer> generated = List.of();

    @Option(
            names = "-d",
            split = ",",
            defaultValue = "0",
            description = "Tokens before those timed (default ${DEFAULT-VALUE}).")
    private List<Integer> depths = List.of();

    @Option(
            names = "-ub",
            defaultValue = "512",
            description = "Tokens of a prompt in one pass (default ${DEFAULT-VALUE}).")
    private int chunk;

    @Option(names = "-t", defaultValue = "0", description = "Threads (default: all cores).")
    private int threads;

    @Option(names = "-r", defaultValue = "5", description = "Repetitions (default ${DEFAULT-VALUE}).")
    private int repetitions;

    @Option(
            names = "--kv-select",
            defaultValue = "all",
            description = "What decoding reads, such as quest:budget=512 (default ${DEFAULT-VALUE}).")
    private String selection = "";

    @Option(
            names = "--kv-mass",
            defaultValue = "none",
            description = "When it has read enough, such as 0.95 (default ${DEFAULT-VALUE}).")
    private String mass = "";

    @Option(names = "--peer", paramLabel = "llama-bench=PATH", description = "A peer to run on the same file.")
    private @Nullable String peer;

    @Mixin
    private CacheOptions cache = new CacheOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        if (repetitions < 1 || chunk < 1 || threads < 0) {
            throw new PacaException("-r and -ub are at least 1 and -t at least 0, found -r " + repetitions + ", -ub "
                    + chunk + ", -t " + threads + ".");
        }
        KvPolicy policy = cache.dense().with(PolicyText.selection(selection)).with(PolicyText.pruning(mass));
        LlamaBench other = peer();
        int count = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        Kernels kernels = KernelLookup.best();
        try (Gguf gguf = Gguf.open(model);
                ThreadWorkers workers = new ThreadWorkers(count);
                Decoder decoder = CpuDecoder.of(gguf, kernels, workers, new CpuOptions(0, cache.bytes()))) {
            PrintWriter out = spec == null
                    ? new PrintWriter(System.out, true)
                    : spec.commandLine().getOut();
            out.println(Machine.here() + ", " + count + " threads, " + kernels.description());
            out.println("| model | test | KV | t/s | KV held, MiB | KV read a token, MiB |"
                    + (other == null ? "" : " llama.cpp t/s | ratio |"));
            out.println("|---|---|---|---:|---:|---:|" + (other == null ? "" : "---:|---:|"));
            Timer timer = new Timer(decoder, policy, chunk);
            for (int depth : depths) {
                List<Measurement> tests = Measurement.of(prompts, generated, List.of(depth));
                try (KvCache before = timer.prepare(depth)) {
                    for (Measurement test : tests) {
                        out.println(row(test, before, timer, other, count));
                        out.flush();
                    }
                }
            }
        }
        return 0;
    }

    private String row(Measurement test, KvCache before, Timer timer, @Nullable LlamaBench other, int count) {
        timer.warmUp(test, before);
        List<Double> ours = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        for (int i = 0; i < repetitions; i++) {
            ours.add(timer.rate(test, before));
            if (other != null) {
                theirs.add(other.rate(test, model, count));
            }
        }
        Rates rates = new Rates(ours);
        String row = String.format(
                Locale.ROOT,
                "| %s | %s | %s %s%s | %s | %.2f | %.2f |",
                model.getFileName(),
                test.label(),
                cache,
                selection,
                mass.equals("none") ? "" : " " + mass,
                rates,
                before.usage().bytes() / 1048576.0,
                timer.readBytes(before) / 1048576.0);
        if (other == null) {
            return row;
        }
        Rates peers = new Rates(theirs);
        return row + String.format(Locale.ROOT, " %s | %.2f |", peers, rates.median() / peers.median());
    }

    private @Nullable LlamaBench peer() {
        if (peer == null) {
            return null;
        }
        String prefix = "llama-bench=";
        if (!peer.startsWith(prefix)) {
            throw new PacaException("There is no peer '" + peer + "', expected " + prefix + "PATH.");
        }
        return new LlamaBench(Path.of(peer.substring(prefix.length())));
    }
}
