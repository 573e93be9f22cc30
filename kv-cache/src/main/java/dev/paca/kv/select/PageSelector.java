package dev.paca.kv.select;

import dev.paca.kv.Pruning;
import dev.paca.kv.Selection;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.index.Scorer;
import dev.paca.kv.page.IndexForm;

/**
 * The pages with the largest scores, one list for the group of query heads that share a KV head: the largest of their
 * scores counts, so that a page is read if any head wants it. The newest page, the sinks' pages and the window's are read
 * whatever their scores.
 */
final class PageSelector implements Selector {
    /** Above every score. */
    private static final float ALWAYS = Float.MAX_VALUE;

    private final Selection selection;
    private final Scorer scorer;
    private final Pruner pruner;

    PageSelector(Selection selection, Pruning pruning, Scorer scorer) {
        this.selection = selection;
        this.scorer = scorer;
        this.pruner = new Pruner(pruning, scorer);
    }

    @Override
    public void select(Request request, Picks picks, Scratch scratch) {
        Reads reads = request.reads();
        int pageTokens = reads.store().format().tokens();
        int pages = Math.ceilDiv(reads.tokens(), pageTokens);
        int budget = selection.budget().of(reads.tokens());
        int wanted = budget >= reads.tokens() ? pages : Math.max(1, budget / pageTokens);
        if (wanted == pages && pruner.isOff()) {
            picks.everything();
            return;
        }
        int heads = request.queries().group();
        scratch.size(heads, pages);
        estimate(request, pages, scratch);
        float[] reduced = scratch.reduced;
        for (int i = 0; i < pages; i++) {
            float largest = scratch.scores[i];
            for (int h = 1; h < heads; h++) {
                largest = Math.max(largest, scratch.scores[h * pages + i]);
            }
            reduced[i] = largest;
        }
        int always = force(reduced, pages, reads.tokens(), pageTokens);
        picks.begin(false);
        scratch.largest.choose(reduced, pages, Math.clamp(wanted, always, pages), picks);
        pruner.prune(request, picks, pages, reduced, scratch);
        if (picks.count() == pages) {
            picks.everything();
        }
    }

    /** Marks what is read in any case; returns how many pages. */
    private int force(float[] reduced, int pages, int tokens, int pageTokens) {
        int sinkPages = Math.ceilDiv(selection.sinks(), pageTokens);
        int windowFirst = Math.min(pages - 1, Math.max(0, tokens - selection.window()) / pageTokens);
        int always = 0;
        for (int i = 0; i < pages; i++) {
            if (i < sinkPages || i >= windowFirst) {
                reduced[i] = ALWAYS;
                always++;
            }
        }
        return always;
    }

    /** Fills {@code scores[h * pages + i]}. */
    private void estimate(Request request, int pages, Scratch scratch) {
        Reads reads = request.reads();
        IndexForm form = reads.store().format().index();
        // Before there is an anchor there are no codes, and so few pages that their keys can be read.
        boolean indexed = form.anchorTokens() == 0 || request.table().anchor() != null;
        // A page that is not full has no index yet.
        int full = indexed ? reads.tokens() / reads.store().format().tokens() : 0;
        if (full > 0) {
            scorer.pages(
                    reads, request.table().anchor(), full, request.queries(), scratch.scores, pages, scratch.scorer);
        }
        if (full < pages) {
            exact(request, full, pages, scratch);
        }
    }

    /** Scores pages by the best of their keys. */
    private void exact(Request request, int first, int pages, Scratch scratch) {
        Reads reads = request.reads();
        int pageTokens = reads.store().format().tokens();
        int tokens = reads.tokens();
        float[] scores = scratch.tokenScores(request.queries().group() * tokens);
        scorer.tokens(reads, first * pageTokens, tokens, null, request.queries(), scores, tokens, scratch.scorer);
        for (int h = 0; h < request.queries().group(); h++) {
            for (int i = first; i < pages; i++) {
                float best = Float.NEGATIVE_INFINITY;
                for (int t = i * pageTokens; t < Math.min(tokens, (i + 1) * pageTokens); t++) {
                    best = Math.max(best, scores[h * tokens + t]);
                }
                scratch.scores[h * pages + i] = best;
            }
        }
    }
}
