package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * A matrix of halves times up to 16 vectors of two halves a number, summed in floats, on tensor cores (PTX only): bound by memory, so
 * that many small work-groups have loads under way. Each has 16 rows of the matrix for every group of warps that share out
 * columns, and the whole 16 vectors.
 */
public final class BatchProducts {
    /** Threads of a work-group. */
    public static final int THREADS = 256;
    /** Vectors of a work-group. */
    public static final int TOKENS = 16;

    private static final int WARPS = THREADS / Sum.WARP;
    /** Columns of a warp at a time. */
    private static final int COLS = 32;
    /** Floats of a work-group's tile: each warp's 16 outputs of 16 vectors. */
    private static final int TILE = WARPS * TOKENS * TOKENS;
    /** Work-groups that keep a large device busy. */
    private static final int BUSY = 500;

    private static final int WEIGHTS = 128 * (COLS / 2 + Fragment.PAD);
    private static final int VECTORS = TOKENS * (WARPS * COLS / 2 + Fragment.PAD);
    /** Bytes from a warp's first 16 columns to the others. */
    private static final int NEXT = 32;

    private BatchProducts() {}

    /** Warps that share out the columns of a matrix: few if it has many rows, 0 if so many columns cannot be shared out. */
    public static int splits(int rows, int cols) {
        int splits = cols % COLS == 0 ? 1 : 0;
        while (splits > 0
                && splits < WARPS
                && rows * splits < BUSY * TOKENS * WARPS
                && cols % (2 * splits * COLS) == 0) {
            splits = 2 * splits;
        }
        return splits;
    }

    /** Work-groups for {@code rows} rows of a matrix and {@code capacity} vectors. */
    public static int groups(int rows, int capacity, int splits) {
        int each = TOKENS * WARPS / splits;
        return (rows + each - 1) / each * ((capacity + TOKENS - 1) / TOKENS);
    }

    /** Floats that work-groups need together. */
    public static int tiles(int groups) {
        return groups * TILE;
    }

