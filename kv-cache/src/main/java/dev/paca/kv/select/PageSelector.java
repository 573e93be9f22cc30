package dev.paca.kv.select;

import dev.paca.kv.Pruning;
import dev.paca.kv.Selection;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.index.Scorer;
import dev.paca.kv.index.Sketch;
import dev.paca.kv.page.IndexForm;

/**
 * The pages with the largest scores, one list for the group of query heads that share a KV head. The newest page, the
 * sinks' pages and the window's are read whatever their scores.
 *
 * <p>Where there is a {@link Sketch} of many more pages than are wanted, theirs are the scores, and only pages after those
 * that are sketched are scored by their indexes. Means lie closer together than bounds, so that what a sketch rounds off
 * counts for more: {@link Shortlist#MORE} pages more than are wanted are scored again by their indexes.
 *
 * <p>By bounds of a page, the largest of the heads' scores counts, so that a page is read if any head wants it. By codes of
 * keys, the sum over heads of the share of attention that the page is estimated to get; and since codes tell well which
 * pages are among the best, but not in which order, the keys of {@link Shortlist#MORE} pages more than are wanted are looked
 * at to choose among them.
 */
final class PageSelector implements Selector {
    /** Above every score. */
    static final float ALWAYS = Float.MAX_VALUE;

    /** With fewer than so many times the pages that are wanted, a sketch is not worth its tables. */
    private static final int FEW = 2;

    private final Selection selection;
    private final Scorer scorer;
    private final Pruner pruner;
    private final Shortlist shortlist;

    PageSelector(Selection selection, Pruning pruning, Scorer scorer) {
        this.selection = selection;
        this.scorer = scorer;
        this.pruner = new Pruner(pruning, scorer);
        this.shortlist = new Shortlist(scorer);
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
        boolean codes = reads.store().format().index() == IndexForm.KEY_CODES;
        scratch.size(heads, pages);
        float[] reduced = scratch.reduced;
        int sketched = sketched(request, wanted);
        int indexes = reads.tokens() / pageTokens - sketched;
        if (codes) {
            estimate(request, pages, scratch);
            shortlist.shares(heads, pages, scratch);
        } else {
            if (sketched > 0) {
                scorer.sketched(request.sketch(), sketched, request.queries(), reduced, scratch.scorer);
                if (reads.store().format().index() == IndexForm.MEAN_DEVIATION) {
                    indexes += shortlist.again(request, sketched, wanted, scratch);
                }
            }
            estimate(after(request, sketched, scratch), pages - sketched, scratch);
            largest(scratch.scores, heads, pages - sketched, reduced, sketched);
        }
        int always = force(reduced, pages, reads.tokens(), pageTokens);
        int count = Math.clamp(wanted, always, pages);
        int looked = codes && count < pages ? shortlist.refine(request, pages, count, scratch) : count;
        picks.begin(false);
        scratch.largest.choose(reduced, pages, count, picks);
        picks.looked(looked - count);
        picks.scored(sketched, indexes);
        pruner.prune(request, picks, pages, reduced, scratch);
        if (picks.count() == pages) {
            picks.everything();
        }
    }

    /** How many of the first pages to score by their sketch. Pruning needs the heads' own scores. */
    private int sketched(Request request, int wanted) {
        if (request.sketch() == null || !pruner.isOff()) {
            return 0;
        }
        Reads reads = request.reads();
        int count = Sketch.before(reads.tokens() - 1, reads.store().format().tokens());
        return count < FEW * wanted ? 0 : count;
    }

    /** The same request for what comes after the first pages. */
    private static Request after(Request request, int first, Scratch scratch) {
        if (first == 0) {
            return request;
        }
        Reads all = request.reads();
        int pageTokens = all.store().format().tokens();
        int count = Math.ceilDiv(all.tokens(), pageTokens) - first;
        int[] pages = scratch.pages(count);
        System.arraycopy(all.pages(), first, pages, 0, count);
        Reads rest = new Reads(all.store(), pages, all.tokens() - first * pageTokens);
        return new Request(request.table(), rest, request.queries(), request.labels(), null);
    }

    private static void largest(float[] scores, int heads, int pages, float[] reduced, int at) {
        System.arraycopy(scores, 0, reduced, at, pages);
        for (int h = 1; h < heads; h++) {
            for (int i = 0; i < pages; i++) {
                reduced[at + i] = Math.max(reduced[at + i], scores[h * pages + i]);
            }
        }
    }

    /** Marks what is read in any case; returns how many pages. */
    private int force(float[] reduced, int pages, int tokens, int pageTokens) {
        int sinkPages = Math.min(pages, Math.ceilDiv(selection.sinks(), pageTokens));
        int windowFirst = Math.min(pages - 1, Math.max(0, tokens - selection.window()) / pageTokens);
        for (int i = 0; i < sinkPages; i++) {
            reduced[i] = ALWAYS;
        }
        for (int i = windowFirst; i < pages; i++) {
            reduced[i] = ALWAYS;
        }
        return Math.min(sinkPages, windowFirst) + pages - windowFirst;
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
                int count = Math.min(pageTokens, tokens - i * pageTokens);
                scratch.scores[h * pages + i] = scorer.largest(scores, h * tokens + i * pageTokens, count);
            }
        }
    }
}
