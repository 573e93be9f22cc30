package dev.paca.model.engine;

import dev.paca.kv.KvMemoryException;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.PoolUsage;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides what runs in a step. First come, first served: who came earlier is never held up by who came later. When pages
 * run out, caches of idle sessions go first, then those of who came last, which wait and run again; nobody is killed.
 * Only the engine's thread uses it.
 */
final class Scheduler {
    private static final double MIB = 1 << 20;

    private final Decoder decoder;
    private final EngineOptions options;
    private final Set<Sequence> sequences = new HashSet<>();
    /** Both by ticket: all that run came before all that wait. */
    private final List<Work> running = new ArrayList<>();

    private final List<Work> waiting = new ArrayList<>();
    private final List<Slice> batch = new ArrayList<>();
    private long tickets;
    private long preempted;

    Scheduler(Decoder decoder, EngineOptions options) {
        this.decoder = decoder;
        this.options = options;
    }

    /** Makes a sequence known, so that its cache can be taken while it is idle. */
    void add(Sequence sequence) {
        sequences.add(sequence);
    }

    void remove(Sequence sequence) {
        sequence.clear();
        sequences.remove(sequence);
    }

    /** @throws KvMemoryException if a sequence of so many tokens, the first of them a prompt, would not fit, were it the only one */
    void checkFits(KvPolicy policy, int prompt, int tokens) {
        long bytes = decoder.pool().bytes(policy, prompt, tokens);
        long limit = decoder.pool().usage().limit();
        if (bytes > limit) {
            throw new KvMemoryException(
                    String.format(
                            Locale.ROOT,
                            "A sequence of %d tokens needs %.1f MiB of KV cache, but its limit is %.1f MiB."
                                    + " Raise --kv-memory, shorten the prompt, ask for fewer tokens, or store the cache in fewer bits.",
                            tokens,
                            bytes / MIB,
                            limit / MIB),
                    bytes,
                    limit);
        }
    }

    /** Takes caches of idle sessions until a sequence of so many tokens has room, as far as they suffice. */
    void makeRoom(KvPolicy policy, int prompt, int tokens) {
        long bytes = decoder.pool().bytes(policy, prompt, tokens);
        PoolUsage usage = decoder.pool().usage();
        while (bytes + usage.pageBytes() + usage.residualBytes() + usage.indexBytes() > usage.limit()
                && reclaimIdle()) {
            usage = decoder.pool().usage();
        }
    }

    void submit(Work work) {
        work.sequence().use(++tickets);
        waiting.add(work);
    }

    /** Ends a sequence's work, if it has some, as cancelled. */
    void cancel(Sequence sequence) {
        endCancelled(running, sequence);
        endCancelled(waiting, sequence);
    }

    /** Ends everything with an error. */
    void failAll(PacaException error) {
        List<Work> all = new ArrayList<>(running);
        all.addAll(waiting);
        running.clear();
        waiting.clear();
        all.forEach(work -> work.fail(error));
        List.copyOf(sequences).forEach(this::remove);
    }

    /** How often one that ran had to give its pages back and wait. */
    long preempted() {
        return preempted;
    }

    boolean idle() {
        return running.isEmpty() && waiting.isEmpty();
    }

    /** Runs one batch. */
    void step() {
        endCancelled(running, null);
        endCancelled(waiting, null);
        admit();
        form();
        if (batch.isEmpty()) {
            return;
        }
        Taking taking;
        try {
            taking = run();
        } catch (RuntimeException | Error e) {
            failRunning(e);
            return;
        }
        use(taking);
    }

    /** Gives what a step came to in a row to the work that wants it; says whether that was its end. */
    private interface Taking {
        boolean take(Work work, int row);
    }

    /** Logits are asked for only where somebody looks at them. */
    private Taking run() {
        boolean tokens = false;
        for (int i = 0; i < batch.size(); i++) {
            if (batch.get(i).logits() > 0) {
                tokens = running.get(i).needsOnlyLikeliest();
                if (!tokens) {
                    break;
                }
            }
        }
        if (tokens) {
            int[] likeliest = decoder.likeliest(batch);
            return (work, row) -> work.take(likeliest[row]);
        }
        Logits logits = decoder.forward(batch);
        return (work, row) -> work.take(logits.values(), logits.offset(row));
    }

