package dev.paca.tornado.graph;

import dev.paca.model.llama.LlamaConfig;
import dev.paca.tornado.kernels.Norm;
import dev.paca.tornado.kernels.Product;
import dev.paca.tornado.kernels.Step;
import dev.paca.tornado.memory.HostArrays;
import dev.paca.tornado.weights.DeviceModel;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Logits of one row of the residual stream that a {@link StepGraph} has left on the device. */
public final class HeadGraph {
    private final IntArray step = HostArrays.ints(Step.size(1));
    private final Choice choice;
    private final ImmutableTaskGraph graph;

    public HeadGraph(String name, Resident resident, GridScheduler grids, Target target) {
        DeviceModel model = resident.model();
        LlamaConfig config = model.config();
        choice = new Choice(1, config.vocabulary());
        FloatArray normed = HostArrays.floats(config.dim());
        Tasks tasks = new Tasks(name, grids, target);
        resident.find(tasks.graph, resident.layers());
        tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, step);
        tasks.graph.task(
                tasks.task("norm", 1, Norm.THREADS),
                Norm::rms,
                tasks.context,
                step,
                resident.stream(),
                model.outputNorm(),
                normed,
                model.unused().q(),
                config.dim(),
                config.normEpsilon(),
                1,
                0,
                0);
        tasks.product("logits", model.output(), normed, choice.logits(), 0, Product.STORE);
        choice.choose(tasks, step);
        tasks.keep(normed);
        graph = tasks.graph.snapshot();
    }

    /** Chooses the row, of {@code rows}. */
    public void choose(int row, int rows) {
        step.set(Step.ROWS, rows);
        step.set(Step.LOGIT_ROW, row);
    }

    /** The row's logits, which are fetched when they are wanted. */
    public FloatArray logits() {
        return choice.logits();
    }

    /** The row's likeliest token, -1 if no logit is a number. */
    public int likeliest() {
        return choice.likeliest(0);
    }

    /** The graph. */
    public ImmutableTaskGraph graph() {
        return graph;
    }
}
