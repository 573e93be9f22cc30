package dev.paca.bench.quality;

import dev.paca.kv.KvCache;
import dev.paca.kv.host.AttentionProbe;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Is put the tokens that dense attention was put and has answered, and is compared with it at each of them. Where it would
 * have said something else for the first time, a copy of it goes on as it likes: that is its answer.
 */
final class Forced extends Sequence {
    private final Reference reference;
    private final IntPredicate ends;
    private final Consumer<Sequence> others;
    private final int probed;
    private final Comparison comparison = new Comparison();
    private @Nullable AttentionProbe probe;
    private @Nullable Free own;
    private int put;
    private boolean probing;

    /**
     * @param begun how many of the tokens have been run already
     * @param probed how many tokens' attention to look at, from the last of the question on
     * @param others receives the copy that goes on by itself
     */
    Forced(KvCache cache, Reference reference, int begun, int probed, IntPredicate ends, Consumer<Sequence> others) {
        super(cache);
        this.reference = reference;
        this.put = begun;
        this.probed = probed;
        this.ends = ends;
        this.others = others;
    }

    @Override
    int next() {
        int from = Math.max(0, reference.asked() - 1);
        boolean now = put >= from && put < from + probed && put < reference.fed().length;
        if (now && probe == null) {
            probe = AttentionProbe.attach(cache(), reference.truth());
        } else if (!now && probing) {
            AttentionProbe.detach(cache());
        }
        probing = now;
        return put == reference.fed().length ? -1 : reference.fed()[put++];
    }

    @Override
    boolean isMeasuredOtherwise() {
        return probing;
    }

    @Override
    boolean listens() {
        int row = put - reference.asked();
        return row >= 0 && row < reference.logits().size();
    }

    @Override
    void told(float[] logits, int at, int vocabulary) {
        if (!listens()) {
            return;
        }
        int row = put - reference.asked();
        int target =
                reference.isText() && put < reference.fed().length ? reference.fed()[put] : -1;
        comparison.add(reference.logits().get(row), logits, at, target);
        if (own != null || reference.isText()) {
            return;
        }
        int said = largest(logits, at, vocabulary);
        int[] answer = reference.answer();
        boolean same = row < answer.length ? said == answer[row] : ends.test(said);
        if (!same) {
            own = Free.after(
                    cache().fork(),
                    Arrays.copyOf(answer, row),
                    said,
                    reference.script().answerTokens(),
                    ends);
            others.accept(own);
        }
    }

    /** How it compared. */
    Comparison comparison() {
        return comparison;
    }

    /** What the probe saw; null if it saw nothing. */
    @Nullable
    AttentionProbe probe() {
        return probe;
    }

    /** What it has answered by itself. */
    int[] answer() {
        return own == null ? reference.answer() : own.answer();
    }

    /** The cache that holds what it has answered by itself. */
    KvCache answered() {
        return own == null ? cache() : own.cache();
    }

    /** Closes all that it has opened. */
    void close() {
        if (own != null) {
            own.cache().close();
        }
        cache().close();
    }
}
