package dev.paca.model;

import com.sun.management.OperatingSystemMXBean;
import dev.paca.kv.KvPool;
import dev.paca.kv.PacaException;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * How much memory the caches may take, and how long a context that allows.
 *
 * @param kvBytes limit of all sessions' caches together
 * @param contextLength tokens that a session may have
 */
record Memory(long kvBytes, int contextLength) {
    /** What the JVM's heap, code and stacks, and the rest of the machine, are left with. */
    private static final long OTHERS = 512L << 20;

    private static final double MIB = 1 << 20;

    /** Bytes of the machine, or of the container. */
    static long physical() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }

    /**
     * Fits a model in.
     *
     * @param name the model, as messages name it
     * @param weights bytes of the weights
     * @param trained tokens that the model was trained to read
     * @param pool asked what a sequence would hold
     * @throws PacaException if what was asked for does not fit, with numbers
     */
    static Memory plan(String name, long weights, int trained, ModelOptions options, long physical, KvPool pool) {
        long free = physical - weights - OTHERS;
        if (options.kvBytes() > 0 && options.kvBytes() > physical - OTHERS) {
            throw new PacaException(String.format(
                    Locale.ROOT,
                    "A KV memory of %.0f MiB was asked for, but the machine has %.0f MiB in all. Give a smaller --kv-memory.",
                    options.kvBytes() / MIB,
                    physical / MIB));
        }
        long kvBytes = options.kvBytes() > 0 ? options.kvBytes() : Math.max(free / 2, 64L << 20);
        if (options.contextLength() > 0) {
            long wanted = pool.bytes(options.policy(), options.contextLength());
            if (wanted > kvBytes) {
                throw new PacaException(String.format(
                        Locale.ROOT,
                        "%s: a context of %d tokens needs %.1f MiB of KV cache, but its limit is %.1f MiB (weights %.1f MiB,"
                                + " machine %.0f MiB). Give a smaller context (-c), a larger --kv-memory, or store the cache"
                                + " in fewer bits.",
                        name,
                        options.contextLength(),
                        wanted / MIB,
                        kvBytes / MIB,
                        weights / MIB,
                        physical / MIB));
            }
            return new Memory(kvBytes, options.contextLength());
        }
        return new Memory(kvBytes, longest(trained, kvBytes, options, pool));
    }

    private static int longest(int trained, long kvBytes, ModelOptions options, KvPool pool) {
        int fits = 0;
        int most = trained;
        while (fits < most) {
            int middle = (int) ((fits + (long) most + 1) / 2);
            if (pool.bytes(options.policy(), middle) <= kvBytes) {
                fits = middle;
            } else {
                most = middle - 1;
            }
        }
        return fits;
    }
}
