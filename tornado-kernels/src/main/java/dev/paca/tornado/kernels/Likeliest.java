package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The greedy choice: the largest of a row's logits, and the first token that has it. Many work-groups each look through a
 * part of the row, then one compares what they found. Logits that are no numbers are never chosen.
 */
public final class Likeliest {
    /** Threads of a work-group. */
    public static final int THREADS = 128;
    /** Parts of a row at most. */
    public static final int PARTS = 128;

    /** Below every logit that can be chosen: a backend may assume that there are no infinities. */
    public static final float NONE = -1e30f;

    private Likeliest() {}

    /** Parts in which a row is looked through. */
    public static int parts(int vocabulary) {
        int parts = (vocabulary + 4 * THREADS - 1) / (4 * THREADS);
        return parts < PARTS ? parts : PARTS;
    }

    /**
     * A work-group for a part of a row.
     *
     * @param largest for each row and part the largest logit, or {@link #NONE}
     * @param tokens for each row and part its token; {@code vocabulary} if there is none
     */
    public static void part(
            KernelContext context,
            IntArray step,
            FloatArray logits,
            FloatArray largest,
            IntArray tokens,
            int vocabulary,
            int parts) {
        float[] values = context.allocateFloatLocalArray(THREADS);
        int[] ids = context.allocateIntLocalArray(THREADS);
        int t = context.localIdx;
        int row = context.groupIdx / parts;
        int part = context.groupIdx - row * parts;
        int end = row < Step.rows(step) ? vocabulary : 0;
        float best = NONE;
        int id = vocabulary;
        for (int i = part * THREADS + t; i < end; i += parts * THREADS) {
            float x = logits.get(row * vocabulary + i);
            if (x > best) {
                best = x;
                id = i;
            }
        }
        values[t] = best;
        ids[t] = id;
        context.localBarrier();
        for (int half = THREADS / 2; half > 0; half = half / 2) {
            if (t < half) {
                float other = values[t + half];
                int better = better(other, ids[t + half], values[t], ids[t]);
                if (better > 0) {
                    values[t] = other;
                    ids[t] = ids[t + half];
                }
            }
            context.localBarrier();
        }
        if (t == 0) {
            largest.set(context.groupIdx, values[0]);
            tokens.set(context.groupIdx, ids[0]);
        }
    }

    /**
     * A work-group of {@link #THREADS} threads for a row.
     *
     * @param likeliest for each row its likeliest token; {@code vocabulary} if there is none
     */
    public static void merge(
            KernelContext context, FloatArray largest, IntArray tokens, IntArray likeliest, int vocabulary, int parts) {
        float[] values = context.allocateFloatLocalArray(THREADS);
        int[] ids = context.allocateIntLocalArray(THREADS);
        int t = context.localIdx;
        float best = NONE;
        int id = vocabulary;
        if (t < parts) {
            best = largest.get(context.groupIdx * parts + t);
            id = tokens.get(context.groupIdx * parts + t);
        }
        values[t] = best;
        ids[t] = id;
        context.localBarrier();
        for (int half = THREADS / 2; half > 0; half = half / 2) {
            if (t < half) {
                float other = values[t + half];
                int better = better(other, ids[t + half], values[t], ids[t]);
                if (better > 0) {
                    values[t] = other;
                    ids[t] = ids[t + half];
                }
            }
            context.localBarrier();
        }
        if (t == 0) {
            likeliest.set(context.groupIdx, ids[0]);
        }
    }

    /** 1 if the first is larger, or comes earlier among equals; else 0. */
    private static int better(float value, int id, float than, int thanId) {
        return (value > than ? 1 : 0) + (value == than ? 1 : 0) * (id < thanId ? 1 : 0);
    }
}
