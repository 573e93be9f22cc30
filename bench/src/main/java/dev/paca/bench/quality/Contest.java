package dev.paca.bench.quality;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Workers;
import dev.paca.model.decoder.Decoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Puts the scripts of a text to policies. The text is read once, and every policy goes on from that. Questions are fed token
 * by token as decoding does, so that what is selected is really tested (the protocol of Quest's authors), or read with the
 * text. All policies decode side by side: weights are read once for all.
 */
final class Contest {
    /** Sequences that decode side by side, about. */
    private static final int SIDE_BY_SIDE = 128;

    private final Decoder decoder;
    private final Workers workers;
    private final Protocol protocol;

    /** @param workers share out what the decoder does not do */
    Contest(Decoder decoder, Workers workers, Protocol protocol) {
        this.decoder = decoder;
        this.workers = workers;
        this.protocol = protocol;
    }

    /** What is wanted of whom. */
    record Wanted(Contestant contestant, List<Integer> scripts) {}

    /** What is wanted to be known of a text. */
    record Job(Script.Text text, List<Wanted> wanted) {}

    /** Hears what is known. */
    interface Listener {
        void outcome(Script.Text text, Outcome outcome);

        /** All that was wanted of a text is known. */
        void done(Script.Text text);
    }

    /** Measures all that is wanted, and tells it as soon as it is known. What a text shares with the next is read once. */
    void run(List<Job> jobs, Listener listener) {
        jobs.forEach(job -> checkLength(job.text()));
        List<KvPolicy> policies = Stream.concat(
                        Stream.of(Contestant.DENSE),
                        jobs.stream().flatMap(job -> job.wanted().stream()).map(Wanted::contestant))
                .map(Contestant::policy)
                .distinct()
                .toList();
        try (Stem stem = new Stem(policies, decoder)) {
            for (int i = 0; i < jobs.size(); i++) {
                Script.Text text = jobs.get(i).text();
                int[] next = i + 1 < jobs.size() ? jobs.get(i + 1).text().beginning() : new int[0];
                run(text, next, jobs.get(i).wanted(), stem, outcome -> listener.outcome(text, outcome));
                listener.done(text);
            }
        }
    }

    /** @param next the beginning of the text that comes after it */
    private void run(Script.Text text, int[] next, List<Wanted> wanted, Stem stem, Consumer<Outcome> told) {
        List<Reference> references = new ArrayList<>();
        long start = System.nanoTime();
        stem.grow(text.beginning(), next);
        try (Reading reading = Reading.of(text.beginning(), stem, !protocol.readsQuestions(), decoder, workers)) {
            double seconds = (System.nanoTime() - start) / 1e9;
            try (KvCache dense = reading.under(KvPolicy.DENSE)) {
                references.addAll(references(text, dense));
            }
            for (int i = 0; i < wanted.size(); ) {
                List<Wanted> some = new ArrayList<>();
                for (int sequences = 0; i < wanted.size() && sequences < SIDE_BY_SIDE; i++) {
                    some.add(wanted.get(i));
                    sequences += wanted.get(i).scripts().size();
                }
                measure(reading, seconds, some, references, told);
            }
        } finally {
            references.forEach(r -> r.truth().close());
        }
    }

    private void checkLength(Script.Text text) {
        int longest = text.scripts().stream()
                .mapToInt(s -> s.ids().length
                        + s.answerTokens()
                        + (s.next().length == 0 ? 0 : s.next().length + s.answerTokens()))
                .max()
                .orElseThrow();
        if (longest > decoder.contextLength()) {
            throw new PacaException("A text and a question of " + longest + " tokens do not fit into the "
                    + decoder.contextLength() + " tokens that "
                    + protocol.model().name()
                    + " reads. Choose shorter ones with --lengths.");
        }
    }

    private List<Reference> references(Script.Text text, KvCache read) {
        Steps steps = new Steps(decoder);
        List<Reference> references = new ArrayList<>();
        List<Free> answers = new ArrayList<>();
        for (Script script : text.scripts()) {
            KvCache cache = read.fork(KvPolicy.DENSE);
            int[] rest = script.rest();
            if (script.question() == null) {
                Recorded recorded = new Recorded(cache, rest);
                steps.add(recorded);
                references.add(new Reference(script, rest, 1, recorded.logits(), new int[0], cache));
            } else {
                Free free = new Free(cache, rest, script.answerTokens(), protocol.ends());
                steps.add(free);
                answers.add(free);
            }
        }
        Steps.run(decoder, List.of(steps));
        for (int i = 0; i < answers.size(); i++) {
            Free free = answers.get(i);
            Script script = text.scripts().get(i);
            references.add(new Reference(
                    script, free.fed(), script.rest().length, free.logits(), free.answer(), free.cache()));
        }
        return references;
    }

    private void measure(
            Reading reading, double seconds, List<Wanted> wanted, List<Reference> references, Consumer<Outcome> told) {
        List<Entry> entries = new ArrayList<>();
        try {
            for (Wanted each : wanted) {
                Entry entry = new Entry(
                        each.contestant(),
                        protocol,
                        decoder.pool().shape(),
                        new Steps(decoder),
                        each.scripts(),
                        references);
                entries.add(entry);
                long start = System.nanoTime();
                try (KvCache begun = reading.under(each.contestant().policy())) {
                    double own = (System.nanoTime() - start) / 1e9;
                    entry.begin(begun, seconds + own);
                }
            }
            List<Steps> all = entries.stream().map(Entry::steps).toList();
            Steps.run(decoder, all);
            entries.forEach(entry -> entry.tell(told));
            entries.forEach(Entry::askAgain);
            Steps.run(decoder, all);
            entries.forEach(entry -> entry.tellAgain(told));
        } finally {
            entries.forEach(Entry::close);
        }
    }

    /** Puts given tokens and keeps what follows each. */
    private static final class Recorded extends Sequence {
        private final int[] tokens;
        private final List<float[]> logits = new ArrayList<>();
        private int put;

        Recorded(KvCache cache, int[] tokens) {
            super(cache);
            this.tokens = tokens;
        }

        @Override
        int next() {
            return put == tokens.length ? -1 : tokens[put++];
        }

        @Override
        void told(float[] values, int at, int vocabulary) {
            logits.add(Arrays.copyOfRange(values, at, at + vocabulary));
        }

        List<float[]> logits() {
            return logits;
        }
    }
}
