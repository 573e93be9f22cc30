package dev.paca.tornado.graph;

import dev.paca.kv.Eviction;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Pruning;
import dev.paca.kv.Selection;
import dev.paca.tornado.kernels.Attention;
import dev.paca.tornado.kernels.Codes;
import dev.paca.tornado.kernels.Index;
import dev.paca.tornado.kernels.Judge;
import dev.paca.tornado.kernels.Prune;
import dev.paca.tornado.kernels.Shortlist;
import dev.paca.tornado.kernels.Step;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * What tokens that decode read of a layer, as the device chooses it.
 *
 * @param policy of all sequences
 * @param form of the pages' indexes: {@link Index#MIN_MAX}, {@link Index#MEAN_DEVIATION}, {@link Codes#FORM}, or 0 for none
 * @param choices ints of a choice, or {@link Attention#ALL} or {@link Attention#ENDS}
 * @param most pages that are read at most
 * @param layers of the model
 */
public record Reading(KvPolicy policy, int form, int choices, int most, int layers) {
    /**
     * @param tablePages pages of a sequence at most
     * @param layers of the model
     * @throws PacaException if the device cannot choose like that
     */
    public static Reading of(KvPolicy policy, int tablePages, int layers) {
        checkEviction(policy.eviction());
        Selection selection = policy.selection();
        int form = switch (selection.method()) {
            case ALL, STREAMING -> 0;
            case QUEST -> Index.MIN_MAX;
            case QUEST_MEAN -> Index.MEAN_DEVIATION;
            case KEY_CODES -> Codes.FORM;
            default ->
                throw new PacaException(
                        "A device selects with all, quest, quest-mean, key-codes and streaming, found selection "
                                + selection + ". Choose one of these, such as quest:budget=" + selection.budget()
                                + ", or use --device cpu.");
        };
        if (form == Codes.FORM && !policy.eviction().isOff()) {
            throw new PacaException(
                    "A device keeps no codes of keys where tokens are evicted, found selection " + selection
                            + " and eviction " + policy.eviction() + ". Choose quest:budget=" + selection.budget()
                            + ", or use --device cpu.");
        }
        int each = policy.pageTokens();
        int forced = Math.ceilDiv(selection.sinks(), each) + Math.ceilDiv(selection.window(), each) + 1;
        int budget = selection.budget().share() == 0
                ? Math.ceilDiv(selection.budget().tokens(), each)
                : tablePages;
        int most = selection.method() == Selection.Method.ALL
                ? tablePages
                : Math.min(tablePages, Math.max(budget, 1) + forced);
        if (!policy.pruning().isOff() && most > Prune.MAX_PAGES) {
            throw new PacaException("A device's threshold on the attention mass chooses from up to " + Prune.MAX_PAGES
                    + " pages, found a budget of " + selection.budget() + ", " + most
                    + " pages of a context. Lower budget=,"
                    + " leave the threshold out, or use --device cpu.");
        }
        int choices = switch (selection.method()) {
            case ALL -> Attention.ALL;
            case STREAMING -> Attention.ENDS;
            case KEY_CODES -> 1 + Math.min(tablePages, most + Shortlist.MORE);
            default -> 1 + most;
        };
        if (form == Codes.FORM && choices > Shortlist.MAX_PAGES) {
            throw new PacaException("A device chooses by codes of keys from up to " + Shortlist.MAX_PAGES
                    + " pages, found a budget of " + selection.budget() + ", " + choices
                    + " pages of a context with those that are looked at. Lower budget=, or use --device cpu.");
        }
        return new Reading(policy, form, choices, most, layers);
    }

    private static void checkEviction(Eviction eviction) {
        switch (eviction.method()) {
            case NONE, SNAPKV, PYRAMIDKV, STREAMING_LLM -> {}
            default ->
                throw new PacaException("A device evicts with snapkv, pyramidkv and streaming-llm, found eviction "
                        + eviction + ". Choose one of these, such as snapkv:budget=" + eviction.budget()
                        + ", or use --device cpu.");
        }
        if (eviction.safeguard() < 1) {
            throw new PacaException(
                    "A device's page holds all heads of a layer, so that each of them keeps as many tokens,"
                            + " found eviction " + eviction + ". Choose "
                            + eviction.method().label() + ":budget="
                            + eviction.budget() + ", or use --device cpu.");
        }
    }

    /** The same choice with another budget, sinks and window, so far as there is room for what is chosen. */
    public Reading with(Selection selection) {
        return new Reading(policy.with(selection), form, choices, most, layers);
    }

    /** Whether layers hold different numbers of tokens, in pages of their own. */
    public boolean perLayer() {
        return policy.eviction().method() == Eviction.Method.PYRAMIDKV;
    }

    /** Last tokens of a prompt that it is judged by at once, at most; 0 if it is not. */
    int judged() {
        Eviction eviction = policy.eviction();
        return eviction.method().judgesPrompt() ? Math.min(Judge.MAX_TOKENS, eviction.window()) : 0;
    }

    /** Whether tokens of that layer read only a part. */
    public boolean selects(int layer) {
        return choices != Attention.ALL && layer >= policy.selection().dense(layers);
    }

    /** Whether pages of that layer have indexes. */
    public boolean indexes(int layer) {
        return form != 0 && selects(layer);
    }

    /** Whether pages are chosen by codes of their keys. */
    public boolean codes() {
        return form == Codes.FORM;
    }

    /** Pages that are chosen at first beyond those that are read. */
    int more() {
        return codes() ? Shortlist.MORE : 0;
    }

    /** Whether a threshold on the mass leaves out some of what was chosen. */
    public boolean prunes() {
        return !policy.pruning().isOff();
    }

    /** Whether it looks, while pages are taken, at the mass that their keys hold. */
    public boolean progresses() {
        return prunes() && policy.pruning().method() == Pruning.Method.PROGRESSIVE;
    }

    /** Says in a step what a row reads, of {@code length} tokens with itself. */
    public void place(IntArray step, int row, int length) {
        Selection selection = policy.selection();
        int each = policy.pageTokens();
        int budget = selection.budget().of(length);
        if (choices == Attention.ENDS) {
            boolean all = budget >= length;
            // the token itself is read whatever the budget
            int tail = Math.min(length - 1, length - budget + selection.sinks());
            Step.choose(step, row, 0, all ? 0 : selection.sinks(), all ? 0 : tail);
        } else if (choices != Attention.ALL) {
            int pages = Math.ceilDiv(length, each);
            int head = Math.min(pages, Math.ceilDiv(selection.sinks(), each));
            int tail = Math.min(pages - 1, Math.max(0, length - selection.window()) / each);
            int forced = head >= tail ? pages : head + pages - tail;
            int wanted = budget >= length ? pages : Math.max(1, budget / each);
            Step.choose(step, row, Math.clamp(wanted, forced, pages), head, tail);
        }
    }

    /** Pages that a token reads of a layer at most, of {@code length} tokens with itself. */
    public int pages(int layer, int length) {
        int pages = Math.ceilDiv(length, policy.pageTokens());
        return selects(layer) ? Math.min(pages, most) : pages;
    }
}
