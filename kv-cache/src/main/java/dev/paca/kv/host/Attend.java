package dev.paca.kv.host;

import dev.paca.kv.Workers;
import dev.paca.kv.attention.AttentionKernel;
import dev.paca.kv.attention.Partial;
import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import java.util.ArrayList;
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

    /** Queries of one KV head's group, and what they read. */
    record Run(Reads reads, Queries queries, @Nullable Choice choice) {
        /** All that the queries see. */
        Run(Reads reads, Queries queries) {
            this(reads, queries, null);
        }

        int parts() {
            return Math.ceilDiv(queries.visible(queries.rows() - 1), PART);
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
                            queries.scale()));
        }
    }

    /** Some parts of a run. With a {@code share} they are left there to be merged, else they are all and are finished. */
    private record Task(
            Run run, int firstPart, int lastPart, @Nullable Partial share) {}

    private final Workers workers;
    private final AttentionKernel kernel;
    private final List<AttentionKernel.Scratch> scratch;
    private final List<Choice.Scratch> choices;
    private final List<Partial> shares = new ArrayList<>();
    private final Partial[] totals;
    private final Partial[] parts;

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
    }

    /** Computes all runs; their results go to {@code out}, laid out like the queries. */
    void run(List<Run> runs, float[] out) {
        List<Task> tasks = new ArrayList<>();
        int used = 0;
        for (Run run : runs) {
            int count = run.parts();
            if (run.choice() != null || count == 1 || run.queries().rows() > FEW_ROWS) {
                tasks.add(new Task(run, 0, count, null));
                continue;
            }
            for (int p = 0; p < count; p++) {
                if (used == shares.size()) {
                    shares.add(new Partial());
                }
                tasks.add(new Task(run, p, p + 1, shares.get(used++)));
            }
        }
        workers.run(tasks.size(), (i, thread) -> {
            Task task = tasks.get(i);
            Choice choice = task.run().choice();
            if (choice == null) {
                compute(task, thread, out);
                return;
            }
            Run chosen = task.run().chosen(choice.choose(choices.get(thread)));
            compute(new Task(chosen, 0, chosen.parts(), null), thread, out);
            choice.compensate(choices.get(thread), chosen.queries(), out);
        });
        mergeShares(tasks, out);
    }

    private void compute(Task task, int thread, float[] out) {
        Run run = task.run();
        Partial total = task.share() == null ? totals[thread] : task.share();
        for (int p = task.firstPart(); p < task.lastPart(); p++) {
            Partial part = p == task.firstPart() ? total : parts[thread];
            part.clear(run.queries().rows(), kernel.stride(run.queries().headDim()));
            kernel.attend(run.reads(), run.queries(), p * PART, (p + 1) * PART, part, scratch.get(thread));
            if (part != total) {
                total.merge(part);
            }
        }
        if (task.share() == null) {
            total.finish(run.queries(), out);
        }
    }

    private static void mergeShares(List<Task> tasks, float[] out) {
        Partial total = null;
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
            }
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
