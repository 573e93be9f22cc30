package dev.paca.tornado.graph;

import dev.paca.tornado.kernels.Page;
import dev.paca.tornado.memory.HostArrays;
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
 * @param decoded what each byte of packed pages stands for
 */
public record Resident(DeviceModel model, PageArrays pages, FloatArray stream, FloatArray decoded) {
    /** @param rows rows of the largest step */
    public static Resident of(DeviceModel model, PageArrays pages, int rows) {
        FloatArray decoded = HostArrays.floats(256);
        for (int i = 0; i < 256; i++) {
            decoded.set(i, Page.number(pages.storage(), i));
        }
        return new Resident(
                model, pages, HostArrays.floats(rows * model.config().dim()), decoded);
    }

    /**
     * Has a graph upload the weights of layers {@code from} to {@code to}, and with the first ones what all share. Pages and
     * stream are written before they are read.
     */
    void upload(TaskGraph graph, int from, int to) {
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, uploads(from, to));
    }

    /** Has a graph find what the graph before it has left, which holds layers up to {@code to}. */
    void find(TaskGraph graph, int to) {
        if (to > 0) {
            graph.consumeFromDevice(held(to));
        }
    }

    /**
     * Has the graph that uploads these layers leave them there. No other may say so: TornadoVM frees what a graph leaves
     * when it frees the graph, and stumbles over what is gone already.
     */
    void leave(TaskGraph graph, int from, int to) {
        List<Object> some = new ArrayList<>(List.of(uploads(from, to)));
        some.addAll(List.of(pages.arrays(from, to)));
        if (from == 0) {
            some.add(stream);
        }
        graph.persistOnDevice(some.toArray());
    }

    private Object[] uploads(int from, int to) {
        List<Object> some = new ArrayList<>(List.of(model.arrays(from, to)));
        if (from == 0) {
            some.add(decoded);
        }
        return some.toArray();
    }

    private Object[] held(int to) {
        List<Object> some = new ArrayList<>(List.of(uploads(0, to)));
        some.addAll(List.of(pages.arrays(0, to)));
        some.add(stream);
        return some.toArray();
    }

    int layers() {
        return model.layers().size();
    }
}
