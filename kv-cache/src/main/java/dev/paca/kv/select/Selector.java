package dev.paca.kv.select;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Selection;
import dev.paca.kv.index.Scorer;

/** Chooses what a token reads of one KV head. */
public interface Selector {
    /** Memory for one thread's calls. */
    final class Scratch {
        final Scorer.Scratch scorer;
        final Largest largest;
        float[] scores = new float[0];
        float[] reduced = new float[0];
        /** Of each head's scores the largest, and the mass of all relative to that. */
        float[] maxima = new float[0];

        float[] totals = new float[0];
        final Picks listed = new Picks();
        private int[] pages = new int[0];
        private float[] masses = new float[0];
        private float[] tokenScores = new float[0];

        public Scratch(Scorer scorer) {
            this.scorer = scorer.scratch();
            this.largest = new Largest(scorer, this.scorer);
        }

        /** Room for so many scores of tokens. */
        float[] tokenScores(int count) {
            if (tokenScores.length < count) {
                tokenScores = new float[count * 2];
            }
            return tokenScores;
        }

        /** Room for so many pages. */
        int[] pages(int count) {
            if (pages.length < count) {
                pages = new int[count * 2];
            }
            return pages;
        }

        /** Room for so many masses of pages. */
        float[] masses(int count) {
            if (masses.length < count) {
                masses = new float[count * 2];
            }
            return masses;
        }

        /** Room for {@code heads * count} scores, and {@code count} of the group. */
        void size(int heads, int count) {
            if (scores.length < heads * count) {
                scores = new float[heads * count * 2];
            }
            if (maxima.length < heads) {
                maxima = new float[heads];
                totals = new float[heads];
            }
            if (reduced.length < count) {
                reduced = new float[count * 2];
            }
        }
    }

    /** Chooses; what it says does not depend on anything but the request. */
    void select(Request request, Picks picks, Scratch scratch);

    /** The selector of a policy. */
    static Selector of(KvPolicy policy, Scorer scorer) {
        Selection selection = policy.selection();
        return switch (selection.method()) {
            case ALL -> throw new PacaException("A policy that reads everything has no selector.");
            case QUEST, QUEST_MEAN, KEY_CODES -> new PageSelector(selection, policy.pruning(), scorer);
            case DOUBLE_SPARSITY, SPARQ, ORACLE_TOKENS, ORACLE_PAGES ->
                new TokenSelector(selection, policy.pruning(), scorer);
            case STREAMING -> new StreamingSelector(selection);
        };
    }
}
