package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * A matrix of halves times many vectors of two halves a number, summed in floats, on tensor cores (PTX only): a work-group computes
 * {@link #ROWS} outputs of {@link #TOKENS} vectors, {@link #COLS} columns at a time, which it keeps in local memory while
 * those that come next are under way. They are asked for before a barrier, since the compiler would put it off until they
 * are needed. Each of four warps has half of the outputs of half of the vectors. Fragments are spelt out because they are
 * registers.
 */
public final class TileProducts {
    /** Threads of a work-group. */
    public static final int THREADS = 128;
    /** Rows of the matrix that it multiplies. */
    public static final int ROWS = 64;
    /** Vectors that it multiplies them with. */
    public static final int TOKENS = 128;
    /** Columns at a time; a matrix has a multiple of so many. */
    public static final int COLS = 32;
    /** Floats of a tile. */
    public static final int TILE = ROWS * TOKENS;

    /** Work-groups that fill a large device. */
    private static final int FULL = 256;

    private static final int MAX_SPLITS = 4;
    private static final int PAIRS = COLS / 2;
    private static final int PITCH = PAIRS + Fragment.PAD;
    private static final int BYTES = 4 * PITCH;
    /** Bytes from the first 16 columns to the others. */
    private static final int NEXT = 32;
    /** Lines of a tile that threads load at a time. */
    private static final int LINES = THREADS / PAIRS;

    private TileProducts() {}

    /**
     * Work-groups that share out the columns of the same outputs, since there would be few otherwise; their tiles are then
     * {@link #gather gathered}.
     */
    public static int splits(int rows, int cols, int capacity, int mode) {
        int splits = 1;
        while (mode != Product.SWIGLU
                && splits < MAX_SPLITS
                && groups(rows, capacity, splits) < FULL
                && cols % (2 * splits * COLS) == 0) {
            splits = 2 * splits;
        }
        return splits;
    }

    /** Work-groups for {@code rows} rows of a matrix and {@code capacity} vectors. */
    public static int groups(int rows, int capacity, int splits) {
        return (rows + ROWS - 1) / ROWS * ((capacity + TOKENS - 1) / TOKENS) * splits;
    }

    /**
     * {@code y[t * stride + to + r] = sum over c of w[r][c] * x[t][c]} for the step's rows t, as {@code mode} says, unless
     * columns are shared out.
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
        int[] weights = context.allocateIntLocalArray(ROWS * PITCH);
        int[] vectors = context.allocateIntLocalArray(TOKENS * PITCH);
        int[] rests = context.allocateIntLocalArray(TOKENS * PITCH);
        int t = context.localIdx;
        int group = context.groupIdx;
        int each = mode == Product.SWIGLU ? ROWS / 2 : ROWS;
        int work = group / splits;
        // tiles of the same weights run close together: there are more weights than a cache holds
        int blocks = capacity / TOKENS;
        int token = work % blocks * TOKENS;
        int first = work / blocks * each;
        int rows = Step.rows(step);
        int last = outputs - 1;
        int begin = group % splits * (cols / splits);
        int end = token < rows ? begin + cols / splits : begin;
        int warp = t / Sum.WARP;
        // a thread loads two columns of every eighth line; halves of a warp are four lines apart, in different banks
        int pair = t % PAIRS;
        int line = warp + t / PAIRS % 2 * 4;
        int at = line * PITCH + pair;
        int width = cols / 2;
        int rest = capacity * width;
        // where lines lie is known to the compiler if all are there
        int w0 = whole(outputs, each)
                ? line(0 * LINES, outputs, mode) * width
                : (row(first, line + 0 * LINES, outputs, last, mode) - first - line) * width;
        int w1 = whole(outputs, each)
                ? line(1 * LINES, outputs, mode) * width
                : (row(first, line + 1 * LINES, outputs, last, mode) - first - line) * width;
        int w2 = whole(outputs, each)
                ? line(2 * LINES, outputs, mode) * width
                : (row(first, line + 2 * LINES, outputs, last, mode) - first - line) * width;
        int w3 = whole(outputs, each)
                ? line(3 * LINES, outputs, mode) * width
                : (row(first, line + 3 * LINES, outputs, last, mode) - first - line) * width;
        int w4 = whole(outputs, each)
                ? line(4 * LINES, outputs, mode) * width
                : (row(first, line + 4 * LINES, outputs, last, mode) - first - line) * width;
        int w5 = whole(outputs, each)
                ? line(5 * LINES, outputs, mode) * width
                : (row(first, line + 5 * LINES, outputs, last, mode) - first - line) * width;
        int w6 = whole(outputs, each)
                ? line(6 * LINES, outputs, mode) * width
                : (row(first, line + 6 * LINES, outputs, last, mode) - first - line) * width;
        int w7 = whole(outputs, each)
                ? line(7 * LINES, outputs, mode) * width
                : (row(first, line + 7 * LINES, outputs, last, mode) - first - line) * width;
        int weightsFrom = (first + line) * width + pair;
        int vectorsFrom = (token + line) * width + pair;
        float[] c00 = context.mmaFragment(0f);
        float[] c01 = context.mmaFragment(0f);
        float[] c02 = context.mmaFragment(0f);
        float[] c03 = context.mmaFragment(0f);
        float[] c10 = context.mmaFragment(0f);
        float[] c11 = context.mmaFragment(0f);
        float[] c12 = context.mmaFragment(0f);
        float[] c13 = context.mmaFragment(0f);
        float[] c20 = context.mmaFragment(0f);
        float[] c21 = context.mmaFragment(0f);
        float[] c22 = context.mmaFragment(0f);
        float[] c23 = context.mmaFragment(0f);
        float[] c30 = context.mmaFragment(0f);
        float[] c31 = context.mmaFragment(0f);
        float[] c32 = context.mmaFragment(0f);
        float[] c33 = context.mmaFragment(0f);
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
        int hv8 = 0;
        int hv9 = 0;
        int hv10 = 0;
        int hv11 = 0;
        int hv12 = 0;
        int hv13 = 0;
        int hv14 = 0;
        int hv15 = 0;
        int lv0 = 0;
        int lv1 = 0;
        int lv2 = 0;
        int lv3 = 0;
        int lv4 = 0;
        int lv5 = 0;
        int lv6 = 0;
        int lv7 = 0;
        int lv8 = 0;
        int lv9 = 0;
        int lv10 = 0;
        int lv11 = 0;
        int lv12 = 0;
        int lv13 = 0;
        int lv14 = 0;
        int lv15 = 0;
        if (begin < end) {
            int fromBegin = weightsFrom + begin / 2;
            wv0 = w.get(fromBegin + w0);
            wv1 = w.get(fromBegin + w1);
            wv2 = w.get(fromBegin + w2);
            wv3 = w.get(fromBegin + w3);
            wv4 = w.get(fromBegin + w4);
            wv5 = w.get(fromBegin + w5);
            wv6 = w.get(fromBegin + w6);
            wv7 = w.get(fromBegin + w7);
            int atBegin = vectorsFrom + begin / 2;
            hv0 = x.get(atBegin + 0 * LINES * width);
            hv1 = x.get(atBegin + 1 * LINES * width);
            hv2 = x.get(atBegin + 2 * LINES * width);
            hv3 = x.get(atBegin + 3 * LINES * width);
            hv4 = x.get(atBegin + 4 * LINES * width);
            hv5 = x.get(atBegin + 5 * LINES * width);
            hv6 = x.get(atBegin + 6 * LINES * width);
            hv7 = x.get(atBegin + 7 * LINES * width);
            hv8 = x.get(atBegin + 8 * LINES * width);
            hv9 = x.get(atBegin + 9 * LINES * width);
            hv10 = x.get(atBegin + 10 * LINES * width);
            hv11 = x.get(atBegin + 11 * LINES * width);
            hv12 = x.get(atBegin + 12 * LINES * width);
            hv13 = x.get(atBegin + 13 * LINES * width);
            hv14 = x.get(atBegin + 14 * LINES * width);
            hv15 = x.get(atBegin + 15 * LINES * width);
            int restBegin = atBegin + rest;
            lv0 = x.get(restBegin + 0 * LINES * width);
            lv1 = x.get(restBegin + 1 * LINES * width);
            lv2 = x.get(restBegin + 2 * LINES * width);
            lv3 = x.get(restBegin + 3 * LINES * width);
            lv4 = x.get(restBegin + 4 * LINES * width);
            lv5 = x.get(restBegin + 5 * LINES * width);
            lv6 = x.get(restBegin + 6 * LINES * width);
            lv7 = x.get(restBegin + 7 * LINES * width);
            lv8 = x.get(restBegin + 8 * LINES * width);
            lv9 = x.get(restBegin + 9 * LINES * width);
            lv10 = x.get(restBegin + 10 * LINES * width);
            lv11 = x.get(restBegin + 11 * LINES * width);
            lv12 = x.get(restBegin + 12 * LINES * width);
            lv13 = x.get(restBegin + 13 * LINES * width);
            lv14 = x.get(restBegin + 14 * LINES * width);
            lv15 = x.get(restBegin + 15 * LINES * width);
        }
        int left = Fragment.left(t, BYTES) + warp % 2 * (TOKENS / 2) * BYTES;
        int right = Fragment.right(t, BYTES) + warp / 2 * (ROWS / 2) * BYTES;
        for (int k = begin; k < end; k += COLS) {
            weights[at + 0 * LINES * PITCH] = wv0;
            weights[at + 1 * LINES * PITCH] = wv1;
            weights[at + 2 * LINES * PITCH] = wv2;
            weights[at + 3 * LINES * PITCH] = wv3;
            weights[at + 4 * LINES * PITCH] = wv4;
            weights[at + 5 * LINES * PITCH] = wv5;
            weights[at + 6 * LINES * PITCH] = wv6;
            weights[at + 7 * LINES * PITCH] = wv7;
            vectors[at + 0 * LINES * PITCH] = hv0;
            vectors[at + 1 * LINES * PITCH] = hv1;
            vectors[at + 2 * LINES * PITCH] = hv2;
            vectors[at + 3 * LINES * PITCH] = hv3;
            vectors[at + 4 * LINES * PITCH] = hv4;
            vectors[at + 5 * LINES * PITCH] = hv5;
            vectors[at + 6 * LINES * PITCH] = hv6;
            vectors[at + 7 * LINES * PITCH] = hv7;
            vectors[at + 8 * LINES * PITCH] = hv8;
            vectors[at + 9 * LINES * PITCH] = hv9;
            vectors[at + 10 * LINES * PITCH] = hv10;
            vectors[at + 11 * LINES * PITCH] = hv11;
            vectors[at + 12 * LINES * PITCH] = hv12;
            vectors[at + 13 * LINES * PITCH] = hv13;
            vectors[at + 14 * LINES * PITCH] = hv14;
            vectors[at + 15 * LINES * PITCH] = hv15;
            rests[at + 0 * LINES * PITCH] = lv0;
            rests[at + 1 * LINES * PITCH] = lv1;
            rests[at + 2 * LINES * PITCH] = lv2;
            rests[at + 3 * LINES * PITCH] = lv3;
            rests[at + 4 * LINES * PITCH] = lv4;
            rests[at + 5 * LINES * PITCH] = lv5;
            rests[at + 6 * LINES * PITCH] = lv6;
            rests[at + 7 * LINES * PITCH] = lv7;
            rests[at + 8 * LINES * PITCH] = lv8;
            rests[at + 9 * LINES * PITCH] = lv9;
            rests[at + 10 * LINES * PITCH] = lv10;
            rests[at + 11 * LINES * PITCH] = lv11;
            rests[at + 12 * LINES * PITCH] = lv12;
            rests[at + 13 * LINES * PITCH] = lv13;
            rests[at + 14 * LINES * PITCH] = lv14;
            rests[at + 15 * LINES * PITCH] = lv15;
            // the last turn loads its own columns once more
            int next = min(k + COLS, end - COLS);
            int fromNext = weightsFrom + next / 2;
            wv0 = w.get(fromNext + w0);
            wv1 = w.get(fromNext + w1);
            wv2 = w.get(fromNext + w2);
            wv3 = w.get(fromNext + w3);
            wv4 = w.get(fromNext + w4);
            wv5 = w.get(fromNext + w5);
            wv6 = w.get(fromNext + w6);
            wv7 = w.get(fromNext + w7);
            int atNext = vectorsFrom + next / 2;
            hv0 = x.get(atNext + 0 * LINES * width);
            hv1 = x.get(atNext + 1 * LINES * width);
            hv2 = x.get(atNext + 2 * LINES * width);
            hv3 = x.get(atNext + 3 * LINES * width);
            hv4 = x.get(atNext + 4 * LINES * width);
            hv5 = x.get(atNext + 5 * LINES * width);
            hv6 = x.get(atNext + 6 * LINES * width);
            hv7 = x.get(atNext + 7 * LINES * width);
            hv8 = x.get(atNext + 8 * LINES * width);
            hv9 = x.get(atNext + 9 * LINES * width);
            hv10 = x.get(atNext + 10 * LINES * width);
            hv11 = x.get(atNext + 11 * LINES * width);
            hv12 = x.get(atNext + 12 * LINES * width);
            hv13 = x.get(atNext + 13 * LINES * width);
            hv14 = x.get(atNext + 14 * LINES * width);
            hv15 = x.get(atNext + 15 * LINES * width);
            int restNext = atNext + rest;
            lv0 = x.get(restNext + 0 * LINES * width);
            lv1 = x.get(restNext + 1 * LINES * width);
            lv2 = x.get(restNext + 2 * LINES * width);
            lv3 = x.get(restNext + 3 * LINES * width);
            lv4 = x.get(restNext + 4 * LINES * width);
            lv5 = x.get(restNext + 5 * LINES * width);
            lv6 = x.get(restNext + 6 * LINES * width);
            lv7 = x.get(restNext + 7 * LINES * width);
            lv8 = x.get(restNext + 8 * LINES * width);
            lv9 = x.get(restNext + 9 * LINES * width);
            lv10 = x.get(restNext + 10 * LINES * width);
            lv11 = x.get(restNext + 11 * LINES * width);
            lv12 = x.get(restNext + 12 * LINES * width);
            lv13 = x.get(restNext + 13 * LINES * width);
            lv14 = x.get(restNext + 14 * LINES * width);
            lv15 = x.get(restNext + 15 * LINES * width);
            context.localBarrier();
            HalfFloat[] b00 = context.mmaLoadA(weights, Fragment.SIDE, right + 0 * BYTES);
            HalfFloat[] b01 = context.mmaLoadA(weights, Fragment.SIDE, right + 8 * BYTES);
            HalfFloat[] b02 = context.mmaLoadA(weights, Fragment.SIDE, right + 16 * BYTES);
            HalfFloat[] b03 = context.mmaLoadA(weights, Fragment.SIDE, right + 24 * BYTES);
            HalfFloat[] a00 = context.mmaLoadA(vectors, Fragment.SIDE, left + 0 * BYTES);
            c00 = context.mma(a00, b00, c00, MMAShape.M16N8K16);
            c01 = context.mma(a00, b01, c01, MMAShape.M16N8K16);
            c02 = context.mma(a00, b02, c02, MMAShape.M16N8K16);
            c03 = context.mma(a00, b03, c03, MMAShape.M16N8K16);
            HalfFloat[] a01 = context.mmaLoadA(vectors, Fragment.SIDE, left + 16 * BYTES);
            c10 = context.mma(a01, b00, c10, MMAShape.M16N8K16);
            c11 = context.mma(a01, b01, c11, MMAShape.M16N8K16);
            c12 = context.mma(a01, b02, c12, MMAShape.M16N8K16);
            c13 = context.mma(a01, b03, c13, MMAShape.M16N8K16);
            HalfFloat[] a02 = context.mmaLoadA(vectors, Fragment.SIDE, left + 32 * BYTES);
            c20 = context.mma(a02, b00, c20, MMAShape.M16N8K16);
            c21 = context.mma(a02, b01, c21, MMAShape.M16N8K16);
            c22 = context.mma(a02, b02, c22, MMAShape.M16N8K16);
            c23 = context.mma(a02, b03, c23, MMAShape.M16N8K16);
            HalfFloat[] a03 = context.mmaLoadA(vectors, Fragment.SIDE, left + 48 * BYTES);
            c30 = context.mma(a03, b00, c30, MMAShape.M16N8K16);
            c31 = context.mma(a03, b01, c31, MMAShape.M16N8K16);
            c32 = context.mma(a03, b02, c32, MMAShape.M16N8K16);
            c33 = context.mma(a03, b03, c33, MMAShape.M16N8K16);
            HalfFloat[] l00 = context.mmaLoadA(rests, Fragment.SIDE, left + 0 * BYTES);
            c00 = context.mma(l00, b00, c00, MMAShape.M16N8K16);
            c01 = context.mma(l00, b01, c01, MMAShape.M16N8K16);
            c02 = context.mma(l00, b02, c02, MMAShape.M16N8K16);
            c03 = context.mma(l00, b03, c03, MMAShape.M16N8K16);
            HalfFloat[] l01 = context.mmaLoadA(rests, Fragment.SIDE, left + 16 * BYTES);
            c10 = context.mma(l01, b00, c10, MMAShape.M16N8K16);
            c11 = context.mma(l01, b01, c11, MMAShape.M16N8K16);
            c12 = context.mma(l01, b02, c12, MMAShape.M16N8K16);
            c13 = context.mma(l01, b03, c13, MMAShape.M16N8K16);
            HalfFloat[] l02 = context.mmaLoadA(rests, Fragment.SIDE, left + 32 * BYTES);
            c20 = context.mma(l02, b00, c20, MMAShape.M16N8K16);
            c21 = context.mma(l02, b01, c21, MMAShape.M16N8K16);
            c22 = context.mma(l02, b02, c22, MMAShape.M16N8K16);
            c23 = context.mma(l02, b03, c23, MMAShape.M16N8K16);
            HalfFloat[] l03 = context.mmaLoadA(rests, Fragment.SIDE, left + 48 * BYTES);
            c30 = context.mma(l03, b00, c30, MMAShape.M16N8K16);
            c31 = context.mma(l03, b01, c31, MMAShape.M16N8K16);
            c32 = context.mma(l03, b02, c32, MMAShape.M16N8K16);
            c33 = context.mma(l03, b03, c33, MMAShape.M16N8K16);
            HalfFloat[] b10 = context.mmaLoadA(weights, Fragment.SIDE, right + NEXT + 0 * BYTES);
            HalfFloat[] b11 = context.mmaLoadA(weights, Fragment.SIDE, right + NEXT + 8 * BYTES);
            HalfFloat[] b12 = context.mmaLoadA(weights, Fragment.SIDE, right + NEXT + 16 * BYTES);
            HalfFloat[] b13 = context.mmaLoadA(weights, Fragment.SIDE, right + NEXT + 24 * BYTES);
            HalfFloat[] a10 = context.mmaLoadA(vectors, Fragment.SIDE, left + NEXT + 0 * BYTES);
            c00 = context.mma(a10, b10, c00, MMAShape.M16N8K16);
            c01 = context.mma(a10, b11, c01, MMAShape.M16N8K16);
            c02 = context.mma(a10, b12, c02, MMAShape.M16N8K16);
            c03 = context.mma(a10, b13, c03, MMAShape.M16N8K16);
            HalfFloat[] a11 = context.mmaLoadA(vectors, Fragment.SIDE, left + NEXT + 16 * BYTES);
            c10 = context.mma(a11, b10, c10, MMAShape.M16N8K16);
            c11 = context.mma(a11, b11, c11, MMAShape.M16N8K16);
            c12 = context.mma(a11, b12, c12, MMAShape.M16N8K16);
            c13 = context.mma(a11, b13, c13, MMAShape.M16N8K16);
            HalfFloat[] a12 = context.mmaLoadA(vectors, Fragment.SIDE, left + NEXT + 32 * BYTES);
            c20 = context.mma(a12, b10, c20, MMAShape.M16N8K16);
            c21 = context.mma(a12, b11, c21, MMAShape.M16N8K16);
            c22 = context.mma(a12, b12, c22, MMAShape.M16N8K16);
            c23 = context.mma(a12, b13, c23, MMAShape.M16N8K16);
            HalfFloat[] a13 = context.mmaLoadA(vectors, Fragment.SIDE, left + NEXT + 48 * BYTES);
            c30 = context.mma(a13, b10, c30, MMAShape.M16N8K16);
            c31 = context.mma(a13, b11, c31, MMAShape.M16N8K16);
            c32 = context.mma(a13, b12, c32, MMAShape.M16N8K16);
            c33 = context.mma(a13, b13, c33, MMAShape.M16N8K16);
            HalfFloat[] l10 = context.mmaLoadA(rests, Fragment.SIDE, left + NEXT + 0 * BYTES);
            c00 = context.mma(l10, b10, c00, MMAShape.M16N8K16);
            c01 = context.mma(l10, b11, c01, MMAShape.M16N8K16);
            c02 = context.mma(l10, b12, c02, MMAShape.M16N8K16);
            c03 = context.mma(l10, b13, c03, MMAShape.M16N8K16);
            HalfFloat[] l11 = context.mmaLoadA(rests, Fragment.SIDE, left + NEXT + 16 * BYTES);
            c10 = context.mma(l11, b10, c10, MMAShape.M16N8K16);
            c11 = context.mma(l11, b11, c11, MMAShape.M16N8K16);
            c12 = context.mma(l11, b12, c12, MMAShape.M16N8K16);
            c13 = context.mma(l11, b13, c13, MMAShape.M16N8K16);
            HalfFloat[] l12 = context.mmaLoadA(rests, Fragment.SIDE, left + NEXT + 32 * BYTES);
            c20 = context.mma(l12, b10, c20, MMAShape.M16N8K16);
            c21 = context.mma(l12, b11, c21, MMAShape.M16N8K16);
            c22 = context.mma(l12, b12, c22, MMAShape.M16N8K16);
            c23 = context.mma(l12, b13, c23, MMAShape.M16N8K16);
            HalfFloat[] l13 = context.mmaLoadA(rests, Fragment.SIDE, left + NEXT + 48 * BYTES);
            c30 = context.mma(l13, b10, c30, MMAShape.M16N8K16);
            c31 = context.mma(l13, b11, c31, MMAShape.M16N8K16);
            c32 = context.mma(l13, b12, c32, MMAShape.M16N8K16);
            c33 = context.mma(l13, b13, c33, MMAShape.M16N8K16);
            context.localBarrier();
        }
        int down = group * TOKENS + warp % 2 * (TOKENS / 2);
        int across = warp / 2 * (ROWS / 2);
        if (begin < end) {
            context.mmaStore(c00, tiles, down + 0, across + 0, ROWS);
            context.mmaStore(c01, tiles, down + 0, across + 8, ROWS);
            context.mmaStore(c02, tiles, down + 0, across + 16, ROWS);
            context.mmaStore(c03, tiles, down + 0, across + 24, ROWS);
            context.mmaStore(c10, tiles, down + 16, across + 0, ROWS);
            context.mmaStore(c11, tiles, down + 16, across + 8, ROWS);
            context.mmaStore(c12, tiles, down + 16, across + 16, ROWS);
            context.mmaStore(c13, tiles, down + 16, across + 24, ROWS);
            context.mmaStore(c20, tiles, down + 32, across + 0, ROWS);
            context.mmaStore(c21, tiles, down + 32, across + 8, ROWS);
            context.mmaStore(c22, tiles, down + 32, across + 16, ROWS);
            context.mmaStore(c23, tiles, down + 32, across + 24, ROWS);
            context.mmaStore(c30, tiles, down + 48, across + 0, ROWS);
            context.mmaStore(c31, tiles, down + 48, across + 8, ROWS);
            context.mmaStore(c32, tiles, down + 48, across + 16, ROWS);
            context.mmaStore(c33, tiles, down + 48, across + 24, ROWS);
        }
        context.localBarrier();
        // a thread has two outputs of a vector at a time
        int wanted = splits == 1 ? max(0, min(TOKENS, rows - token)) * (each / 2) : 0;
        for (int i = t; i < wanted; i += THREADS) {
            int r = 2 * (i % (each / 2));
            int v = i / (each / 2);
            int from = group * TILE + v * ROWS + r;
            int out = (token + v) * stride + to + first + r;
            float a = tiles.get(from);
            float b = tiles.get(from + 1);
            if (mode == Product.SWIGLU) {
                a = Fragment.swiGlu(a, tiles.get(from + ROWS / 2));
                b = Fragment.swiGlu(b, tiles.get(from + ROWS / 2 + 1));
                if (first + r + 1 < outputs) {
                    int pairs = outputs / 2;
                    Halves.set(halves, (token + v) * pairs + (first + r) / 2, a, b, capacity * pairs, 1);
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

    /**
     * Sums the tiles of work-groups that shared out columns: a thread an output of a vector.
     *
     * @param mode {@link Product#STORE} or {@link Product#ADD}
     */
    public static void gather(
            KernelContext context,
            IntArray step,
            FloatArray tiles,
            FloatArray y,
            int outputs,
            int stride,
            int to,
            int mode,
            int capacity,
            int splits) {
        int i = context.globalIdx;
        int token = i / outputs;
        int r = i - token * outputs;
        if (token < Step.rows(step)) {
            int tile = r / ROWS * (capacity / TOKENS) + token / TOKENS;
            int from = tile * splits * TILE + token % TOKENS * ROWS + r % ROWS;
            float v = tiles.get(from);
            for (int s = 1; s < splits; s++) {
                v += tiles.get(from + s * TILE);
            }
            int out = token * stride + to + r;
            y.set(out, mode == Product.ADD ? y.get(out) + v : v);
        }
    }

    /** Whether all lines of all tiles are there. */
    private static boolean whole(int outputs, int each) {
        return outputs % each == 0;
    }

    /** How far the matrix's row in line {@code i} is below that in the first. */
    private static int line(int i, int outputs, int mode) {
        int up = mode == Product.SWIGLU ? (i < ROWS / 2 ? 0 : outputs - ROWS / 2) : 0;
        return i + up;
    }

    /** The matrix's row in line {@code i} of a tile; lines beyond its last row have that. */
    private static int row(int first, int i, int outputs, int last, int mode) {
        int row = min(first + i, last);
        if (mode == Product.SWIGLU) {
            row = i < ROWS / 2 ? row : outputs + min(first + i - ROWS / 2, last);
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
