package dev.paca.kv.select;

import dev.paca.kv.attention.Exp2;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.index.Scorer;
import java.util.Arrays;

/**
 * Chooses pages in two rounds: those that may get most attention by estimates, some more than are wanted, and of these the
 * ones that do, by their keys. As vector search does with short codes (RaBitQ, arXiv 2405.12497, and before it product
 * quantisation): the second round makes good what the codes lack, for the keys of a few pages.
 */
final class Shortlist {
    /** Pages looked at beyond those that are wanted. */
    static final int MORE = 16;

    /** Below every share of attention. */
    private static final float NEVER = -1;

    private final Scorer scorer;

    Shortlist(Scorer scorer) {
        this.scorer = scorer;
    }

    /**
     * Fills {@code reduced} with the sum over heads of the share that each page's attention has in that of all pages, as far
     * as {@code scores[h * pages + i]} tell. A head whose attention is sharp is heard among others with larger logits.
     */
    void shares(int heads, int pages, Selector.Scratch scratch) {
        float[] scores = scratch.scores;
        Arrays.fill(scratch.reduced, 0, pages, 0);
        for (int h = 0; h < heads; h++) {
            float max = scorer.largest(scores, h * pages, pages);
            float total = scorer.mass(scores, h * pages, pages, max);
            scorer.addMass(scores, h * pages, pages, max, 1 / total, scratch.reduced);
            scratch.maxima[h] = max;
            scratch.totals[h] = total;
        }
    }

    /**
     * Puts into {@code reduced} the shares that {@code count + MORE} pages have by their keys, and marks all others as never
     * to be chosen. After {@link #shares}.
     *
     * @return how many pages' keys have been looked at, those that are read in any case included
     */
    int refine(Request request, int pages, int count, Selector.Scratch scratch) {
        float[] reduced = scratch.reduced;
        Picks listed = scratch.listed;
        listed.begin(false);
        scratch.largest.choose(reduced, pages, Math.min(pages, count + MORE), listed);
        Reads some = pages(request.reads(), listed, scratch);
        int heads = request.queries().group();
        float[] exact = scratch.tokenScores(heads * some.tokens());
        scorer.tokens(some, 0, some.tokens(), null, request.queries(), exact, some.tokens(), scratch.scorer);
        for (int i = 0; i < pages; i++) {
            // What is read in any case stays marked.
            reduced[i] = reduced[i] == PageSelector.ALWAYS ? PageSelector.ALWAYS : NEVER;
        }
        for (int i = 0; i < listed.count(); i++) {
            int page = listed.chosen()[i];
            reduced[page] = Math.max(reduced[page], 0);
        }
        for (int h = 0; h < heads; h++) {
            addShares(listed, some, exact, h, scratch);
        }
        return listed.count();
    }

    /** The listed pages alone. The newest is among them, and last: it is read in any case. */
    private static Reads pages(Reads all, Picks listed, Selector.Scratch scratch) {
        int pageTokens = all.store().format().tokens();
        int[] pages = scratch.pages(listed.count());
        for (int i = 0; i < listed.count(); i++) {
            pages[i] = all.pages()[listed.chosen()[i]];
        }
        return new Reads(all.store(), pages, (listed.count() - 1) * pageTokens + (all.tokens() - 1) % pageTokens + 1);
    }

    private void addShares(Picks listed, Reads some, float[] exact, int head, Selector.Scratch scratch) {
        int pageTokens = some.store().format().tokens();
        int at = head * some.tokens();
        float max = Math.max(scratch.maxima[head], scorer.largest(exact, at, some.tokens()));
        float[] masses = scratch.masses(listed.count());
        float sum = 0;
        for (int i = 0; i < listed.count(); i++) {
            int first = i * pageTokens;
            masses[i] = scorer.mass(exact, at + first, Math.min(pageTokens, some.tokens() - first), max);
            sum += masses[i];
        }
        // Where estimates were too low by far, what is known of the listed pages alone is more.
        float total = Math.max(sum, scratch.totals[head] * Exp2.of(scratch.maxima[head] - max));
        for (int i = 0; i < listed.count(); i++) {
            // Adding to a mark leaves it as it is.
            scratch.reduced[listed.chosen()[i]] += masses[i] / total;
        }
    }
}
