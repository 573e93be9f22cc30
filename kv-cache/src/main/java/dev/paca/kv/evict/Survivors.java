package dev.paca.kv.evict;

import dev.paca.kv.Eviction;
import dev.paca.kv.select.Largest;
import dev.paca.kv.select.Picks;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Chooses which slots of a layer's KV heads are kept: the first ones, the last ones, and of those between the ones with the
 * largest scores. All heads keep as many, or, after AdaKV (arXiv 2407.11550), together as many: each head has a share of the
 * budget to itself, and the rest goes to the largest scores of all heads, which therefore must be comparable, as sums of
 * attention are.
 */
public final class Survivors {
    /** Above every score. */
    private static final float ALWAYS = Float.MAX_VALUE;

    private final Eviction eviction;
    private final Largest largest = new Largest();
    private final Picks picks = new Picks();

    public Survivors(Eviction eviction) {
        this.eviction = eviction;
    }

    /**
     * @param budget slots to keep of each head, on the mean
     * @param held slots that each head has
     * @param sinks first slots of each head that are kept in any case
     * @param scores a score for each slot of each head, which are overwritten; null where only the last ones count
     * @return for each head the slots that are kept, ascending
     */
    public int[][] choose(int budget, int[] held, int[] sinks, float @Nullable [][] scores) {
        int heads = held.length;
        int[][] kept = new int[heads][];
        int[] safe = new int[heads];
        for (int h = 0; h < heads; h++) {
            float[] score = scores == null ? new float[held[h]] : scores[h];
            int always = force(score, held[h], sinks[h], scores == null ? budget - sinks[h] : eviction.window());
            int share = eviction.safeguard() == 1
                    ? budget
                    : always + (int) (eviction.safeguard() * Math.max(0, budget - always));
            safe[h] = Math.min(held[h], Math.max(always, share));
            kept[h] = largest(score, held[h], safe[h]);
        }
        return eviction.safeguard() == 1 || scores == null ? kept : spread(budget, held, scores, kept);
    }

    /** Marks what is kept in any case; returns how many. */
    private static int force(float[] scores, int held, int sinks, int window) {
        int first = Math.min(held, sinks);
        // The newest token is kept whatever is asked for.
        int last = Math.clamp((long) held - window, first, Math.max(first, held - 1));
        Arrays.fill(scores, 0, first, ALWAYS);
        Arrays.fill(scores, last, held, ALWAYS);
        return first + held - last;
    }

    /** The heads have what is theirs; the largest scores of all take what is left of the layer's budget. */
    private int[][] spread(int budget, int[] held, float[][] scores, int[][] kept) {
        int slots = Arrays.stream(held).sum();
        float[] all = new float[slots];
        int theirs = 0;
        for (int h = 0, at = 0; h < held.length; at += held[h++]) {
            System.arraycopy(scores[h], 0, all, at, held[h]);
            for (int slot : kept[h]) {
                all[at + slot] = ALWAYS;
            }
            theirs += kept[h].length;
        }
        long together = (long) budget * held.length;
        int[] chosen = largest(all, slots, (int) Math.min(slots, Math.max(theirs, together)));
        int[][] spread = new int[held.length][];
        for (int h = 0, at = 0, from = 0; h < held.length; at += held[h++]) {
            int to = from;
            while (to < chosen.length && chosen[to] < at + held[h]) {
                to++;
            }
            spread[h] = Arrays.copyOfRange(chosen, from, to);
            for (int i = 0; i < spread[h].length; i++) {
                spread[h][i] -= at;
            }
            from = to;
        }
        return spread;
    }

    private int[] largest(float[] scores, int slots, int count) {
        picks.begin(true);
        largest.choose(scores, slots, count, picks);
        return Arrays.copyOf(picks.chosen(), picks.count());
    }
}
