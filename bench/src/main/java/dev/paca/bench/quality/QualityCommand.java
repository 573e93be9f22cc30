package dev.paca.bench.quality;

import dev.paca.bench.quality.Contest.Job;
import dev.paca.bench.quality.Contest.Wanted;
import dev.paca.bench.result.Machine;
import dev.paca.bench.result.Origin;
import dev.paca.bench.result.ResultFile;
import dev.paca.bench.task.Haystack;
import dev.paca.bench.task.Tasks;
import dev.paca.kv.PacaException;
import dev.paca.kv.PolicyText;
import dev.paca.model.Model;
import dev.paca.model.ModelOptions;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.json.Json;
import dev.paca.model.kernels.KernelLookup;
import dev.paca.model.kernels.ThreadWorkers;
import dev.paca.model.llama.CpuDecoder;
import dev.paca.model.llama.CpuOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What each policy costs in answers, beside dense attention and the oracles. */
@Command(
        name = "quality",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Answers that each KV policy finds, how far its attention is from dense attention, and what it holds"
                        + " and reads. A run that was stopped goes on where it was, if -o names its file.")
public final class QualityCommand implements Callable<Integer> {
    /** Seeds of samples that no test uses. */
    private static final long SEEDS = 1_000_003;

    private static final String DECODE = "decode";
    private static final String PREFILL = "prefill";

    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE",
            description = "A GGUF file (default: the embedded model).")
    private @Nullable Path model;

    @Option(
            names = "--tasks",
            split = ",",
            defaultValue = "passkey,facts,lines,json",
            description =
                    "Of passkey, facts, lines, json, niah-single, niah-multikey, niah-multivalue, niah-multiquery,"
                            + " variables, perplexity (default ${DEFAULT-VALUE}).")
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
            description = "Questions of each task and length (default ${DEFAULT-VALUE}).")
    private int samples;

    @Option(
            names = "--questions",
            defaultValue = "10",
            description =
                    "Questions about one text at most, each by itself, or texts with one question that share their"
                            + " haystack; more take less time (default ${DEFAULT-VALUE}).")
    private int questions;

    @Option(
            names = "--question",
            defaultValue = DECODE,
            description =
                    "Where a question is read: in decode, token by token, or in prefill (default ${DEFAULT-VALUE}).")
    private String question = DECODE;

    @Option(
            names = "--turns",
            defaultValue = "1",
            description = "2: a second question follows the first answer (default ${DEFAULT-VALUE}).")
    private int turns;

    @Option(names = "--seed", defaultValue = "1", description = "What texts are made from (default ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = {"--kv-policy", "--presets"},
            split = ",",
            paramLabel = "NAME",
            defaultValue = "all",
            description = "KV policies by name (default ${DEFAULT-VALUE}).")
    private List<String> presets = List.of();

    @Option(
            names = "--budgets",
            split = ",",
            description =
                    "Tokens that each policy with a budget reads, or keeps where it reads all that it keeps (default:"
                            + " its own).")
    private List<Integer> budgets = List.of();

    @Option(
            names = "--types",
            split = ",",
            description = "Storages of keys and values, such as f16,fp8_e4m3 (default: each preset's own).")
    private List<String> types = List.of();

    @Option(
            names = "--probe",
            defaultValue = "2",
            description = "Tokens of a text whose attention is compared with all there is; 0 for none (default"
                    + " ${DEFAULT-VALUE}).")
    private int probe;

    @Option(
            names = "--haystack",
            paramLabel = "FOLDER",
            description = "Text files to hide needles in (default: the bundled prose).")
    private @Nullable Path haystack;

    @Option(
            names = "--kv-memory",
            defaultValue = "4096",
            description = "MiB that the caches may take (default ${DEFAULT-VALUE}).")
    private long memory;

    @Option(names = "-t", defaultValue = "0", description = "Threads (default: all cores).")
    private int threads;

    @Option(
            names = "-o",
            paramLabel = "FILE",
            description = "Results as lines of JSON; those that are there already are gone on with.")
    private @Nullable Path output;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        check();
        Haystack prose = haystack == null ? Haystack.bundled() : Haystack.folder(haystack);
        tasks.forEach(task -> Scripts.check(task, prose));
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        List<Contestant> contestants = Contestant.all(presets, budgets, types, err::println);
        try (ResultFile file = output == null ? null : ResultFile.open(output, err::println)) {
            Ledger ledger = new Ledger(file, Origin.of(spec), setting(), err::println);
            measure(prose, contestants, ledger, err);
            print(contestants, ledger, out);
        }
        return 0;
    }

    private void check() {
        if (samples < 1 || questions < 1 || turns < 1 || turns > 2 || probe < 0 || threads < 0 || memory < 1) {
            throw new PacaException(
                    "--samples, --questions and --kv-memory are at least 1, --turns 1 or 2, --probe and -t"
                            + " at least 0, found --samples " + samples + ", --questions " + questions
                            + ", --kv-memory " + memory
                            + ", --turns " + turns + ", --probe " + probe + ", -t " + threads + ".");
        }
        if (!question.equals(DECODE) && !question.equals(PREFILL)) {
            throw new PacaException("--question is " + DECODE + " or " + PREFILL + ", found '" + question + "'.");
        }
        if (lengths.stream().anyMatch(length -> length < 1)) {
            throw new PacaException("--lengths are positive numbers of tokens, found " + lengths + ".");
        }
    }

    /** What must be the same for a file's results to be gone on with. */
    private Map<String, Json> setting() {
        Path file = model == null ? Model.embeddedFile() : model;
        Map<String, Json> setting = new LinkedHashMap<>();
        try {
            setting.put("model", Json.of(String.valueOf(file.getFileName())));
            setting.put("modelBytes", Json.of(Files.size(file)));
        } catch (IOException e) {
            throw new PacaException(
                    file + " cannot be read, expected a GGUF file. Check its path and its permissions.", e);
        }
        setting.put("haystack", Json.of(haystack == null ? "bundled" : String.valueOf(haystack.getFileName())));
        setting.put("question", Json.of(question));
        setting.put("read", Json.of(PolicyText.name(Stem.PRECISION)));
        setting.put("form", Json.of(Tasks.FORM));
        return setting;
    }

    private void measure(Haystack prose, List<Contestant> contestants, Ledger ledger, PrintWriter err) {
        int cores = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        try (Model loaded =
                        model == null ? Model.embedded(ModelOptions.DEFAULT) : Model.load(model, ModelOptions.DEFAULT);
                ThreadWorkers workers = new ThreadWorkers(cores);
                Decoder decoder =
                        CpuDecoder.of(loaded.gguf(), KernelLookup.best(), workers, new CpuOptions(0, memory << 20))) {
            Scripts scripts = new Scripts(loaded, prose, turns);
            Contest contest = new Contest(decoder, workers, new Protocol(loaded, question.equals(PREFILL), probe));
            Progress progress = new Progress(err, tasks, lengths, samples);
            boolean more = true;
            // Text after text and task after task: a run that is stopped has something of everything.
            for (int i = 0; more; i++) {
                more = false;
                for (int length : lengths) {
                    for (String task : tasks) {
                        int left = progress.left(task, length);
                        if (left > 0) {
                            List<Job> jobs = new ArrayList<>();
                            for (Script.Text text :
                                    scripts.texts(task, length, seed * SEEDS + i, Math.min(questions, left))) {
                                List<Wanted> wanted = wanted(text, contestants, ledger);
                                if (wanted.isEmpty()) {
                                    progress.known(text);
                                } else {
                                    jobs.add(new Job(text, wanted));
                                }
                            }
                            contest.run(jobs, listener(ledger, progress));
                            more = true;
                        }
                    }
                }
            }
            progress.end();
        }
    }

    private static Contest.Listener listener(Ledger ledger, Progress progress) {
        return new Contest.Listener() {
            @Override
            public void outcome(Script.Text text, Outcome outcome) {
                ledger.add(text, outcome);
            }

            @Override
            public void done(Script.Text text) {
                progress.measured(text);
            }
        };
    }

    /** What is not known yet. */
    private List<Wanted> wanted(Script.Text text, List<Contestant> contestants, Ledger ledger) {
        List<Wanted> wanted = new ArrayList<>();
        for (Contestant contestant : contestants) {
            List<Integer> open = IntStream.range(0, text.scripts().size())
                    .filter(i -> IntStream.rangeClosed(1, text.scripts().get(i).turns())
                            .anyMatch(turn -> !ledger.has(
                                    text.task(), text.length(), text.seed(), text.number(i), turn, contestant)))
                    .boxed()
                    .toList();
            if (!open.isEmpty()) {
                wanted.add(new Wanted(contestant, open));
            }
        }
        return wanted;
    }

    private void print(List<Contestant> contestants, Ledger ledger, PrintWriter out) {
        out.println(Machine.here() + ", question in " + question);
        Table table = new Table(ledger.results(), contestants);
        for (int length : lengths) {
            for (int turn = 1; turn <= turns; turn++) {
                out.println();
                out.println(length + " tokens" + (turns == 1 ? "" : ", question " + turn));
                out.println();
                table.lines(tasks, length, turn).forEach(out::println);
            }
        }
        out.flush();
    }
}
