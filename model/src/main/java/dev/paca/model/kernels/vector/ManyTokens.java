package dev.paca.model.kernels.vector;

import static dev.paca.model.kernels.vector.Lanes.FLOATS;
import static dev.paca.model.kernels.vector.Tile.DEPTH;
import static dev.paca.model.kernels.vector.Tile.GROUP;

import dev.paca.kv.Workers;
import dev.paca.model.kernels.Matrix;
import java.util.Arrays;

/**
 * Products with many tokens: the arithmetic is what takes time. Activations are laid out once so that tokens lie across
 * the lanes; then a task unpacks tiles of its rows and multiplies each with all tokens. In floats throughout.
 */
final class ManyTokens implements Workers.Task {
    /** Rows of a task: a tile of them, the sums for 512 tokens and a block of activations fit the second cache. */
    private static final int ROWS = 64;

    /** Tokens of a block: as many sums as a machine's registers hold, see {@link Tile}. */
    private static final int WIDTH = FLOATS == 16 ? 2 * FLOATS : FLOATS;

    private final Split split = new Split();
    private Matrix[] ws = {};
    private float[][] outs = {};
    private float[] x = {};
    private int tokens;
    private int cols;
    private int depths;
    private boolean packing;

    /** Blocks of tokens; in each, column after column. Lanes beyond the last token are 0. */
    private float[] packed = {};

    private float[][] tiles = {};
    private float[][] sums = {};

    void products(Matrix[] ws, float[] x, int tokens, float[][] outs, Workers workers) {
        this.ws = ws;
        this.outs = outs;
        this.x = x;
        this.tokens = tokens;
        cols = ws[0].cols();
        depths = (cols + DEPTH - 1) / DEPTH;
        int lanes = blocks() * WIDTH;
        if (packed.length < lanes * cols) {
            packed = new float[lanes * cols];
        }
        if (sums.length < workers.threads() || sums[0].length < ROWS * lanes) {
            tiles = new float[workers.threads()][ROWS * DEPTH];
            sums = new float[workers.threads()][ROWS * lanes];
        }
        packing = true;
        workers.run(blocks() * depths, this);
        packing = false;
        split.even(ws, ROWS);
        workers.run(split.tasks(), this);
    }

    private int blocks() {
        return (tokens + WIDTH - 1) / WIDTH;
    }

    /** The last block may be half a one. */
    private int width(int block) {
        return tokens - block * WIDTH <= FLOATS ? FLOATS : WIDTH;
    }

    @Override
    public void run(int task, int thread) {
        if (packing) {
            int block = task / depths;
            int from = task % depths * DEPTH;
            pack(block, width(block), from, Math.min(DEPTH, cols - from));
        } else {
            int i = split.matrix(task);
            multiply(ws[i], split.row(task), split.rows(task), outs[i], tiles[thread], sums[thread]);
        }
    }

    private void pack(int block, int width, int from, int n) {
        int to = block * WIDTH * cols + from * width;
        int live = Math.min(width, tokens - block * WIDTH);
        if (live < width) {
            Arrays.fill(packed, to, to + n * width, 0);
        }
        // A few columns at a time stay in the first cache.
        for (int c = 0; c < n; c += 16) {
            int end = Math.min(16, n - c);
            for (int t = 0; t < live; t++) {
                transpose(x, (block * WIDTH + t) * cols + from + c, end, packed, to + c * width + t, width);
            }
        }
    }

    private static void transpose(float[] x, int from, int n, float[] out, int to, int stride) {
        for (int i = 0; i < n; i++) {
            out[to + i * stride] = x[from + i];
        }
    }

    private void multiply(Matrix w, int first, int rows, float[] out, float[] tile, float[] sums) {
        int blocks = blocks();
        Arrays.fill(sums, 0, blocks * WIDTH * ROWS, 0);
        for (int from = 0; from < cols; from += DEPTH) {
            int n = Math.min(DEPTH, cols - from);
            for (int r = 0; r < rows; r++) {
                VectorKernels.unpackRow(w, first + r, from, n, tile, r * DEPTH);
            }
            for (int block = 0; block < blocks; block++) {
                int width = width(block);
                int at = block * WIDTH * cols + from * width;
                for (int r = 0; r < rows; r += GROUP) {
                    int s = block * WIDTH * ROWS + r * width;
                    if (width == FLOATS) {
                        Tile.singles(tile, r * DEPTH, packed, at, n, sums, s);
                    } else {
                        Tile.pairs(tile, r * DEPTH, packed, at, n, sums, s);
                    }
                }
            }
        }
        for (int t = 0; t < tokens; t++) {
            int block = t / WIDTH;
            collect(sums, block * WIDTH * ROWS + t % WIDTH, width(block), rows, out, t * w.rows() + first);
        }
    }

    private static void collect(float[] sums, int from, int stride, int n, float[] out, int to) {
        for (int r = 0; r < n; r++) {
            out[to + r] = sums[from + r * stride];
        }
    }
}
