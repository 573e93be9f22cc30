package dev.paca.tornado.graph;

import dev.paca.model.llama.LlamaConfig;
import dev.paca.tornado.kernels.Product;
import dev.paca.tornado.kernels.Step;
import dev.paca.tornado.memory.HostArrays;
import dev.paca.tornado.weights.DeviceMatrix;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The products of some layers by themselves, with the tasks of a step: what the heads gathered is given. */
public final class ProductGraphs {
    private final LlamaConfig config;
    private final List<Layer> layers;
    private final int rows;
    private final GridScheduler grids;
    private final Target target;
    private final FloatArray gain;

    /** A layer's matrices: to queries, keys and values, from the heads, gate above up, and down. */
    public record Layer(DeviceMatrix qkv, DeviceMatrix output, DeviceMatrix gateUp, DeviceMatrix down) {
        Stream<DeviceMatrix> all() {
            return Stream.of(qkv, output, gateUp, down);
        }
    }

    /**
     * A graph that multiplies.
     *
     * @param qkv queries, keys and values of the last layer, a row each
     * @param stream the residual stream before the first layer, a row each; on the device afterwards what it is then
     */
    public record Multiplying(ImmutableTaskGraph graph, FloatArray qkv, FloatArray stream) {}

    /**
     * @param layers one for each of the shape's
     * @param rows rows of activations
     */
    public ProductGraphs(LlamaConfig config, List<Layer> layers, int rows, GridScheduler grids, Target target) {
        this.config = config;
        this.layers = layers;
        this.rows = rows;
        this.grids = grids;
        this.target = target;
        gain = HostArrays.floats(config.dim());
        gain.init(1f);
    }

    /** Layers that a graph has room for: beside products there are norms, and what rounds and gathers for tensor cores. */
    public static int most(int rows) {
        return StepGraph.TASKS / (rows == 1 ? 4 : 12);
    }

    /**
     * A graph that computes all layers.
     *
     * @param first whether it runs before the others, and uploads the weights
     * @param stream the residual stream before the first layer
     * @param attended what the heads gathered, in every layer
     */
    public Multiplying multiply(String name, boolean first, float[] stream, float[] attended) {
        IntArray step = HostArrays.ints(Step.size(rows));
        step.set(Step.ROWS, rows);
        FloatArray x = HostArrays.floats(stream);
        FloatArray heads = HostArrays.floats(attended);
        FloatArray normed = HostArrays.floats(rows * config.dim());
        FloatArray qkv = HostArrays.floats(rows * (config.queryDim() + 2 * config.kvDim()));
        FloatArray hidden = HostArrays.floats(rows * config.ffnDim());
        IntArray none = HostArrays.ints(1);
        @Nullable Tensors tensors = tensors();
        Linears linears = new Linears(step, rows, x, normed, none, config.normEpsilon(), tensors);

        Tasks tasks = new Tasks(name, grids, target);
        Object[] weights = weights();
        if (first) {
            tasks.graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, weights);
            tasks.graph.persistOnDevice(weights);
        } else {
            tasks.graph.consumeFromDevice(weights);
        }
        tasks.graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, heads, none);
        tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, step, x);
        for (Layer w : layers) {
            layer(tasks, linears, w, step, heads, qkv, hidden);
        }
        tasks.graph.transferToHost(DataTransferMode.EVERY_EXECUTION, qkv);
        tasks.keep(x, normed, hidden);
        if (tensors != null) {
            tasks.keep(tensors.arrays());
        }
        return new Multiplying(tasks.graph.snapshot(), qkv, x);
    }

    private void layer(
            Tasks tasks, Linears linears, Layer w, IntArray step, FloatArray heads, FloatArray qkv, FloatArray hidden) {
        int qkvDim = config.queryDim() + 2 * config.kvDim();
        linears.norm(tasks, gain, List.of(w.qkv()));
        linears.fromStream(tasks, "qkv", w.qkv(), gain, qkv, qkvDim, 0, Product.STORE);
        @Nullable Tensors tensors = linears.tensors();
        if (tensors != null && Tensors.takes(w.output())) {
            // In a step attention has rounded them.
            tensors.round(tasks, step, heads, tensors.halves(), config.queryDim());
        }
        linears.from(tasks, "output", w.output(), heads, linears.stream(), config.dim(), 0, Product.ADD);
        linears.norm(tasks, gain, List.of(w.gateUp()));
        linears.fromStream(tasks, "gateup", w.gateUp(), gain, hidden, config.ffnDim(), 0, Product.SWIGLU);
        linears.fromHidden(tasks, "down", w.down(), w.gateUp(), hidden, config.dim());
    }

    private @Nullable Tensors tensors() {
        return target.tensors() && rows > 1
                ? Tensors.of(layers.getFirst().all().filter(Tensors::takes).toList(), rows, config.ffnDim())
                : null;
    }

    private Object[] weights() {
        Set<Object> all = Collections.newSetFromMap(new IdentityHashMap<>());
        all.add(gain);
        layers.stream().flatMap(Layer::all).forEach(m -> Collections.addAll(all, m.f(), m.h(), m.b(), m.q()));
        return all.toArray();
    }
}
