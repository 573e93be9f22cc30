package dev.paca.kv.host;

import dev.paca.kv.attention.AttentionKernel;
import dev.paca.kv.attention.Partial;
import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.attention.Trace;
import dev.paca.kv.evict.Given;
import dev.paca.kv.select.Picks;
import org.jspecify.annotations.Nullable;

/**
 * Takes the weights of a run's attention for an evictor: the only place where attention is looked at.
 *
 * @param given where they go
 * @param token which of the tokens that {@code given} knows is the run's first
 * @param tokens how many the run has
 */
record Watch(Given given, int token, int tokens) {
    /** The first row of the run whose scores are needed. */
    int firstRow(int group) {
        return Math.clamp((long) given.first() - token, 0, tokens) * group;
    }

    /** A trace for a run, to be filled by the kernel. */
    Trace begin(Trace trace, Queries queries, int places) {
        trace.begin(firstRow(queries.group()), queries.rows(), places);
        return trace;
    }

    /**
     * Takes in a run that has been computed.
     *
     * @param total the maximum and the sum of each row
     * @param picks what the run's one token read, if that was chosen
     * @param all all that the token sees, of which {@code picks} are some
     */
    void take(AttentionKernel kernel, Queries queries, Trace trace, Partial total, @Nullable Picks picks, Reads all) {
        int group = queries.group();
        int[] sum = new int[given.isSum() ? queries.visible(queries.rows() - 1) : 0];
        for (int t = firstRow(group) / group; t < tokens; t++) {
            int places = queries.visible(t * group);
            int[] weights = given.isSum() ? sum : new int[places];
            for (int row = t * group; row < (t + 1) * group; row++) {
                float factor = Trace.UNIT / (total.sum[row] * group);
                kernel.weigh(trace.scores(), trace.at(row), places, total.max[row], factor, weights);
            }
            if (!given.isSum()) {
                given.set(token + t, picks == null ? weights : spread(weights, picks, all));
            }
        }
        if (given.isSum()) {
            int[] slots = picks == null ? sum : spread(sum, picks, all);
            given.add(slots, slots.length);
        }
    }

    /** Puts weights of places in a list of what was chosen where their slots are. */
    private static int[] spread(int[] weights, Picks picks, Reads all) {
        if (picks.isEverything()) {
            return weights;
        }
        int[] slots = new int[all.tokens()];
        int unit = picks.areSlots() ? 1 : all.store().format().tokens();
        for (int i = 0, place = 0; i < picks.count(); i++) {
            int slot = picks.chosen()[i] * unit;
            // Every page is full but the last, which is always read.
            int count = Math.min(unit, all.tokens() - slot);
            System.arraycopy(weights, place, slots, slot, count);
            place += count;
        }
        return slots;
    }
}
