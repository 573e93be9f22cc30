package dev.paca.tornado.graph;

import dev.paca.tornado.kernels.DotProduct;
import dev.paca.tornado.kernels.Product;
import dev.paca.tornado.kernels.Products;
import dev.paca.tornado.weights.DeviceMatrix;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** A task graph in the making: each task with its grid, under a name that is used once. */
final class Tasks {
    final TaskGraph graph;
    final KernelContext context = new KernelContext();
    private final String name;
    private final GridScheduler grids;
    final int shuffle;
    private int count;

    Tasks(String name, GridScheduler grids, Target target) {
        this(name, grids, target.shuffles(), target.graph(name));
    }

    Tasks(String name, GridScheduler grids, boolean shuffles) {
        this(name, grids, shuffles, new TaskGraph(name));
    }

    private Tasks(String name, GridScheduler grids, boolean shuffles, TaskGraph graph) {
        this.name = name;
        this.grids = grids;
        this.shuffle = shuffles ? 1 : 0;
        this.graph = graph;
    }

    /** A name for the next task, which runs so many groups of so many threads. */
    String task(String what, int groups, int threads) {
        String task = what + count++;
        WorkerGrid1D grid = new WorkerGrid1D(groups * threads);
        grid.setLocalWork(threads, 1, 1);
        grids.addWorkerGrid(name + "." + task, grid);
        return task;
    }

    /**
     * Arrays that only the tasks use. TornadoVM frees at the end what a graph takes in or gives out, so these are given out
     * too, to whoever asks for them.
     */
    void keep(Object... arrays) {
        graph.transferToHost(DataTransferMode.UNDER_DEMAND, arrays);
    }

    /** A product with the one row of {@code x}. */
    void product(String what, DeviceMatrix w, FloatArray x, FloatArray y, int to, int mode) {
        product(what, w, x, w.f(), y, to, mode, 0, 0);
    }

    /** A product with the one row of {@code x}, normalised and scaled with {@code gain}. */
    void normedProduct(
            String what, DeviceMatrix w, FloatArray x, FloatArray gain, float eps, FloatArray y, int to, int mode) {
        product(what, w, x, gain, y, to, mode, 1, eps);
    }

    private void product(
            String what,
            DeviceMatrix w,
            FloatArray x,
            FloatArray gain,
            FloatArray y,
            int to,
            int mode,
            int norm,
            float eps) {
        int outputs = mode == Product.SWIGLU ? w.rows() / 2 : w.rows();
        if (shuffle == 1 && DotProduct.takes(w.type(), w.cols())) {
            int turns = DotProduct.turns(w.type(), w.rows(), w.cols());
            String task = task(what, DotProduct.groups(w.type(), outputs, w.cols(), mode, turns), DotProduct.THREADS);
            DotProduct.task(
                    graph, task, context, x, gain, y, w.q(), w.f(), w.type(), outputs, w.cols(), to, mode, norm, eps,
                    turns);
            return;
        }
        int groups = Product.groups(outputs, mode);
        int threads = Product.threads(groups, w.cols(), shuffle);
        graph.task(
                task(what, groups, threads),
                Product::product,
                context,
                x,
                gain,
                y,
                w.f(),
                w.h(),
                w.b(),
                w.q(),
                w.type(),
                outputs,
                w.cols(),
                to,
                mode,
                shuffle,
                norm,
                eps,
                threads);
    }

    /** A product with the step's rows of {@code x}, of which there are at most {@code capacity}. */
    void products(
            String what,
            IntArray step,
            DeviceMatrix w,
            FloatArray x,
            FloatArray y,
            int stride,
            int to,
            int mode,
            int capacity) {
        int outputs = mode == Product.SWIGLU ? w.rows() / 2 : w.rows();
        // few rows: each weight is read once from memory, and again from the cache by the other vectors
        int near = capacity <= 4 * Products.TOKENS ? 1 : 0;
        graph.task(
                task(what, Products.groups(outputs, mode, capacity), Products.THREADS),
                Products::products,
                context,
                step,
                x,
                y,
                w.f(),
                w.h(),
                w.b(),
                w.q(),
                w.type(),
                outputs,
                w.cols(),
                stride,
                to,
                mode,
                capacity,
                near,
                shuffle);
    }
}
