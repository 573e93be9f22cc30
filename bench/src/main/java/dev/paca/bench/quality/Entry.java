package dev.paca.bench.quality;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvShape;
import dev.paca.kv.host.AttentionProbe;
import dev.paca.kv.host.AttentionProbe.Fidelity;
import dev.paca.model.decoder.Logits;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A policy that answers questions about a text: each by itself, all at once. */
final class Entry {
    /** Steps whose time is taken. */
    private static final int TIMED = 2;
    /** Layers that selectors read in full: what is missed there tells nothing about them. */
    private static final int FULL_LAYERS = 2;

    private final Contestant contestant;
    private final Protocol protocol;
    private final KvShape shape;
    private final Steps steps;
    private final List<Integer> scripts;
    private final List<Reference> references;
    private final List<Forced> first = new ArrayList<>();
    private final List<Free> second = new ArrayList<>();
    private double prefillSeconds;

    /** @param references what dense attention made of the text's scripts, of which {@code scripts} are to be answered */
    Entry(
            Contestant contestant,
            Protocol protocol,
            KvShape shape,
            Steps steps,
            List<Integer> scripts,
            List<Reference> references) {
        this.contestant = contestant;
        this.protocol = protocol;
        this.shape = shape;
        this.steps = steps;
        this.scripts = scripts;
        this.references = scripts.stream().map(references::get).toList();
    }

    /** What it has to decode. */
    Steps steps() {
        return steps;
    }

    /**
     * Begins to answer, and takes the time of a few tokens.
     *
     * @param read a cache that has read the text
     * @param seconds what that took
     */
    void begin(KvCache read, double seconds) {
        prefillSeconds = seconds;
        for (int i = 0; i < scripts.size(); i++) {
            Reference reference = references.get(i);
            boolean reads = protocol.readsQuestions() && !reference.isText();
            int asked = reference.asked();
            KvCache cache = read.fork();
            int probed = scripts.get(i) == 0 ? protocol.probed() : 0;
            Forced forced = new Forced(cache, reference, reads ? asked : 0, probed, protocol.ends(), steps::add);
            first.add(forced);
            if (reads) {
                Logits logits = steps.read(cache, reference.fed(), 0, asked, true);
                forced.told(logits.values(), logits.offset(0), logits.vocabulary());
            }
            steps.add(forced);
        }
        steps.time(TIMED);
    }

    /** All is answered. */
    void tell(Consumer<Outcome> told) {
        for (int i = 0; i < first.size(); i++) {
            Forced forced = first.get(i);
            AttentionProbe probe = forced.probe();
            int from = Math.min(FULL_LAYERS, shape.layers() - 1);
            Fidelity fidelity = probe == null ? null : probe.fidelity(from, shape.layers());
            told.accept(outcome(i, 1, forced.answer(), forced.comparison(), fidelity, forced.cache()));
        }
    }

    /** Puts the second question, where there is one. */
    void askAgain() {
        for (int i = 0; i < first.size(); i++) {
            Script script = references.get(i).script();
            if (script.nextQuestion() == null) {
                return;
            }
            Free free = new Free(first.get(i).answered(), script.next(), script.answerTokens(), protocol.ends());
            second.add(free);
            steps.add(free);
        }
    }

    /** All second questions are answered. */
    void tellAgain(Consumer<Outcome> told) {
        for (int i = 0; i < second.size(); i++) {
            Free free = second.get(i);
            told.accept(outcome(i, 2, free.answer(), new Comparison(), null, free.cache()));
        }
    }

    private Outcome outcome(
            int i, int turn, int[] answer, Comparison comparison, @Nullable Fidelity fidelity, KvCache cache) {
        Script script = references.get(i).script();
        return new Outcome(
                contestant,
                scripts.get(i),
                turn,
                turn == 1 ? script.question() : script.nextQuestion(),
                protocol.text(answer),
                comparison,
                fidelity,
                cache.usage(),
                steps.secondsPerToken(),
                prefillSeconds);
    }

    void close() {
        first.forEach(Forced::close);
    }
}
