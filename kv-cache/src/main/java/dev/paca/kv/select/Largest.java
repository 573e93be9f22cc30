package dev.paca.kv.select;

import dev.paca.kv.index.ScalarScorer;
import dev.paca.kv.index.Scorer;

/** The k largest of an array of scores, in ascending order of index; among equal scores the lower index wins. */
public final class Largest {
    private final Scorer scorer;
    private final Scorer.Scratch scratch;
    private int[] found = new int[0];

    /** Without vectors. */
    public Largest() {
        this(new ScalarScorer());
    }

    private Largest(Scorer scorer) {
        this(scorer, scorer.scratch());
    }

    /** @param scratch of the scorer; for one thread's calls */
    public Largest(Scorer scorer, Scorer.Scratch scratch) {
        this.scorer = scorer;
        this.scratch = scratch;
    }

    /**
     * Calls {@code picks.add} for each index chosen.
     *
     * @param scores no NaN among the first {@code n}
     * @param n scores
     * @param k how many to choose
     */
    public void choose(float[] scores, int n, int k, Picks picks) {
        if (k >= n) {
            for (int i = 0; i < n; i++) {
                picks.add(i);
            }
            return;
        }
        if (k <= 0) {
            return;
        }
        // Room for a vector's worth more.
        if (found.length < n + 64) {
            found = new int[2 * n + 64];
        }
        float least = scorer.nth(scores, n, k, scratch);
        int count = scorer.atLeast(least, scores, n, found);
        int equal = 0;
        for (int i = 0; i < count; i++) {
            equal += scores[found[i]] == least ? 1 : 0;
        }
        // Of those that equal the least, the last are too many.
        equal -= count - k;
        for (int i = 0; i < count; i++) {
            if (scores[found[i]] != least || equal-- > 0) {
                picks.add(found[i]);
            }
        }
    }
}
