package dev.paca.model.part;

import java.util.List;

/**
 * A part of some layers of a forward pass, one layer after the other, with numbers of its own in the place of what a model
 * would give it. What comes out has been compared with the definition when it was made.
 */
public interface Part extends AutoCloseable {
    /**
     * What one kind of kernel takes.
     *
     * @param name of the kernel
     * @param seconds of all its runs, by the device's own clock
     * @param bytes of weights, of the cache or of its indexes that they read at least; 0 where memory is not their roof
     */
    record Kernel(String name, double seconds, long bytes) {}

    /** Layers that a run computes. */
    int layers();

    /** Runs all layers once, with what goes in and comes out: it has ended when this returns. */
    void run();

    /** Runs all layers once as the profiler sees them, kernel by kernel. */
    List<Kernel> profile();

    /** Bytes of weights, or of the cache and its indexes, that a run reads at least. */
    long bytes();

    /** How far what came out was from the definition: the difference's length, as a share of the definition's. */
    double error();

    @Override
    void close();
}
