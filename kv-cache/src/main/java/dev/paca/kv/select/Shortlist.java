package dev.paca.kv.select;

import dev.paca.kv.attention.Exp2;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.index.Scorer;
import java.util.Arrays;

/**
 * Chooses pages in two rounds: those that may get most attention by estimates, some more than are wanted, and of these the
 * ones that do, by their keys or by their indexes. As vector search does with short codes (RaBitQ, arXiv 2405.12497, and
 * before it product quantisation): the second round makes good what the codes lack, for the keys of a few pages.
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

    /**
     * Puts into {@code reduced} the scores that {@code wanted + MORE} pages have by their indexes, the largest of the heads',
     * and marks all others of the first {@code pages} as never to be chosen.
     *
     * @param reduced has estimates of these scores
     * @return how many pages' indexes have been looked at
     */
    int again(Request request, int pages, int wanted, Selector.Scratch scratch) {
        float[] reduced = scratch.reduced;
        Picks listed = scratch.listed;
        listed.begin(false);
        scratch.largest.choose(reduced, pages, Math.min(pages, wanted + MORE), listed);
        int count = listed.count();
        Reads all = request.reads();
        Reads some = new Reads(
                all.store(),
                places(all, listed, scratch),
                count * all.store().format().tokens());
        float[] scores = scratch.scores;
        scorer.pages(some, null, count, request.queries(), scores, count, scratch.scorer);
        Arrays.fill(reduced, 0, pages, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < count; i++) {
            float largest = scores[i];
            for (int h = 1; h < request.queries().group(); h++) {
                largest = Math.max(largest, scores[h * count + i]);
            }
            reduced[listed.chosen()[i]] = largest;
        }
        return count;
    }

    private static int[] places(Reads all, Picks listed, Selector.Scratch scratch) {
        int[] pages = scratch.pages(listed.count());
        for (int i = 0; i < listed.count(); i++) {
            pages[i] = all.pages()[listed.chosen()[i]];
        }
        return pages;
    }

    /** The listed pages alone. The newest is among them, and last: it is read in any case. */
    private static Reads pages(Reads all, Picks listed, Selector.Scratch scratch) {
        int pageTokens = all.store().format().tokens();
        int tokens = (listed.count() - 1) * pageTokens + (all.tokens() - 1) % pageTokens + 1;
        return new Reads(all.store(), places(all, listed, scratch), tokens);
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