    private void use(Taking taking) {
        int row = 0;
        List<Work> ended = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            Work work = running.get(i);
            work.sequence().stepped();
            boolean wanted = batch.get(i).logits() > 0;
            if (work.cancelled()) {
                work.cancel();
                ended.add(work);
            } else if (!wanted) {
                work.stepped();
            } else if (take(work, taking, row)) {
                ended.add(work);
            }
            row += wanted ? 1 : 0;
        }
        running.removeAll(ended);
    }

    private static boolean take(Work work, Taking taking, int row) {
        try {
            work.stepped();
            return taking.take(work, row);
        } catch (PacaException e) {
            work.fail(e);
        } catch (RuntimeException | Error e) {
            work.fail(new PacaException("Choosing the next token failed: " + e, e));
        }
        return true;
    }

    /** What each cache holds after a failed step is unknown, so all of the batch lose theirs. */
    private void failRunning(Throwable cause) {
        PacaException error = cause instanceof PacaException known
                ? known
                : new PacaException("A step of the model failed: " + cause, cause);
        List<Work> failed = new ArrayList<>(running);
        running.clear();
        for (Work work : failed) {
            work.sequence().release();
            work.fail(error);
        }
    }

    private void admit() {
        while (!waiting.isEmpty() && running.size() < options.maxRunning()) {
            Work next = waiting.getFirst();
            try {
                next.sequence().admit();
            } catch (KvMemoryException e) {
                if (reclaimIdle() || reclaimWaiting(next)) {
                    continue;
                }
                if (!running.isEmpty()) {
                    return;
                }
                waiting.removeFirst();
                next.starve(e);
                continue;
            } catch (PacaException e) {
                waiting.removeFirst();
                next.fail(e);
                continue;
            }
            waiting.removeFirst();
            running.add(next);
            next.admitted();
        }
    }

    /** One slice for each that runs, in order; who finds no memory waits. */
    private void form() {
        batch.clear();
        int[] quotas = quotas();
        for (int i = 0; i < running.size(); i++) {
            Work work = running.get(i);
            while (batch.size() == i) {
                try {
                    batch.add(work.sequence().next(quotas[i]));
                } catch (KvMemoryException e) {
                    if (!reclaimIdle() && !reclaimWaiting(work)) {
                        Work last = running.removeLast();
                        last.sequence().release();
                        if (last == work && running.isEmpty()) {
                            work.starve(e);
                            return;
                        }
                        waiting.addFirst(last);
                        preempted++;
                        if (last == work) {
                            return;
                        }
                    }
                }
            }
        }
    }

    /** One token for each that decodes; prompts share a chunk evenly, so that a short one need not wait for a long one. */
    private int[] quotas() {
        int[] quotas = new int[running.size()];
        int prompts = 0;
        for (int i = 0; i < quotas.length; i++) {
            quotas[i] = 1;
            prompts += running.get(i).sequence().pending() > 1 ? 1 : 0;
        }
        if (prompts == 0) {
            return quotas;
        }
        int left = prompts < quotas.length ? options.mixedChunk() : options.chunk();
        int share = Math.max(1, left / prompts);
        for (int i = 0; i < quotas.length; i++) {
            int pending = running.get(i).sequence().pending();
            if (pending > 1) {
                quotas[i] = Math.min(pending, share);
                left -= quotas[i];
            }
        }
        for (int i = 0; i < quotas.length && left > 0; i++) {
            int more = Math.min(left, running.get(i).sequence().pending() - quotas[i]);
            quotas[i] += more;
            left -= more;
        }
        return quotas;
    }

    /** Takes the cache of the session that has been idle longest. */
    private boolean reclaimIdle() {
        return sequences.stream()
                .filter(s -> s.holds() && !busy(s))
                .min(Comparator.comparingLong(Sequence::used))
                .map(Sequence::release)
                .orElse(false);
    }

    /** Takes the cache of the last of those that wait, unless that is {@code before} or came before it. */
    private boolean reclaimWaiting(Work before) {
        for (int i = waiting.size() - 1; i >= 0 && waiting.get(i) != before; i--) {
            if (waiting.get(i).sequence().release()) {
                return true;
            }
        }
        return false;
    }

    private boolean busy(Sequence sequence) {
        return running.stream().anyMatch(w -> w.sequence() == sequence)
                || waiting.stream().anyMatch(w -> w.sequence() == sequence);
    }

    /** @param only the sequence whose work ends, or null for all that were cancelled */
    private static void endCancelled(List<Work> works, @Nullable Sequence only) {
        List<Work> ended = new ArrayList<>();
        for (Work work : works) {
            if (only == null ? work.cancelled() : work.sequence() == only) {
                ended.add(work);
            }
        }
        works.removeAll(ended);
        ended.forEach(Work::cancel);
    }
}
