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
     * @param capacity rows that halves are for
     * @param rounds 1 to write halves
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
            int capacity,
            int rounds) {
        float[] weight = context.allocateFloatLocalArray(THREADS);
        float[] sums = context.allocateFloatLocalArray(THREADS);
        float[] few = context.allocateFloatLocalArray(2 * Sum.WARP);
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int heads = kvHeads * Geometry.group(geometry);
        int t = context.localIdx;
        int head = context.groupIdx % heads;
        int row = context.groupIdx / heads;
        int rows = Step.rows(step);
        int safeRow = row < rows ? row : 0;
        int list = (safeRow * kvHeads + head / Geometry.group(geometry)) * choices;
        int pages = Attention.pages(step, chosen, safeRow, list, pageTokens, choices);
        int each = Attention.perSplit(
                pages, splits, choices == Attention.ALL ? 2 * Attention.threads(headDim) / pageTokens : 1);
        int used = row < rows ? (pages + each - 1) / each : 0;
        int stride = headDim + 2;
        int from = (safeRow * heads + head) * splits * stride;
        // a split has a thread
        float top = Attention.NOTHING;
        float weighs = 0f;
        if (t < used) {
            top = partials.get(from + t * stride);
            weighs = partials.get(from + t * stride + 1);
        }
        sums[t] = top;
        context.localBarrier();
        if (t < Sum.WARP) {
            float max = Attention.NOTHING;
            for (int i = t; i < THREADS; i += Sum.WARP) {
                max = TornadoMath.max(max, sums[i]);
            }
            few[t] = max;
        }
        context.localBarrier();
        float max = Attention.NOTHING;
        for (int i = 0; i < Sum.WARP; i++) {
            max = TornadoMath.max(max, few[i]);
        }
        float mine = TornadoMath.exp(top - max);
        weight[t] = mine;
        sums[t] = mine * weighs;
        context.localBarrier();
        if (t < Sum.WARP) {
            float part = 0f;
            for (int i = t; i < THREADS; i += Sum.WARP) {
                part += sums[i];
            }
            few[Sum.WARP + t] = part;
        }
        context.localBarrier();
        float sum = 0f;
        for (int i = 0; i < Sum.WARP; i++) {
            sum += few[Sum.WARP + i];
        }
        // threads beyond the last whole set of channels gather nothing
        int slices = THREADS / headDim;
        int slice = t / headDim;
        int channel = t - slice * headDim;
        int per = (used + slices - 1) / slices;
        int s = slice * per;
        int stop = slice < slices ? min(s + per, used) : s;
        int at = from + 2 + channel;
        float value = 0f;
        for (; s < stop - 7; s += 8) {
            float v0 = partials.get(at + (s + 0) * stride);
            float v1 = partials.get(at + (s + 1) * stride);
            float v2 = partials.get(at + (s + 2) * stride);
            float v3 = partials.get(at + (s + 3) * stride);
            float v4 = partials.get(at + (s + 4) * stride);
            float v5 = partials.get(at + (s + 5) * stride);
            float v6 = partials.get(at + (s + 6) * stride);
            float v7 = partials.get(at + (s + 7) * stride);
            value += weight[s] * v0
                    + weight[s + 1] * v1
                    + weight[s + 2] * v2
                    + weight[s + 3] * v3
                    + weight[s + 4] * v4
                    + weight[s + 5] * v5
                    + weight[s + 6] * v6
                    + weight[s + 7] * v7;
        }
        for (; s < stop; s++) {
            value += weight[s] * partials.get(at + s * stride);
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
            int to = (safeRow * heads + head) * headDim + 2 * t;
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
            int capacity,
            int rounds) {
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int heads = kvHeads * Geometry.group(geometry);
        int i = context.globalIdx;
        int unit = 2 * i / headDim;
        int channel = 2 * i - unit * headDim;
        int row = unit / heads;
        if (row < Step.rows(step)) {
            int list = (row * kvHeads + unit % heads / Geometry.group(geometry)) * choices;
            int pages = Attention.pages(step, chosen, row, list, pageTokens, choices);
            int each = Attention.perSplit(
                    pages, splits, choices == Attention.ALL ? 2 * Attention.threads(headDim) / pageTokens : 1);
            int used = (pages + each - 1) / each;
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
}
