package dev.paca.kv.evict;

import dev.paca.kv.Eviction;
import java.util.Arrays;

/**
 * How much each layer keeps. PyramidKV (arXiv 2406.02069): the first layers look at much and the last ones at little, so
 * what is kept beside the window falls in equal steps from {@code 2(C - w) - (C - w)/β} to {@code (C - w)/β}, with β 20 as
 * in its code; the mean stays the budget C. A first layer that would keep more than there is keeps all, and the last one
 * gets the rest.
 */
public final class Layers {
    private static final double BETA = 20;

    private Layers() {}

    /**
     * @param kept slots to keep, on the mean of the layers
     * @param held slots that a head has, on the mean
     * @return slots to keep of each KV head, for each layer
     */
    public static int[] budgets(Eviction eviction, int layers, int kept, int held) {
        int[] budgets = new int[layers];
        Arrays.fill(budgets, kept);
        int always = eviction.sinks() + eviction.window();
        double beside = kept - always;
        if (eviction.method() != Eviction.Method.PYRAMIDKV || layers == 1 || beside <= 0 || kept >= held) {
            return budgets;
        }
        double least = beside / BETA;
        double most = 2 * beside - least;
        if (most > held - always) {
            most = held - always;
            least = 2 * beside - most;
        }
        for (int layer = 0; layer < layers; layer++) {
            budgets[layer] = always + (int) Math.floor(most - layer * (most - least) / (layers - 1) + 1e-9);
        }
        return budgets;
    }
}
