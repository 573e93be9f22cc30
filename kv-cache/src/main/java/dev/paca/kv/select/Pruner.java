package dev.paca.kv.select;

import dev.paca.kv.Pruning;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.index.Scorer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Leaves out chosen pages once those with larger scores hold enough of the attention mass. A page's mass is estimated as
 * that of {@code pageTokens} tokens with its score.
 *
 * <p>{@link Pruning.Method#TOP_P}: the share is of the estimated mass of all chosen pages. {@link Pruning.Method#PROGRESSIVE}:
 * pages are taken in decreasing order; the mass of those taken is computed from their keys, {@code taken}, that of all
 * others of the table estimated, {@code rest}; it ends where {@code taken / (taken + rest)} reaches the share for every
 * query head of the group. Four pages are taken between two looks, which is what attention reads at once.
 */
final class Pruner {
    private static final int STRIDE = 4;

    private final Pruning pruning;
    private final Scorer scorer;

    Pruner(Pruning pruning, Scorer scorer) {
        this.pruning = pruning;
        this.scorer = scorer;
    }

    boolean isOff() {
        return pruning.isOff();
    }

    /**
     * @param picks chosen pages, of which some are left out
     * @param reduced the group's scores of all pages; those that are always read have {@link Float#MAX_VALUE}
     * @param scratch holds {@code scores[h * pages + i]}
     */
    void prune(Request request, Picks picks, int pages, float[] reduced, Selector.Scratch scratch) {
        if (isOff()) {
            return;
        }
        int[] chosen = picks.chosen();
        Integer[] order = IntStream.range(0, picks.count()).boxed().toArray(Integer[]::new);
        Arrays.sort(
                order,
                Comparator.comparingDouble((Integer i) -> -reduced[chosen[i]]).thenComparingInt(i -> i));
        int always = 0;
        while (always < order.length && reduced[chosen[order[always]]] == Float.MAX_VALUE) {
            always++;
        }
        int enough = pruning.method() == Pruning.Method.TOP_P
                ? topP(request, chosen, order, always, pages, scratch)
                : progressive(request, chosen, order, always, pages, scratch);
        boolean[] kept = new boolean[order.length];
        for (int i = 0; i < enough; i++) {
            kept[order[i]] = true;
        }
        picks.keep(kept);
    }

    private int topP(Request request, int[] chosen, Integer[] order, int always, int pages, Selector.Scratch scratch) {
        int heads = request.queries().group();
        double[] mass = new double[order.length];
        for (int h = 0; h < heads; h++) {
            double max = Double.NEGATIVE_INFINITY;
            for (Integer i : order) {
                max = Math.max(max, scratch.scores[h * pages + chosen[i]]);
            }
            double total = 0;
            for (Integer i : order) {
                total += Math.pow(2, scratch.scores[h * pages + chosen[i]] - max);
            }
            for (int i = 0; i < order.length; i++) {
                mass[i] += Math.pow(2, scratch.scores[h * pages + chosen[order[i]]] - max) / total / heads;
            }
        }
        double sum = 0;
        for (int i = 0; i < order.length; i++) {
            sum += mass[i];
            if (i + 1 >= always && sum >= pruning.mass()) {
                return i + 1;
            }
        }
        return order.length;
    }

    private int progressive(
            Request request, int[] chosen, Integer[] order, int always, int pages, Selector.Scratch scratch) {
        Reads reads = request.reads();
        int heads = request.queries().group();
        int pageTokens = reads.store().format().tokens();
        float[] exact = scratch.tokenScores(heads * reads.tokens());
        double[] taken = new double[heads];
        double[] rest = new double[heads];
        double[] max = new double[heads];
        for (int h = 0; h < heads; h++) {
            max[h] = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < pages; i++) {
                max[h] = Math.max(max[h], scratch.scores[h * pages + i]);
            }
            for (int i = 0; i < pages; i++) {
                rest[h] += pageTokens * Math.pow(2, scratch.scores[h * pages + i] - max[h]);
            }
        }
        for (int done = 0; done < order.length; ) {
            int until = Math.min(order.length, Math.max(always, done + STRIDE));
            for (; done < until; done++) {
                int page = chosen[order[done]];
                int first = page * pageTokens;
                int last = Math.min(reads.tokens(), first + pageTokens);
                scorer.tokens(reads, first, last, null, request.queries(), exact, reads.tokens(), scratch.scorer);
                for (int h = 0; h < heads; h++) {
                    rest[h] -= pageTokens * Math.pow(2, scratch.scores[h * pages + page] - max[h]);
                    for (int t = first; t < last; t++) {
                        taken[h] += Math.pow(2, exact[h * reads.tokens() + t] - max[h]);
                    }
                }
            }
            boolean enough = true;
            for (int h = 0; h < heads; h++) {
                enough &= taken[h] >= pruning.mass() * (taken[h] + Math.max(0, rest[h]));
            }
            if (enough) {
                return done;
            }
        }
        return order.length;
    }
}
