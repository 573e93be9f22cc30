package dev.paca.tornado.graph;

import dev.paca.tornado.kernels.Sweep;
import dev.paca.tornado.memory.HostArrays;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Reads much memory. */
public final class SweepGraph {
    private static final int GROUPS = 4096;

    private final int numbers;
    private final FloatArray sums = HostArrays.floats(GROUPS * Sweep.THREADS);
    private final ImmutableTaskGraph graph;

    /** @param bytes about so many */
    public SweepGraph(String name, long bytes, GridScheduler grids, Target target) {
        int turn = GROUPS * Sweep.EACH * Sweep.THREADS;
        numbers = (int) Math.max(turn, bytes / Float.BYTES / turn * turn);
        FloatArray memory = HostArrays.floats(numbers);
        memory.init(1f);
        Tasks tasks = new Tasks(name, grids, target);
        tasks.graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, memory);
        tasks.graph.task(
                tasks.task("sweep", GROUPS, Sweep.THREADS), Sweep::read, tasks.context, memory, sums, numbers, GROUPS);
        tasks.graph.transferToHost(DataTransferMode.EVERY_EXECUTION, sums);
        graph = tasks.graph.snapshot();
    }

    /** Bytes that it reads. */
    public long bytes() {
        return (long) numbers * Float.BYTES;
    }

    /** Whether all of it has been read: the numbers are ones. */
    public boolean readAll() {
        double sum = 0;
        for (int i = 0; i < sums.getSize(); i++) {
            sum += sums.get(i);
        }
        return sum == numbers;
    }

    /** The graph. */
    public ImmutableTaskGraph graph() {
        return graph;
    }
}
