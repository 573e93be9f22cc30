package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Root mean square normalisation (Zhang and Sennrich 2019). */
public final class Norm {
    /** Threads of a work-group. */
    public static final int THREADS = 512;

    private Norm() {}

    /**
     * {@code out[r][i] = x[r][i] / sqrt(mean over i of x[r][i]^2 + eps) * weight[i]}: a work-group for each of the step's
     * rows, or only one for the row whose logits are wanted, whose result then is row 0.
     *
     * @param halves the result once more, for tensor cores: see {@link Halves#round}
     * @param single 1 for that one row
     * @param capacity rows that halves are for
     * @param rounds 1 to write halves, where n is even
     */
    public static void rms(
            KernelContext context,
            IntArray step,
            FloatArray x,
            FloatArray weight,
            FloatArray out,
            IntArray halves,
            int n,
            float eps,
            int single,
            int capacity,
            int rounds) {
        float[] sums = context.allocateFloatLocalArray(THREADS);
        int t = context.localIdx;
        int group = context.groupIdx;
        int row = single == 1 ? step.get(Step.LOGIT_ROW) : group;
        int end = row < Step.rows(step) ? n : 0;
        float squares = 0f;
        int at = row * n;
        int i = t;
        // four at a time, their loads under way together
        for (; i < end - 3 * THREADS; i += 4 * THREADS) {
            float v0 = x.get(at + i);
            float v1 = x.get(at + i + THREADS);
            float v2 = x.get(at + i + 2 * THREADS);
            float v3 = x.get(at + i + 3 * THREADS);
            squares += v0 * v0 + v1 * v1 + v2 * v2 + v3 * v3;
        }
        for (; i < end; i += THREADS) {
            float v = x.get(at + i);
            squares += v * v;
        }
        sums[t] = squares;
        context.localBarrier();
        for (int half = THREADS / 2; half > 0; half = half / 2) {
            if (t < half) {
                sums[t] = sums[t] + sums[t + half];
            }
            context.localBarrier();
        }
        float scale = 1f / TornadoMath.sqrt(sums[0] / n + eps);
        for (int j = rounds == 1 ? end : t; j < end; j += THREADS) {
            out.set(group * n + j, x.get(at + j) * scale * weight.get(j));
        }
        for (int j = rounds == 1 ? 2 * t : end; j < end; j += 2 * THREADS) {
            float a = x.get(at + j) * scale * weight.get(j);
            float b = x.get(at + j + 1) * scale * weight.get(j + 1);
            out.set(group * n + j, a);
            out.set(group * n + j + 1, b);
            Halves.set(halves, (group * n + j) / 2, a, b, capacity * (n / 2), rounds);
        }
    }

    /**
     * Normalises each query and key head by itself, in place (Qwen 3): a work-group of {@link Sum#WARP} threads a head.
     *
     * @param weights scale of query heads, then of key heads
     */
    public static void heads(
            KernelContext context, IntArray step, FloatArray qkv, FloatArray weights, int geometry, float eps) {
        float[] sums = context.allocateFloatLocalArray(Sum.WARP);
        int t = context.localIdx;
        int headDim = Geometry.headDim(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int heads = kvHeads * Geometry.group(geometry);
        int row = context.groupIdx / (heads + kvHeads);
        int head = context.groupIdx - row * (heads + kvHeads);
        int end = row < Step.rows(step) ? headDim : 0;
        int from = (row * (heads + 2 * kvHeads) + head) * headDim;
        int scales = head < heads ? 0 : headDim;
        float squares = 0f;
        for (int i = t; i < end; i += Sum.WARP) {
            float v = qkv.get(from + i);
            squares += v * v;
        }
        sums[t] = squares;
        context.localBarrier();
        for (int half = Sum.WARP / 2; half > 0; half = half / 2) {
            if (t < half) {
                sums[t] = sums[t] + sums[t + half];
            }
            context.localBarrier();
        }
        float scale = 1f / TornadoMath.sqrt(sums[0] / headDim + eps);
        for (int i = t; i < end; i += Sum.WARP) {
            qkv.set(from + i, qkv.get(from + i) * scale * weights.get(scales + i));
        }
    }
}
