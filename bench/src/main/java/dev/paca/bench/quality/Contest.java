package dev.paca.bench.quality;

import dev.paca.kv.Eviction;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import dev.paca.kv.host.AttentionProbe;
import dev.paca.model.Model;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Logits;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/**
 * Puts the scripts of a text to policies. The text is read once in each storage, densely, and copies of that go on under
 * each policy. Questions are fed token by token as decoding does, so that what is selected is really tested (the protocol
 * of Quest's authors), or read with the text.
 */
final class Contest {
    private final Decoder decoder;
    private final Model model;
    private final IntPredicate ends;
    private final boolean readsQuestions;
    private final int probed;

    /**
     * @param readsQuestions whether questions are read with the text
     * @param probed how many tokens' attention is looked at, for the first script of a text
     */
    Contest(Decoder decoder, Model model, boolean readsQuestions, int probed) {
        this.decoder = decoder;
        this.model = model;
        this.ends = model.tokenizer()::endsGeneration;
        this.readsQuestions = readsQuestions;
        this.probed = probed;
    }

    /** Pages that hold the same whatever the policy reads of them. */
    private record Pages(Storage k, Storage v, int tokens) {
        static Pages of(KvPolicy policy) {
            return new Pages(policy.k(), policy.v(), policy.pageTokens());
        }
    }

    /** What is wanted of whom. */
    record Wanted(Contestant contestant, List<Integer> scripts) {}

    /** Measures all that is wanted, and tells it as soon as it is known. */
    void run(Script.Text text, List<Wanted> wanted, Consumer<Outcome> told) {
        Map<Pages, List<Wanted>> groups = new LinkedHashMap<>();
        groups.put(Pages.of(KvPolicy.DENSE), new ArrayList<>());
        wanted.forEach(w -> groups.computeIfAbsent(Pages.of(w.contestant().policy()), p -> new ArrayList<>())
                .add(w));
        checkLength(text);
        List<Reference> references = new ArrayList<>();
        try {
            for (List<Wanted> group : groups.values()) {
                long start = System.nanoTime();
                KvPolicy policy = group.isEmpty() ? KvPolicy.DENSE : reader(group);
                try (Prefill read = Prefill.of(text.beginning(), policy, decoder, !readsQuestions)) {
                    double seconds = (System.nanoTime() - start) / 1e9;
                    if (references.isEmpty()) {
                        references.addAll(references(text, read.whole()));
                    }
                    answer(read, seconds, group, references, told);
                }
            }
        } finally {
            references.forEach(r -> r.truth().close());
        }
    }

    /** The policy under which a text is read for others: one that learns channels while reading, if there is any. */
    private static KvPolicy reader(List<Wanted> group) {
        KvPolicy first = group.getFirst().contestant().policy();
        return group.stream()
                .map(w -> w.contestant().policy())
                .filter(p -> p.selection().method() == Selection.Method.DOUBLE_SPARSITY)
                .map(p -> p.with(Eviction.NONE))
                .findFirst()
                .orElse(new KvPolicy(first.k(), first.v(), first.pageTokens()));
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
                    + decoder.contextLength() + " tokens that " + model.name()
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
                Free free = new Free(cache, rest, script.answerTokens(), ends);
                steps.add(free);
                answers.add(free);
            }
        }
        steps.run();
        for (int i = 0; i < answers.size(); i++) {
            Free free = answers.get(i);
            Script script = text.scripts().get(i);
            references.add(new Reference(
                    script, free.fed(), script.rest().length, free.logits(), free.answer(), free.cache()));
        }
        return references;
    }

    private void answer(
            Prefill read, double seconds, List<Wanted> group, List<Reference> references, Consumer<Outcome> told) {
        KvCache indexed = null;
        try {
            for (Wanted each : group) {
                KvPolicy policy = each.contestant().policy();
                if (!policy.eviction().isOff()) {
                    long start = System.nanoTime();
                    try (KvCache begun = read.evicting(policy)) {
                        measure(begun, seconds + (System.nanoTime() - start) / 1e9, each, references, told);
                    }
                    continue;
                }
                // Policies of one method follow each other: their pages have the same index, made once.
                if (indexed == null
                        || indexed.policy().selection().method()
                                != policy.selection().method()) {
                    KvCache before = indexed;
                    indexed = read.whole().fork(policy);
                    if (before != null) {
                        before.close();
                    }
                }
                try (KvCache begun = indexed.fork(policy)) {
                    measure(begun, seconds, each, references, told);
                }
            }
        } finally {
            if (indexed != null) {
                indexed.close();
            }
        }
    }

    private void measure(
            KvCache begun, double seconds, Wanted each, List<Reference> references, Consumer<Outcome> told) {
        Steps steps = new Steps(decoder);
        List<Forced> all = new ArrayList<>();
        try {
            for (int i : each.scripts()) {
                all.add(begin(begun.fork(), references.get(i), i == 0 ? probed : 0, steps));
            }
            steps.run();
            double token = steps.secondsPerToken();
            for (int i = 0; i < all.size(); i++) {
                Forced forced = all.get(i);
                AttentionProbe probe = forced.probe();
                int layers = decoder.pool().shape().layers();
                told.accept(new Outcome(
                        each.contestant(),
                        each.scripts().get(i),
                        1,
                        references.get(each.scripts().get(i)).script().question(),
                        model.tokenizer().decode(forced.answer()),
                        forced.comparison(),
                        probe == null ? null : probe.fidelity(Math.min(2, layers - 1), layers),
                        forced.cache().usage(),
                        token,
                        seconds));
            }
            secondTurn(all, each, references, steps, seconds, told);
        } finally {
            all.forEach(Forced::close);
        }
    }

    private Forced begin(KvCache cache, Reference reference, int probes, Steps steps) {
        boolean reads = readsQuestions && !reference.isText();
        int asked = reference.asked();
        Forced forced = new Forced(cache, reference, reads ? asked : 0, probes, ends, steps::add);
        if (reads) {
            Logits logits = steps.read(cache, reference.fed(), 0, asked, true);
            forced.told(logits.values(), logits.offset(0), logits.vocabulary());
        }
        steps.add(forced);
        return forced;
    }

    private void secondTurn(
            List<Forced> all,
            Wanted each,
            List<Reference> references,
            Steps steps,
            double seconds,
            Consumer<Outcome> told) {
        List<Free> second = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Script script = references.get(each.scripts().get(i)).script();
            if (script.nextQuestion() == null) {
                return;
            }
            Free free = new Free(all.get(i).answered(), script.next(), script.answerTokens(), ends);
            second.add(free);
            steps.add(free);
        }
        steps.run();
        for (int i = 0; i < second.size(); i++) {
            Free free = second.get(i);
            told.accept(new Outcome(
                    each.contestant(),
                    each.scripts().get(i),
                    2,
                    references.get(each.scripts().get(i)).script().nextQuestion(),
                    model.tokenizer().decode(free.answer()),
                    new Comparison(),
                    null,
                    free.cache().usage(),
                    steps.secondsPerToken(),
                    seconds));
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
            logits.add(java.util.Arrays.copyOfRange(values, at, at + vocabulary));
        }

        List<float[]> logits() {
            return logits;
        }
    }
}
