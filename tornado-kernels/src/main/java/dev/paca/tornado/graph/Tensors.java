package dev.paca.tornado.graph;

import dev.paca.tornado.kernels.BatchProducts;
import dev.paca.tornado.kernels.Halves;
import dev.paca.tornado.kernels.Product;
import dev.paca.tornado.kernels.TensorProducts;
import dev.paca.tornado.kernels.TileProducts;
import dev.paca.tornado.kernels.Weight;
import dev.paca.tornado.memory.HostArrays;
import dev.paca.tornado.weights.DeviceMatrix;
import java.util.List;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Products on tensor cores, for graphs of several rows and matrices of halves. Activations go in as two halves each: with
 * one, logits would differ from the CPU's by 1e-3 and more.
 *
 * @param rows rows at most
 * @param padded rows that halves are for: whole tiles
 * @param halves of the rows that are multiplied next
 * @param hidden the same of the feed-forward network's inner rows, which are written while the others are read
 * @param tiles what work-groups compute in
 */
record Tensors(int rows, int padded, IntArray halves, IntArray hidden, FloatArray tiles) {
    /** Rows up to which memory, and not arithmetic, is what a product waits for. */
    private static final int FEW = 32;
    /** Threads of a work-group that gathers tiles. */
    private static final int GATHER = 256;

    /**
     * Room for products with those matrices, which it {@link #takes}; null if there are none.
     *
     * @param rows vectors at most
     * @param inner columns of the matrices that read the inner rows
     */
    static @Nullable Tensors of(List<DeviceMatrix> matrices, int rows, int inner) {
        if (matrices.isEmpty()) {
            return null;
        }
        int cols = matrices.stream().mapToInt(DeviceMatrix::cols).max().orElse(0);
        int tiles = matrices.stream().mapToInt(w -> tiles(w, rows)).max().orElse(0);
        int padded = padded(rows);
        return new Tensors(
                rows,
                padded,
                HostArrays.ints(padded * cols),
                HostArrays.ints(padded * inner),
                HostArrays.floats(tiles));
    }

    /** Bytes that a graph of so many rows takes for it, about. */
    static long bytes(int rows, int dim, int inner, int vocabulary) {
        int padded = padded(rows);
        return 16L * padded * inner + 4L * padded * dim + 4L * BatchProducts.TOKENS * vocabulary;
    }

    private static int padded(int rows) {
        int tile = rows <= FEW ? BatchProducts.TOKENS : TileProducts.TOKENS;
        return Math.ceilDiv(rows, tile) * tile;
    }

    /** Whether a matrix can be multiplied like that. */
    static boolean takes(DeviceMatrix w) {
        return w.type() == Weight.F16 && w.cols() % TileProducts.COLS == 0;
    }

    private static int tiles(DeviceMatrix w, int rows) {
        if (rows <= FEW) {
            return BatchProducts.tiles(BatchProducts.groups(w.rows(), rows, BatchProducts.splits(w.rows(), w.cols())));
        }
        // what has the most tiles shares out no columns, or few
        int splits = TileProducts.splits(w.rows(), w.cols(), rows, Product.STORE);
        return TileProducts.groups(w.rows(), rows, splits) * TileProducts.TILE;
    }

    /** Tasks that products of so many matrices need beside their own. */
    int more(int matrices) {
        return rows <= FEW ? 0 : matrices;
    }

    /** Rounds the rows of x, for the products that follow. */
    void round(Tasks tasks, IntArray step, FloatArray x, IntArray to, int cols) {
        tasks.graph.task(
                tasks.task("round", Halves.groups(rows * cols), Halves.THREADS),
                Halves::round,
                tasks.context,
                step,
                x,
                to,
                cols,
                padded);
    }

    /** A product with rows that have been rounded. */
    void products(
            Tasks tasks,
            String what,
            IntArray step,
            DeviceMatrix w,
            IntArray x,
            FloatArray y,
            int stride,
            int to,
            int mode) {
        int outputs = mode == Product.SWIGLU ? w.rows() / 2 : w.rows();
        boolean few = rows <= FEW;
        int splits =
                few ? BatchProducts.splits(w.rows(), w.cols()) : TileProducts.splits(w.rows(), w.cols(), rows, mode);
        int groups = few ? BatchProducts.groups(w.rows(), rows, splits) : TileProducts.groups(w.rows(), rows, splits);
        TensorProducts.task(
                tasks.graph,
                tasks.task(what, groups, few ? BatchProducts.THREADS : TileProducts.THREADS),
                few,
                tasks.context,
                step,
                x,
                y,
                tiles,
                hidden,
                w.h(),
                outputs,
                w.cols(),
                stride,
                to,
                mode,
                padded,
                splits);
        if (!few && splits > 1) {
            tasks.graph.task(
                    tasks.task("gather", StepGraph.groups(rows * outputs, GATHER), GATHER),
                    TileProducts::gather,
                    tasks.context,
                    step,
                    tiles,
                    y,
                    outputs,
                    stride,
                    to,
                    mode,
                    padded,
                    splits);
        }
    }

    /** What only the tasks use. */
    Object[] arrays() {
        return new Object[] {halves, hidden, tiles};
    }
}
