package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Puts together what the splits of {@link Attention} gathered, each weighted by its part of the softmax. */
public final class Combine {
    /** Threads of a work-group that combines: at least as many as there are splits, and as channels. */
    public static final int THREADS = 512;
    /** Threads of a work-group where there are few splits. */
    public static final int FEW_THREADS = 256;
    /** Splits that a thread goes through by itself. */
    public static final int FEW = 8;

    private Combine() {}

    /**
     * Puts the splits together: a work-group of {@link #THREADS} for a query head of a row, whose threads share out
     * channels and splits.
     *
     * @param halves the result once more, for tensor cores: see {@link Halves#round}
     * @param each pages of a split, or 0 where {@link Attention#perSplit} says how many
     * @param capacity rows that halves are for
     * @param rounds 1 to write halves
     * @param shuffle 1 where the backend can shuffle within a warp
     */
    public static void combine(
            KernelContext context,
            IntArray step,
            IntArray chosen,
            FloatArray partials,
            FloatArray out,
            IntArray halves,
            int geometry,
            int splits,
            int choices,
            int each,
            int capacity,
            int rounds,
            int shuffle) {
        float[] weight = context.allocateFloatLocalArray(THREADS);
        float[] sums = context.allocateFloatLocalArray(THREADS);
        float[] few = context.allocateFloatLocalArray(2 * Sum.WARP);
        int headDim = Geometry.headDim(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int heads = kvHeads * Geometry.group(geometry);
        int t = context.localIdx;
        int lane = t % Sum.WARP;
        int head = context.groupIdx % heads;
        int row = context.groupIdx / heads;
        int stride = headDim + 2;
        int from = context.groupIdx * splits * stride;
        // a split has a thread, which reads what it found before it is known whether it is used
        int mySplit = min(t, splits - 1);
        float top = partials.get(from + mySplit * stride);
        float weighs = partials.get(from + mySplit * stride + 1);
        int list = (row * kvHeads + head / Geometry.group(geometry)) * choices;
        int used = (row < Step.rows(step) ? 1 : 0)
                * Attention.used(step, chosen, row, list, geometry, splits, choices, each);
        // threads beyond the last whole set of channels gather nothing
        int slices = THREADS / headDim;
        int slice = t / headDim;
        int at = from + 2 + t - slice * headDim;
        int s = slice;
        int stop = slice < slices ? used : 0;
        // what the first turn needs is under way meanwhile
        int last = max(0, used - 1);
        float v0 = partials.get(at + min(s, last) * stride);
        float v1 = partials.get(at + min(s + slices, last) * stride);
        float v2 = partials.get(at + min(s + 2 * slices, last) * stride);
        float v3 = partials.get(at + min(s + 3 * slices, last) * stride);
        float v4 = partials.get(at + min(s + 4 * slices, last) * stride);
        float v5 = partials.get(at + min(s + 5 * slices, last) * stride);
        float v6 = partials.get(at + min(s + 6 * slices, last) * stride);
        float v7 = partials.get(at + min(s + 7 * slices, last) * stride);
        if (t >= used) {
            top = Attention.NOTHING;
            weighs = 0f;
        }
        int warps = Sum.WARP;
        if (shuffle == 1) {
            warps = THREADS / Sum.WARP;
            float max = Sum.largest(context, top);
            if (lane == 0) {
                few[t / Sum.WARP] = max;
            }
        } else {
            sums[t] = top;
            context.localBarrier();
            if (t < Sum.WARP) {
                float max = Attention.NOTHING;
                for (int i = t; i < THREADS; i += Sum.WARP) {
                    max = TornadoMath.max(max, sums[i]);
                }
                few[t] = max;
            }
        }
        context.localBarrier();
        float max = Attention.NOTHING;
        for (int i = 0; i < warps; i++) {
            max = TornadoMath.max(max, few[i]);
        }
        float mine = TornadoMath.exp(top - max);
        // beyond the last split that is used, what is read of it once more weighs nothing
        weight[t] = t < used ? mine : 0f;
        if (shuffle == 1) {
            float part = Sum.warp(context, mine * weighs);
            if (lane == 0) {
                few[Sum.WARP + t / Sum.WARP] = part;
            }
        } else {
            sums[t] = mine * weighs;
            context.localBarrier();
            if (t < Sum.WARP) {
                float part = 0f;
                for (int i = t; i < THREADS; i += Sum.WARP) {
                    part += sums[i];
                }
                few[Sum.WARP + t] = part;
            }
        }
        context.localBarrier();
        float sum = 0f;
        for (int i = 0; i < warps; i++) {
            sum += few[Sum.WARP + i];
        }
        float value = 0f;
        while (s < stop) {
            value += weight[s] * v0;
            value += weight[min(s + slices, THREADS - 1)] * v1;
            value += weight[min(s + 2 * slices, THREADS - 1)] * v2;
            value += weight[min(s + 3 * slices, THREADS - 1)] * v3;
            value += weight[min(s + 4 * slices, THREADS - 1)] * v4;
            value += weight[min(s + 5 * slices, THREADS - 1)] * v5;
            value += weight[min(s + 6 * slices, THREADS - 1)] * v6;
            value += weight[min(s + 7 * slices, THREADS - 1)] * v7;
            s += 8 * slices;
            v0 = partials.get(at + min(s, last) * stride);
            v1 = partials.get(at + min(s + slices, last) * stride);
            v2 = partials.get(at + min(s + 2 * slices, last) * stride);
            v3 = partials.get(at + min(s + 3 * slices, last) * stride);
            v4 = partials.get(at + min(s + 4 * slices, last) * stride);
            v5 = partials.get(at + min(s + 5 * slices, last) * stride);
            v6 = partials.get(at + min(s + 6 * slices, last) * stride);
            v7 = partials.get(at + min(s + 7 * slices, last) * stride);
        }
        sums[t] = value;
        context.localBarrier();
        int writes = (t < headDim / 2 ? 1 : 0) * (used > 0 ? 1 : 0);
        if (writes == 1) {
            float a = 0f;
            float b = 0f;
            for (int i = 0; i < slices; i++) {
                a += sums[i * headDim + 2 * t];
                b += sums[i * headDim + 2 * t + 1];
            }
            int to = context.groupIdx * headDim + 2 * t;
            out.set(to, a / sum);
            out.set(to + 1, b / sum);
            Halves.set(halves, to / 2, a / sum, b / sum, capacity * (heads * headDim / 2), rounds);
        }
    }

    /** The same where there are few splits and many rows: a thread for two channels of a query head of a row. */
    public static void few(
            KernelContext context,
            IntArray step,
            IntArray chosen,
            FloatArray partials,
            FloatArray out,
            IntArray halves,
            int geometry,
            int splits,
            int choices,
            int each,
            int capacity,
            int rounds) {
        int headDim = Geometry.headDim(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int heads = kvHeads * Geometry.group(geometry);
        int i = context.globalIdx;
        int unit = 2 * i / headDim;
        int channel = 2 * i - unit * headDim;
        int row = unit / heads;
        if (row < Step.rows(step)) {
            int list = (row * kvHeads + unit % heads / Geometry.group(geometry)) * choices;
            int used = Attention.used(step, chosen, row, list, geometry, splits, choices, each);
            int from = unit * splits * (headDim + 2);
            float max = Attention.NOTHING;
            for (int s = 0; s < used; s++) {
                max = TornadoMath.max(max, partials.get(from + s * (headDim + 2)));
            }
            float sum = 0f;
            float a = 0f;
            float b = 0f;
            for (int s = 0; s < used; s++) {
                int at = from + s * (headDim + 2);
                float mine = TornadoMath.exp(partials.get(at) - max);
                sum += mine * partials.get(at + 1);
                a += mine * partials.get(at + 2 + channel);
                b += mine * partials.get(at + 3 + channel);
            }
            out.set(2 * i, a / sum);
            out.set(2 * i + 1, b / sum);
            Halves.set(halves, i, a / sum, b / sum, capacity * (heads * headDim / 2), rounds);
        }
    }

    private static int min(int a, int b) {
        return a < b ? a : b;
    }

    private static int max(int a, int b) {
        return a > b ? a : b;
    }
}
