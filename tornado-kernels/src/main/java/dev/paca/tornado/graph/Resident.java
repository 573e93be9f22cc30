package dev.paca.tornado.graph;

import dev.paca.tornado.kernels.Fp8;
import dev.paca.tornado.weights.DeviceModel;
import java.util.ArrayList;
import java.util.List;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * What stays on the device from graph to graph: weights, pages, and the residual stream. TornadoVM hands a graph's buffers
 * on from the graph that was executed last, so every graph of the plan holds all of these, whether it uses them or not.
 *
 * @param model the weights
 * @param pages the pages
 * @param stream the residual stream of the largest step
 * @param decoded what each FP8 number stands for
 */
public record Resident(DeviceModel model, PageArrays pages, FloatArray stream, FloatArray decoded) {
    /** @param rows rows of the largest step */
    public static Resident of(DeviceModel model, PageArrays pages, int rows) {
        FloatArray decoded = new FloatArray(256);
        for (int i = 0; i < 256; i++) {
            decoded.set(i, Fp8.decode(i));
        }
        return new Resident(model, pages, new FloatArray(rows * model.config().dim()), decoded);
    }

    /** Has a graph upload the weights: the first of a plan. Pages and stream are written before they are read. */
    void upload(TaskGraph graph) {
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, model.arrays());
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, decoded);
    }

    /** Has a graph find everything where the graph before it left it. */
    void find(TaskGraph graph) {
        graph.consumeFromDevice(all());
    }

    /** Has a graph leave everything there. */
    void leave(TaskGraph graph) {
        graph.persistOnDevice(all());
    }

    private Object[] all() {
        List<Object> all = new ArrayList<>(List.of(model.arrays()));
        all.addAll(List.of(pages.arrays()));
        all.add(stream);
        all.add(decoded);
        return all.toArray();
    }
}
