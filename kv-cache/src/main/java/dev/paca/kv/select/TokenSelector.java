package dev.paca.kv.select;

import dev.paca.kv.Pruning;
import dev.paca.kv.Selection;
import dev.paca.kv.attention.Exp2;
import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.index.Scorer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The tokens with the largest attention, estimated from some channels of their keys or computed from all; one list for the
 * group of query heads, by the mean of their probabilities. Keys lie channel by channel in a page, so reading a few
 * channels of every key needs no second copy of them.
 *
 * <p>Three methods share it. Double Sparsity (arXiv 2408.07092) looks at the same channels for every token; the reference
 * keeps them apart in 4 bits, here they are read where they are. SparQ (arXiv 2312.04985) looks at the channels in which
 * the group's queries are largest, softens the estimate by how much of the query they hold, and lets the mean value stand
 * for the mass of what it leaves out. The oracles look at everything.
 */
final class TokenSelector implements Selector {
    private final Selection selection;
    private final Scorer scorer;
    private final Pruning pruning;

    TokenSelector(Selection selection, Pruning pruning, Scorer scorer) {
        this.selection = selection;
        this.scorer = scorer;
        this.pruning = pruning;
    }

    @Override
    public void select(Request request, Picks picks, Scratch scratch) {
        Reads reads = request.reads();
        Queries queries = request.queries();
        int tokens = reads.tokens();
        int budget = selection.budget().of(tokens);
        boolean pages = selection.method() == Selection.Method.ORACLE_PAGES;
        int pageTokens = reads.store().format().tokens();
        int units = pages ? Math.ceilDiv(tokens, pageTokens) : tokens;
        int wanted = budget >= tokens ? units : Math.max(1, pages ? budget / pageTokens : budget);
        if (wanted == units && pruning.isOff()) {
            picks.everything();
            return;
        }
        scratch.size(queries.group(), tokens);
        int @Nullable [] channels = channels(request, scratch);
        scorer.tokens(reads, 0, tokens, channels, queries, scratch.scores, tokens, scratch.scorer);
        if (selection.method() == Selection.Method.SPARQ) {
            soften(queries, channels, scratch.scores, tokens);
        }
        float[] mass = scratch.reduced;
        meanProbability(scratch.scores, queries.group(), tokens, mass);
        if (pages) {
            sumPages(mass, tokens, pageTokens);
        }
        choose(mass, units, wanted, pages ? pageTokens : 1, tokens, picks, scratch);
        if (picks.count() == units) {
            picks.everything();
        } else if (selection.method() == Selection.Method.SPARQ) {
            picks.compensate(kept(scratch.scores, queries.group(), tokens, picks));
        }
    }

    /** Takes the largest masses, what is always read first, and stops where pruning allows it. */
    private void choose(float[] mass, int units, int wanted, int unitTokens, int tokens, Picks picks, Scratch scratch) {
        int sinks = Math.ceilDiv(selection.sinks(), unitTokens);
        int window = Math.min(units - 1, Math.max(0, tokens - selection.window()) / unitTokens);
        int always = Math.min(units, Math.min(window, sinks) + units - window);
        for (int i = 0; i < units; i++) {
            if (i < sinks || i >= window) {
                // Probabilities are at most 1: these come first, and among themselves keep their order.
                mass[i] += 2;
            }
        }
        picks.begin(unitTokens == 1);
        int count = Math.clamp(wanted, always, units);
        if (!pruning.isOff()) {
            count = Masses.enough(mass, units, count, pruning.mass(), always, scratch);
        }
        scratch.largest.choose(mass, units, count, picks);
    }

    private int @Nullable [] channels(Request request, Scratch scratch) {
        return switch (selection.method()) {
            case DOUBLE_SPARSITY -> request.labels();
            case SPARQ -> largestChannels(request.queries(), scratch);
            default -> null;
        };
    }

    /** The channels in which the group's queries together are largest. */
    private int[] largestChannels(Queries queries, Scratch scratch) {
        int dims = queries.headDim();
        float[] sums = new float[dims];
        for (int h = 0; h < queries.group(); h++) {
            for (int d = 0; d < dims; d++) {
                sums[d] += Math.abs(queries.values()[queries.at(h) + d]);
            }
        }
        Picks picks = new Picks();
        picks.begin(true);
        scratch.largest.choose(sums, dims, Math.min(dims, selection.channels()), picks);
        return Arrays.copyOf(picks.chosen(), picks.count());
    }

    /**
     * SparQ's temperature: scores from part of the channels are divided by {@code sqrt(d · |q of the part| / |q|)} and not
     * by {@code sqrt(d)}.
     */
    private static void soften(Queries queries, int @Nullable [] channels, float[] scores, int tokens) {
        if (channels == null) {
            return;
        }
        for (int h = 0; h < queries.group(); h++) {
            double part = 0;
            double all = 0;
            for (int d = 0; d < queries.headDim(); d++) {
                all += Math.abs(queries.values()[queries.at(h) + d]);
            }
            for (int d : channels) {
                part += Math.abs(queries.values()[queries.at(h) + d]);
            }
            float factor = part == 0 ? 1 : (float) Math.sqrt(all / part);
            for (int i = h * tokens; i < (h + 1) * tokens; i++) {
                scores[i] *= factor;
            }
        }
    }

    /** Turns each head's scores into probabilities, in place, and gives their mean over the heads. */
    private static void meanProbability(float[] scores, int heads, int tokens, float[] mean) {
        Arrays.fill(mean, 0, tokens, 0f);
        for (int h = 0; h < heads; h++) {
            int at = h * tokens;
            float max = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < tokens; i++) {
                max = Math.max(max, scores[at + i]);
            }
            double sum = 0;
            for (int i = 0; i < tokens; i++) {
                scores[at + i] = Exp2.of(scores[at + i] - max);
                sum += scores[at + i];
            }
            float factor = (float) (1 / sum);
            for (int i = 0; i < tokens; i++) {
                scores[at + i] *= factor;
                mean[i] += scores[at + i] / heads;
            }
        }
    }

    private static void sumPages(float[] mass, int tokens, int pageTokens) {
        for (int i = 0; i < tokens; i += pageTokens) {
            float sum = 0;
            for (int t = i; t < Math.min(tokens, i + pageTokens); t++) {
                sum += mass[t];
            }
            mass[i / pageTokens] = sum;
        }
    }

    /** The probability that each head gives to what was chosen. */
    private static float[] kept(float[] probabilities, int heads, int tokens, Picks picks) {
        float[] kept = new float[heads];
        for (int h = 0; h < heads; h++) {
            float sum = 0;
            for (int i = 0; i < picks.count(); i++) {
                sum += probabilities[h * tokens + picks.chosen()[i]];
            }
            kept[h] = Math.min(1, sum);
        }
        return kept;
    }
}
