package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * A matrix times one vector: a work-group computes {@link #ROWS} outputs, its threads share out the columns. Bound by memory: every thread has several loads under way, and each number of the vector serves four rows. The
 * vector may be normalised on the way (Zhang and Sennrich 2019): each work-group finds its mean square beside the products,
 * which is less than a kernel of one work-group takes.
 */
public final class Product {
    /** Threads of a work-group where nothing speaks for more. */
    public static final int THREADS = 128;

    private static final int MAX_THREADS = 512;
    /** Threads that a large device has under way. */
    private static final int BUSY = 200_000;

    /** Rows of the matrix that a work-group multiplies. */
    public static final int ROWS = 4;

    /** Of each row, and the vector's squares. */
    private static final int SUMS = ROWS + 1;

    /** The products overwrite the output. */
    public static final int STORE = 0;
    /** The products are added to the output: a residual connection. */
    public static final int ADD = 1;
    /** Rows come in pairs, the second {@code outputs} below the first: SwiGLU of the two products (Shazeer 2020). */
    public static final int SWIGLU = 2;

    private Product() {}

    /** Work-groups that {@code outputs} outputs take. */
    public static int groups(int outputs, int mode) {
        int each = mode == SWIGLU ? ROWS / 2 : ROWS;
        return (outputs + each - 1) / each;
    }

    /**
     * Threads of a work-group: more where few work-groups would leave a device waiting for memory, as long as each thread
     * has four columns.
     *
     * @param shuffle 1 where the backend can shuffle within a warp; elsewhere sums take memory for each thread
     */
    public static int threads(int groups, int cols, int shuffle) {
        int threads = THREADS;
        while (shuffle == 1 && threads < MAX_THREADS && groups * threads < BUSY && cols >= 8 * threads) {
            threads = 2 * threads;
        }
        return threads;
    }

    /**
     * {@code y[to + r] = sum over c of w[r][c] * x[c]}, as {@code mode} says, where instead of x it may be
     * {@code x[c] / sqrt(mean of x^2 + eps) * gain[c]}.
     *
     * @param gain scale of the normalised vector; one element where it is not normalised
     * @param type a type of {@link Weight}
     * @param outputs how many numbers come out; the matrix has as many rows, or twice as many for {@link #SWIGLU}
     * @param to index of the first output
     * @param norm 1 to normalise the vector
     * @param threads of a work-group, see {@link #threads}
     * @param shuffle 1 where the backend can shuffle within a warp
     */
    public static void product(
            KernelContext context,
            FloatArray x,
            FloatArray gain,
            FloatArray y,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            int type,
            int outputs,
            int cols,
            int to,
            int mode,
            int shuffle,
            int norm,
            float eps,
            int threads) {
        float[] sums = context.allocateFloatLocalArray(THREADS * SUMS);
        int t = context.localIdx;
        int group = context.groupIdx;
        int last = outputs - 1;
        int first = group * (mode == SWIGLU ? 2 : 4);
        int r0 = min(first, last);
        int r1 = min(first + 1, last);
        int r2 = mode == SWIGLU ? outputs + r0 : min(first + 2, last);
        int r3 = mode == SWIGLU ? outputs + r1 : min(first + 3, last);
        float a0 = 0f;
        float a1 = 0f;
        float a2 = 0f;
        float a3 = 0f;
        float squares = 0f;
        if (type == Weight.Q8_0) {
            int ints = cols / 4;
            for (int u = t; u < ints; u += threads) {
                int c = u * 4;
                float x0 = x.get(c);
                float x1 = x.get(c + 1);
                float x2 = x.get(c + 2);
                float x3 = x.get(c + 3);
                if (norm == 1) {
                    squares += x0 * x0 + x1 * x1 + x2 * x2 + x3 * x3;
                    x0 = x0 * gain.get(c);
                    x1 = x1 * gain.get(c + 1);
                    x2 = x2 * gain.get(c + 2);
                    x3 = x3 * gain.get(c + 3);
                }
                int i0 = r0 * ints + u;
                int i1 = r1 * ints + u;
                int i2 = r2 * ints + u;
                int i3 = r3 * ints + u;
                int w0 = q.get(i0);
                int w1 = q.get(i1);
                int w2 = q.get(i2);
                int w3 = q.get(i3);
                a0 += f.get(i0 >> 3) * bytes(w0, x0, x1, x2, x3);
                a1 += f.get(i1 >> 3) * bytes(w1, x0, x1, x2, x3);
                a2 += f.get(i2 >> 3) * bytes(w2, x0, x1, x2, x3);
                a3 += f.get(i3 >> 3) * bytes(w3, x0, x1, x2, x3);
            }
        } else if (type == Weight.Q4_0) {
            int ints = cols / 8;
            for (int u = t; u < ints; u += threads) {
                int c = (u >> 2) * 32 + (u & 3) * 4;
                float x0 = x.get(c);
                float x1 = x.get(c + 1);
                float x2 = x.get(c + 2);
                float x3 = x.get(c + 3);
                float x4 = x.get(c + 16);
                float x5 = x.get(c + 17);
                float x6 = x.get(c + 18);
                float x7 = x.get(c + 19);
                if (norm == 1) {
                    squares += x0 * x0 + x1 * x1 + x2 * x2 + x3 * x3 + x4 * x4 + x5 * x5 + x6 * x6 + x7 * x7;
                    x0 = x0 * gain.get(c);
                    x1 = x1 * gain.get(c + 1);
                    x2 = x2 * gain.get(c + 2);
                    x3 = x3 * gain.get(c + 3);
                    x4 = x4 * gain.get(c + 16);
                    x5 = x5 * gain.get(c + 17);
                    x6 = x6 * gain.get(c + 18);
                    x7 = x7 * gain.get(c + 19);
                }
                float eights = 8f * (x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7);
                int i0 = r0 * ints + u;
                int i1 = r1 * ints + u;
                int i2 = r2 * ints + u;
                int i3 = r3 * ints + u;
                int w0 = q.get(i0);
                int w1 = q.get(i1);
                int w2 = q.get(i2);
                int w3 = q.get(i3);
                a0 += f.get(i0 >> 2) * (low(w0, x0, x1, x2, x3) + high(w0, x4, x5, x6, x7) - eights);
                a1 += f.get(i1 >> 2) * (low(w1, x0, x1, x2, x3) + high(w1, x4, x5, x6, x7) - eights);
                a2 += f.get(i2 >> 2) * (low(w2, x0, x1, x2, x3) + high(w2, x4, x5, x6, x7) - eights);
                a3 += f.get(i3 >> 2) * (low(w3, x0, x1, x2, x3) + high(w3, x4, x5, x6, x7) - eights);
            }
        } else if (type == Weight.Q4_K) {
            int ints = cols / 8;
            int blocks = cols / 256;
            for (int u = t; u < ints; u += threads) {
                int block = u >> 5;
                int in = u & 31;
                int pair = in >> 3;
                int c = block * 256 + pair * 64 + (in & 7) * 4;
                float x0 = x.get(c);
                float x1 = x.get(c + 1);
                float x2 = x.get(c + 2);
                float x3 = x.get(c + 3);
                float x4 = x.get(c + 32);
                float x5 = x.get(c + 33);
                float x6 = x.get(c + 34);
                float x7 = x.get(c + 35);
                if (norm == 1) {
                    squares += x0 * x0 + x1 * x1 + x2 * x2 + x3 * x3 + x4 * x4 + x5 * x5 + x6 * x6 + x7 * x7;
                    x0 = x0 * gain.get(c);
                    x1 = x1 * gain.get(c + 1);
                    x2 = x2 * gain.get(c + 2);
                    x3 = x3 * gain.get(c + 3);
                    x4 = x4 * gain.get(c + 32);
                    x5 = x5 * gain.get(c + 33);
                    x6 = x6 * gain.get(c + 34);
                    x7 = x7 * gain.get(c + 35);
                }
                float left = x0 + x1 + x2 + x3;
                float right = x4 + x5 + x6 + x7;
                a0 += superblock(f, q, r0 * blocks + block, in, x0, x1, x2, x3, x4, x5, x6, x7, left, right);
                a1 += superblock(f, q, r1 * blocks + block, in, x0, x1, x2, x3, x4, x5, x6, x7, left, right);
                a2 += superblock(f, q, r2 * blocks + block, in, x0, x1, x2, x3, x4, x5, x6, x7, left, right);
                a3 += superblock(f, q, r3 * blocks + block, in, x0, x1, x2, x3, x4, x5, x6, x7, left, right);
            }
        } else {
            int c = t;
            // four strides at a time, their loads under way together
            for (; c < cols - 3 * threads; c += 4 * threads) {
                float v0 = x.get(c + 0 * threads);
                float v1 = x.get(c + 1 * threads);
                float v2 = x.get(c + 2 * threads);
                float v3 = x.get(c + 3 * threads);
                if (norm == 1) {
                    squares += v0 * v0 + v1 * v1 + v2 * v2 + v3 * v3;
                    v0 = v0 * gain.get(c + 0 * threads);
                    v1 = v1 * gain.get(c + 1 * threads);
                    v2 = v2 * gain.get(c + 2 * threads);
                    v3 = v3 * gain.get(c + 3 * threads);
                }
                float w00 = Weight.plain(type, f, h, b, r0 * cols + c + 0 * threads);
                float w01 = Weight.plain(type, f, h, b, r0 * cols + c + 1 * threads);
                float w02 = Weight.plain(type, f, h, b, r0 * cols + c + 2 * threads);
                float w03 = Weight.plain(type, f, h, b, r0 * cols + c + 3 * threads);
                float w10 = Weight.plain(type, f, h, b, r1 * cols + c + 0 * threads);
                float w11 = Weight.plain(type, f, h, b, r1 * cols + c + 1 * threads);
                float w12 = Weight.plain(type, f, h, b, r1 * cols + c + 2 * threads);
                float w13 = Weight.plain(type, f, h, b, r1 * cols + c + 3 * threads);
                float w20 = Weight.plain(type, f, h, b, r2 * cols + c + 0 * threads);
                float w21 = Weight.plain(type, f, h, b, r2 * cols + c + 1 * threads);
                float w22 = Weight.plain(type, f, h, b, r2 * cols + c + 2 * threads);
                float w23 = Weight.plain(type, f, h, b, r2 * cols + c + 3 * threads);
                float w30 = Weight.plain(type, f, h, b, r3 * cols + c + 0 * threads);
                float w31 = Weight.plain(type, f, h, b, r3 * cols + c + 1 * threads);
                float w32 = Weight.plain(type, f, h, b, r3 * cols + c + 2 * threads);
                float w33 = Weight.plain(type, f, h, b, r3 * cols + c + 3 * threads);
                a0 += w00 * v0 + w01 * v1 + w02 * v2 + w03 * v3;
                a1 += w10 * v0 + w11 * v1 + w12 * v2 + w13 * v3;
                a2 += w20 * v0 + w21 * v1 + w22 * v2 + w23 * v3;
                a3 += w30 * v0 + w31 * v1 + w32 * v2 + w33 * v3;
            }
            for (; c < cols; c += threads) {
                float v = x.get(c);
                if (norm == 1) {
                    squares += v * v;
                    v = v * gain.get(c);
                }
                a0 += Weight.plain(type, f, h, b, r0 * cols + c) * v;
                a1 += Weight.plain(type, f, h, b, r1 * cols + c) * v;
                a2 += Weight.plain(type, f, h, b, r2 * cols + c) * v;
                a3 += Weight.plain(type, f, h, b, r3 * cols + c) * v;
            }
        }
        if (shuffle == 1) {
            a0 = Sum.warp(context, a0);
            a1 = Sum.warp(context, a1);
            a2 = Sum.warp(context, a2);
            a3 = Sum.warp(context, a3);
            if (norm == 1) {
                squares = Sum.warp(context, squares);
            }
            int lane = t & (Sum.WARP - 1);
            int at = t / Sum.WARP * SUMS;
            if (lane == 0) {
                sums[at] = a0;
                sums[at + 1] = a1;
                sums[at + 2] = a2;
                sums[at + 3] = a3;
                sums[at + 4] = squares;
            }
            context.localBarrier();
            if (t < SUMS) {
                float sum = sums[t];
                for (int i = 1; i < threads / Sum.WARP; i++) {
                    sum += sums[i * SUMS + t];
                }
                sums[t] = sum;
            }
        } else {
            sums[t * SUMS] = a0;
            sums[t * SUMS + 1] = a1;
            sums[t * SUMS + 2] = a2;
            sums[t * SUMS + 3] = a3;
            sums[t * SUMS + 4] = squares;
            context.localBarrier();
            for (int half = threads * SUMS / 2; half >= SUMS; half = half / 2) {
                for (int i = t; i < half; i += threads) {
                    sums[i] = sums[i] + sums[i + half];
                }
                context.localBarrier();
            }
        }
        context.localBarrier();
        float scale = 1f;
        if (norm == 1) {
            scale = 1f / TornadoMath.sqrt(sums[ROWS] / cols + eps);
        }
        if (mode == SWIGLU) {
            if (t < min(2, outputs - first)) {
                float gate = sums[t] * scale;
                float up = sums[t + 2] * scale;
                y.set(to + first + t, gate / (1f + TornadoMath.exp(TornadoMath.min(-gate, 80f))) * up);
            }
        } else if (t < min(4, outputs - first)) {
            int at = to + first + t;
            float sum = sums[t] * scale;
            y.set(at, mode == ADD ? y.get(at) + sum : sum);
        }
    }

    private static int min(int a, int b) {
        return a < b ? a : b;
    }

    private static float bytes(int w, float x0, float x1, float x2, float x3) {
        int bytes = Weight.unsigned(w);
        return Weight.signed(bytes, 0) * x0
                + Weight.signed(bytes, 1) * x1
                + Weight.signed(bytes, 2) * x2
                + Weight.signed(bytes, 3) * x3;
    }

    private static float low(int w, float x0, float x1, float x2, float x3) {
        return Weight.nibble(w, 0) * x0
                + Weight.nibble(w, 8) * x1
                + Weight.nibble(w, 16) * x2
                + Weight.nibble(w, 24) * x3;
    }

    private static float high(int w, float x0, float x1, float x2, float x3) {
        return Weight.nibble(w, 4) * x0
                + Weight.nibble(w, 12) * x1
                + Weight.nibble(w, 20) * x2
                + Weight.nibble(w, 28) * x3;
    }

    /** What int {@code in} of a Q4_K block gives: four numbers of an even group and four of the odd one after it. */
    private static float superblock(
            FloatArray f,
            IntArray q,
            int block,
            int in,
            float x0,
            float x1,
            float x2,
            float x3,
            float x4,
            float x5,
            float x6,
            float x7,
            float left,
            float right) {
        int base = block * Weight.Q4_K_INTS;
        int group = (in >> 3) * 2;
        int w = q.get(base + in);
        float scaled = Weight.scale(q, base + 32, group) * low(w, x0, x1, x2, x3)
                + Weight.scale(q, base + 32, group + 1) * high(w, x4, x5, x6, x7);
        float offset = Weight.minimum(q, base + 32, group) * left + Weight.minimum(q, base + 32, group + 1) * right;
        return f.get(block * 2) * scaled - f.get(block * 2 + 1) * offset;
    }
}
