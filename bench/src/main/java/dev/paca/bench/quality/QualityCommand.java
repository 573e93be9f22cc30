package dev.paca.bench.quality;

import dev.paca.bench.option.CacheOptions;
import dev.paca.bench.task.Haystack;
import dev.paca.bench.task.Sample;
import dev.paca.bench.task.Task;
import dev.paca.bench.task.Tasks;
import dev.paca.kv.Budget;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Selection;
import dev.paca.model.Model;
import dev.paca.model.ModelOptions;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.kernels.KernelLookup;
import dev.paca.model.kernels.ThreadWorkers;
import dev.paca.model.llama.CpuDecoder;
import dev.paca.model.llama.CpuOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Answers found by each selector at each budget, beside dense attention and the oracles. */
@Command(
        name = "quality",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Answers found when only a part of the cache is read: every selector at every budget, beside dense attention.")
public final class QualityCommand implements Callable<Integer> {
    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE",
            description = "A GGUF file (default: the embedded model).")
    private @Nullable Path model;

    @Option(
            names = "--tasks",
            split = ",",
            defaultValue = "passkey,facts,lines,json",
            description = "Tasks (default ${DEFAULT-VALUE}).")
    private List<String> tasks = List.of();

    @Option(
            names = "--lengths",
            split = ",",
            defaultValue = "4000",
            description = "Tokens of a prompt (default ${DEFAULT-VALUE}).")
    private List<Integer> lengths = List.of();

    @Option(
            names = "--samples",
            defaultValue = "20",
            description = "Samples of each task and length (default ${DEFAULT-VALUE}).")
    private int samples;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description = "What the samples are made from (default ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--select",
            split = ",",
            defaultValue = "oracle-tokens,oracle-pages,key-codes,quest-mean,quest",
            description = "Selectors (default ${DEFAULT-VALUE}).")
    private List<String> selectors = List.of();

    @Option(
            names = "--budgets",
            split = ",",
            defaultValue = "32,64,128,256",
            description = "Tokens that a selector reads (default ${DEFAULT-VALUE}).")
    private List<Integer> budgets = List.of();

    @Option(
            names = "--layers",
            defaultValue = "2",
            description = "First layers that read everything (default ${DEFAULT-VALUE}).")
    private int denseLayers;

    @Option(
            names = "--haystack",
            paramLabel = "FOLDER",
            description = "Text files to hide needles in (default: the bundled prose).")
    private @Nullable Path haystack;

    @Mixin
    private CacheOptions cache = new CacheOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        if (samples < 1 || denseLayers < 0) {
            throw new PacaException(
                    "--samples is at least 1 and --layers at least 0, found " + samples + " and " + denseLayers + ".");
        }
        Tasks known = new Tasks(haystack == null ? Haystack.bundled() : Haystack.folder(haystack));
        List<Task> wanted = tasks.stream().map(known::named).toList();
        KvPolicy dense = cache.dense();
        List<KvPolicy> policies = policies(dense);
        try (Model loaded =
                        model == null ? Model.embedded(ModelOptions.DEFAULT) : Model.load(model, ModelOptions.DEFAULT);
                ThreadWorkers workers = new ThreadWorkers(Runtime.getRuntime().availableProcessors());
                Decoder decoder =
                        CpuDecoder.of(loaded.gguf(), KernelLookup.best(), workers, new CpuOptions(0, cache.bytes()))) {
            PrintWriter out = spec == null
                    ? new PrintWriter(System.out, true)
                    : spec.commandLine().getOut();
            Asker asker = new Asker(loaded, decoder);
            out.println("| selection | budget |" + header(wanted));
            out.println("|---|---:|" + "---:|".repeat(wanted.size() * lengths.size()));
            Map<KvPolicy, List<Tally>> table = new LinkedHashMap<>();
            policies.forEach(p -> table.put(p, new ArrayList<>()));
            for (Task task : wanted) {
                for (int length : lengths) {
                    Map<KvPolicy, Tally> column = column(task, length, policies, asker);
                    column.forEach((policy, tally) -> table.get(policy).add(tally));
                }
            }
            table.forEach((policy, tallies) -> out.println(row(policy, tallies)));
            out.flush();
        }
        return 0;
    }

    private List<KvPolicy> policies(KvPolicy dense) {
        List<KvPolicy> policies = new ArrayList<>(List.of(dense));
        for (String name : selectors) {
            for (int budget : budgets) {
                Selection usual = PolicyText.selection(name + ":budget=" + budget);
                policies.add(dense.with(new Selection(
                        usual.method(), usual.budget(), denseLayers, usual.sinks(), usual.window(), usual.channels())));
            }
        }
        return policies;
    }

    private Map<KvPolicy, Tally> column(Task task, int length, List<KvPolicy> policies, Asker asker) {
        Map<KvPolicy, Tally> column = new LinkedHashMap<>();
        policies.forEach(p -> column.put(p, new Tally()));
        for (int i = 0; i < samples; i++) {
            Sample sample = task.sample(length - 16, seed * 1_000_003 + i, text -> asker.encode(text).length);
            Asker.Split split = asker.split(sample);
            KvCache context = null;
            KvPolicy read = null;
            for (KvPolicy policy : policies) {
                // Budgets of one method share the prefill: only what is read of the pages differs.
                if (context == null || read == null || !sameMethod(policy, read)) {
                    if (context != null) {
                        context.close();
                    }
                    context = asker.read(split, policy);
                    read = policy;
                }
                try (KvCache cache = context.fork(policy)) {
                    String answer = asker.answer(split, cache, task.answerTokens());
                    column.get(policy)
                            .add(
                                    sample.score(answer),
                                    cache.usage().readBytes(),
                                    cache.usage().denseReadBytes());
                }
            }
            if (context != null) {
                context.close();
            }
            System.err.print("\r" + task.name() + " " + length + ": " + (i + 1) + "/" + samples + " ");
        }
        System.err.println();
        return column;
    }

    private static boolean sameMethod(KvPolicy a, KvPolicy b) {
        return a.selection().method() == b.selection().method();
    }

    private String header(List<Task> wanted) {
        StringBuilder header = new StringBuilder();
        for (Task task : wanted) {
            for (int length : lengths) {
                header.append(' ')
                        .append(task.name())
                        .append(' ')
                        .append(length)
                        .append(" |");
            }
        }
        return header.toString();
    }

    private static String row(KvPolicy policy, List<Tally> tallies) {
        Budget budget = policy.selection().budget();
        boolean all = policy.selection().method() == Selection.Method.ALL;
        StringBuilder row =
                new StringBuilder("| " + policy.selection().method().label() + " | " + (all ? "" : budget) + " |");
        tallies.forEach(t -> row.append(' ').append(t).append(" |"));
        return row.toString();
    }
}
