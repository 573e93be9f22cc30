package dev.paca.kv.host;

import dev.paca.kv.Workers;
import dev.paca.kv.attention.AttentionKernel;
import dev.paca.kv.attention.Partial;
import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.attention.Trace;
import dev.paca.kv.select.Picks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shares attention out over threads. What a row reads is cut into parts of {@link #PART} slots, always at the same places;
 * the row's result is its parts' results, merged in order. Runs of few rows are computed part by part on several threads,
 * runs of many rows in one task each, with the same result: it depends neither on the number of threads nor on the batch.
 */
final class Attend {
    /** Slots of a part: a multiple of the kernels' tile. */
    static final int PART = 1024;
    /** Runs with at most so many rows are computed part by part. */
    private static final int FEW_ROWS = 16;

    /** Queries of one KV head's group, what they read, how that is chosen, and who looks at it. */
    record Run(
            Reads reads,
            Queries queries,
            @Nullable Choice choice,
            @Nullable Watch watch) {
        /** Places of the list that the last query sees. */
        int places() {
            return queries.visible(queries.rows() - 1);
        }

        int parts() {
            return Math.ceilDiv(places(), PART);
        }

        /** What was chosen of it. */
        Run chosen(Reads some) {
            return new Run(
                    some,
                    new Queries(
                            queries.values(),
                            queries.offset(),
                            queries.stride(),
                            queries.tokens(),
                            queries.group(),
                            queries.headDim(),
                            some.tokens(),
                            queries.scale()),
                    null,
                    watch);
        }
    }

    /** Some parts of a run. With a {@code share} they are left there to be merged, else they are all and are finished. */
    private record Task(
            Run run,
            int firstPart,
            int lastPart,
            @Nullable Partial share,
            @Nullable Trace trace) {}

    private final Workers workers;
    private final AttentionKernel kernel;
    private final List<AttentionKernel.Scratch> scratch;
    private final List<Choice.Scratch> choices;
    private final List<Partial> shares = new ArrayList<>();
    private final Partial[] totals;
    private final Partial[] parts;
    private final Trace[] traces;

    Attend(
            Workers workers,
            AttentionKernel kernel,
            List<AttentionKernel.Scratch> scratch,
            List<Choice.Scratch> choices) {
        this.workers = workers;
        this.kernel = kernel;
        this.scratch = scratch;
        this.choices = choices;
        this.totals = partials(workers.threads());
        this.parts = partials(workers.threads());
        this.traces = new Trace[workers.threads()];
        Arrays.setAll(traces, i -> new Trace());
    }

    /** Computes all runs; their results go to {@code out}, laid out like the queries. */
    void run(List<Run> runs, float[] out) {
        List<Task> tasks = new ArrayList<>();
        int used = 0;
        for (Run run : runs) {
            int count = run.parts();
            if (run.choice() != null || count == 1 || run.queries().rows() > FEW_ROWS) {
                tasks.add(new Task(run, 0, count, null, null));
                continue;
            }
            Trace trace = run.watch() == null ? null : run.watch().begin(new Trace(), run.queries(), run.places());
            for (int p = 0; p < count; p++) {
                if (used == shares.size()) {
                    shares.add(new Partial());
                }
                tasks.add(new Task(run, p, p + 1, shares.get(used++), trace));
            }
        }
        workers.run(tasks.size(), (i, thread) -> {
            Task task = tasks.get(i);
            Run run = task.run();
            Choice choice = run.choice();
            if (choice == null) {
                compute(task, thread, out, run.reads(), null);
                return;
            }
            Run chosen = run.chosen(choice.choose(choices.get(thread)));
            Picks picks = choices.get(thread).picks;
            compute(new Task(chosen, 0, chosen.parts(), null, null), thread, out, run.reads(), picks);
            choice.compensate(choices.get(thread), chosen.queries(), out);
        });
        mergeShares(tasks, out);
    }

    /**
     * @param all what the run would read had nothing been chosen
     * @param picks what was chosen of it
     */
    private void compute(Task task, int thread, float[] out, Reads all, @Nullable Picks picks) {
        Run run = task.run();
        Watch watch = run.watch();
        Partial total = task.share() == null ? totals[thread] : task.share();
        Trace trace = task.trace();
        if (watch != null && trace == null) {
            trace = watch.begin(traces[thread], run.queries(), run.places());
        }
        for (int p = task.firstPart(); p < task.lastPart(); p++) {
            Partial part = p == task.firstPart() ? total : parts[thread];
            part.clear(run.queries().rows(), kernel.stride(run.queries().headDim()));
            part.trace(trace);
            kernel.attend(run.reads(), run.queries(), p * PART, (p + 1) * PART, part, scratch.get(thread));
            if (part != total) {
                total.merge(part);
            }
        }
        if (task.share() == null) {
            total.finish(run.queries(), out);
            if (watch != null && trace != null) {
                watch.take(kernel, run.queries(), trace, total, picks, all);
            }
        }
    }

    private void mergeShares(List<Task> tasks, float[] out) {
        Partial total = null;
        List<Task> watched = new ArrayList<>();
        for (Task task : tasks) {
            if (task.share() == null) {
                continue;
            }
            if (total == null || task.firstPart() == 0) {
                total = task.share();
            } else {
                total.merge(task.share());
            }
            if (task.lastPart() == task.run().parts()) {
                total.finish(task.run().queries(), out);
                if (task.trace() != null) {
                    watched.add(new Task(task.run(), 0, task.lastPart(), total, task.trace()));
                }
            }
        }
        workers.run(watched.size(), (i, thread) -> take(watched.get(i)));
    }

    private void take(Task whole) {
        Run run = whole.run();
        if (run.watch() != null && whole.share() != null && whole.trace() != null) {
            run.watch().take(kernel, run.queries(), whole.trace(), whole.share(), null, run.reads());
        }
    }

    private static Partial[] partials(int count) {
        Partial[] partials = new Partial[count];
        for (int i = 0; i < count; i++) {
            partials[i] = new Partial();
        }
        return partials;
    }
}
