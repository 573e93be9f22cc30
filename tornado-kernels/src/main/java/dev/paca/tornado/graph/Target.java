package dev.paca.tornado.graph;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

/**
 * The device that graphs are built for.
 *
 * @param place TornadoVM's numbers of its backend and of the device there, {@code 1:0}
 * @param shuffles whether the backend can shuffle within a warp
 * @param tensors whether it has tensor cores that kernels reach
 */
public record Target(String place, boolean shuffles, boolean tensors) {
    /**
     * A new graph. Its device is named beforehand, because TornadoVM looks at each kernel when a task is added, and of a
     * device that is named later it would look with another backend's eyes.
     */
    TaskGraph graph(String name) {
        TornadoRuntimeProvider.setProperty(name + ".device", place);
        return new TaskGraph(name);
    }
}