    /**
     * {@code y[t * stride + to + r] = sum over c of w[r][c] * x[t][c]} for the step's rows t, as {@code mode} says.
     *
     * @param w halves, row after row, two in an int
     * @param x see {@link Halves#round}
     * @param tiles floats for each work-group's tile
     * @param halves of SwiGLU the result once more: see {@link Halves#round}
     * @param outputs how many numbers come out for a vector; the matrix has as many rows, or twice as many for
     *     {@link Product#SWIGLU}
     * @param stride numbers of a row of {@code y}
     * @param to index of the first output in a row
     * @param capacity vectors of x, a multiple of {@link #TOKENS}
     * @param splits see {@link #splits}
     */
    public static void products(
            KernelContext context,
            IntArray step,
            IntArray x,
            FloatArray y,
            FloatArray tiles,
            IntArray halves,
            IntArray w,
            int outputs,
            int cols,
            int stride,
            int to,
            int mode,
            int capacity,
            int splits) {
        int[] weights = context.allocateIntLocalArray(WEIGHTS);
        int[] vectors = context.allocateIntLocalArray(2 * VECTORS);
        int t = context.localIdx;
        int group = context.groupIdx;
        int tile = TOKENS * WARPS / splits;
        int each = mode == Product.SWIGLU ? tile / 2 : tile;
        int slabs = (outputs + each - 1) / each;
        int token = group / slabs * TOKENS;
        int first = group % slabs * each;
        int rows = Step.rows(step);
        int last = outputs - 1;
        int end = token < rows ? cols : 0;
        int warp = t / Sum.WARP;
        int slice = warp % splits;
        int part = warp / splits;
        int pairs = splits * COLS / 2;
        int pitch = pairs + Fragment.PAD;
        int turn = 2 * pairs;
        // a thread loads two columns of every so many rows
        int lines = THREADS / pairs;
        int column = t % pairs;
        int line = t / pairs;
        int width = cols / 2;
        int at = line * pitch + column;
        int w0 = row(first, line + 0 * lines, outputs, last, each, mode) * width + column;
        int w1 = row(first, line + 1 * lines, outputs, last, each, mode) * width + column;
        int w2 = row(first, line + 2 * lines, outputs, last, each, mode) * width + column;
        int w3 = row(first, line + 3 * lines, outputs, last, each, mode) * width + column;
        int w4 = row(first, line + 4 * lines, outputs, last, each, mode) * width + column;
        int w5 = row(first, line + 5 * lines, outputs, last, each, mode) * width + column;
        int w6 = row(first, line + 6 * lines, outputs, last, each, mode) * width + column;
        int w7 = row(first, line + 7 * lines, outputs, last, each, mode) * width + column;
        int x0 = min(token + line + 0 * lines, capacity - 1) * width + column;
        int x1 = min(token + line + 1 * lines, capacity - 1) * width + column;
        int x2 = min(token + line + 2 * lines, capacity - 1) * width + column;
        int x3 = min(token + line + 3 * lines, capacity - 1) * width + column;
        int x4 = min(token + line + 4 * lines, capacity - 1) * width + column;
        int x5 = min(token + line + 5 * lines, capacity - 1) * width + column;
        int x6 = min(token + line + 6 * lines, capacity - 1) * width + column;
        int x7 = min(token + line + 7 * lines, capacity - 1) * width + column;
        int rest = capacity * width;
        float[] c = context.mmaFragment(0f);
        float[] d = context.mmaFragment(0f);
        int wv0 = 0;
        int wv1 = 0;
        int wv2 = 0;
        int wv3 = 0;
        int wv4 = 0;
        int wv5 = 0;
        int wv6 = 0;
        int wv7 = 0;
        int hv0 = 0;
        int hv1 = 0;
        int hv2 = 0;
        int hv3 = 0;
        int hv4 = 0;
        int hv5 = 0;
        int hv6 = 0;
        int hv7 = 0;
        int lv0 = 0;
        int lv1 = 0;
        int lv2 = 0;
        int lv3 = 0;
        int lv4 = 0;
        int lv5 = 0;
        int lv6 = 0;
        int lv7 = 0;
        if (end > 0) {
            wv0 = w.get(w0);
            wv1 = w.get(w1);
            wv2 = w.get(w2);
            wv3 = w.get(w3);
            wv4 = w.get(w4);
            wv5 = w.get(w5);
            wv6 = w.get(w6);
            wv7 = w.get(w7);
            hv0 = x.get(x0);
            if (splits > 1) {
                hv1 = x.get(x1);
            }
            if (splits > 2) {
                hv2 = x.get(x2);
                hv3 = x.get(x3);
            }
            if (splits > 4) {
                hv4 = x.get(x4);
                hv5 = x.get(x5);
                hv6 = x.get(x6);
                hv7 = x.get(x7);
            }
            lv0 = x.get(rest + x0);
            if (splits > 1) {
                lv1 = x.get(rest + x1);
            }
            if (splits > 2) {
                lv2 = x.get(rest + x2);
                lv3 = x.get(rest + x3);
            }
            if (splits > 4) {
                lv4 = x.get(rest + x4);
                lv5 = x.get(rest + x5);
                lv6 = x.get(rest + x6);
                lv7 = x.get(rest + x7);
            }
        }
        int left = Fragment.left(t, 4 * pitch) + slice * (2 * COLS);
        int right = Fragment.right(t, 4 * pitch) + part * TOKENS * 4 * pitch + slice * (2 * COLS);
        int low = left + 4 * VECTORS;
        for (int k = 0; k < end; k += turn) {
            weights[at + 0 * lines * pitch] = wv0;
            weights[at + 1 * lines * pitch] = wv1;
            weights[at + 2 * lines * pitch] = wv2;
            weights[at + 3 * lines * pitch] = wv3;
            weights[at + 4 * lines * pitch] = wv4;
            weights[at + 5 * lines * pitch] = wv5;
            weights[at + 6 * lines * pitch] = wv6;
            weights[at + 7 * lines * pitch] = wv7;
            vectors[at + 0 * lines * pitch] = hv0;
            if (splits > 1) {
                vectors[at + 1 * lines * pitch] = hv1;
            }
            if (splits > 2) {
                vectors[at + 2 * lines * pitch] = hv2;
                vectors[at + 3 * lines * pitch] = hv3;
            }
            if (splits > 4) {
                vectors[at + 4 * lines * pitch] = hv4;
                vectors[at + 5 * lines * pitch] = hv5;
                vectors[at + 6 * lines * pitch] = hv6;
                vectors[at + 7 * lines * pitch] = hv7;
            }
            vectors[VECTORS + at + 0 * lines * pitch] = lv0;
            if (splits > 1) {
                vectors[VECTORS + at + 1 * lines * pitch] = lv1;
            }
            if (splits > 2) {
                vectors[VECTORS + at + 2 * lines * pitch] = lv2;
                vectors[VECTORS + at + 3 * lines * pitch] = lv3;
            }
            if (splits > 4) {
                vectors[VECTORS + at + 4 * lines * pitch] = lv4;
                vectors[VECTORS + at + 5 * lines * pitch] = lv5;
                vectors[VECTORS + at + 6 * lines * pitch] = lv6;
                vectors[VECTORS + at + 7 * lines * pitch] = lv7;
            }
            // the last turn loads its own columns once more
            int next = min(k + turn, end - turn) / 2;
            wv0 = w.get(w0 + next);
            wv1 = w.get(w1 + next);
            wv2 = w.get(w2 + next);
            wv3 = w.get(w3 + next);
            wv4 = w.get(w4 + next);
            wv5 = w.get(w5 + next);
            wv6 = w.get(w6 + next);
            wv7 = w.get(w7 + next);
            hv0 = x.get(x0 + next);
            if (splits > 1) {
                hv1 = x.get(x1 + next);
            }
            if (splits > 2) {
                hv2 = x.get(x2 + next);
                hv3 = x.get(x3 + next);
            }
            if (splits > 4) {
                hv4 = x.get(x4 + next);
                hv5 = x.get(x5 + next);
                hv6 = x.get(x6 + next);
                hv7 = x.get(x7 + next);
            }
            lv0 = x.get(rest + x0 + next);
            if (splits > 1) {
                lv1 = x.get(rest + x1 + next);
            }
            if (splits > 2) {
                lv2 = x.get(rest + x2 + next);
                lv3 = x.get(rest + x3 + next);
            }
            if (splits > 4) {
                lv4 = x.get(rest + x4 + next);
                lv5 = x.get(rest + x5 + next);
                lv6 = x.get(rest + x6 + next);
                lv7 = x.get(rest + x7 + next);
            }
            context.localBarrier();
            HalfFloat[] b0 = context.mmaLoadA(weights, Fragment.SIDE, right);
            HalfFloat[] e0 = context.mmaLoadA(weights, Fragment.SIDE, right + Fragment.NARROW * 4 * pitch);
            HalfFloat[] a0 = context.mmaLoadA(vectors, Fragment.SIDE, left);
            c = context.mma(a0, b0, c, MMAShape.M16N8K16);
            d = context.mma(a0, e0, d, MMAShape.M16N8K16);
            HalfFloat[] l0 = context.mmaLoadA(vectors, Fragment.SIDE, low);
            c = context.mma(l0, b0, c, MMAShape.M16N8K16);
            d = context.mma(l0, e0, d, MMAShape.M16N8K16);
            HalfFloat[] b1 = context.mmaLoadA(weights, Fragment.SIDE, right + NEXT);
            HalfFloat[] e1 = context.mmaLoadA(weights, Fragment.SIDE, right + NEXT + Fragment.NARROW * 4 * pitch);
            HalfFloat[] a1 = context.mmaLoadA(vectors, Fragment.SIDE, left + NEXT);
            c = context.mma(a1, b1, c, MMAShape.M16N8K16);
            d = context.mma(a1, e1, d, MMAShape.M16N8K16);
            HalfFloat[] l1 = context.mmaLoadA(vectors, Fragment.SIDE, low + NEXT);
            c = context.mma(l1, b1, c, MMAShape.M16N8K16);
            d = context.mma(l1, e1, d, MMAShape.M16N8K16);
            context.localBarrier();
        }
        // a slice's outputs of 16 vectors, one below the other
        int down = (group * splits + slice) * TOKENS;
        if (end > 0) {
            context.mmaStore(c, tiles, down, part * TOKENS, tile);
            context.mmaStore(d, tiles, down, part * TOKENS + Fragment.NARROW, tile);
        }
        context.localBarrier();
        // a thread has two outputs of a vector at a time
        int wanted = max(0, min(TOKENS, rows - token)) * (each / 2);
        for (int i = t; i < wanted; i += THREADS) {
            int r = 2 * (i % (each / 2));
            int v = i / (each / 2);
            int from = group * TILE + v * tile + r;
            int out = (token + v) * stride + to + first + r;
            float a = 0f;
            float b = 0f;
            float up = 0f;
            float next = 0f;
            for (int s = 0; s < splits; s++) {
                int of = from + s * TOKENS * tile;
                a += tiles.get(of);
                b += tiles.get(of + 1);
                if (mode == Product.SWIGLU) {
                    up += tiles.get(of + each);
                    next += tiles.get(of + each + 1);
                }
            }
            if (mode == Product.SWIGLU) {
                a = Fragment.swiGlu(a, up);
                b = Fragment.swiGlu(b, next);
                if (first + r + 1 < outputs) {
                    int row = outputs / 2;
                    Halves.set(halves, (token + v) * row + (first + r) / 2, a, b, capacity * row, 1);
                }
            }
            if (first + r < outputs) {
                y.set(out, mode == Product.ADD ? y.get(out) + a : a);
            }
            if (first + r + 1 < outputs) {
                y.set(out + 1, mode == Product.ADD ? y.get(out + 1) + b : b);
            }
        }
    }

    /** The matrix's row in line {@code i} of a tile; lines beyond its last row have that. */
    private static int row(int first, int i, int outputs, int last, int each, int mode) {
        int row = min(first + i, last);
        if (mode == Product.SWIGLU) {
            row = i < each ? row : outputs + min(first + i - each, last);
        }
        return row;
    }

    private static int min(int a, int b) {
        return a < b ? a : b;
    }

    private static int max(int a, int b) {
        return a > b ? a : b;
    }
}
