package dev.paca.bench.random;

import com.sun.management.OperatingSystemMXBean;
import dev.paca.kv.PacaException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What a machine has room for.
 *
 * @param memory bytes of memory, of the machine or of the container
 * @param disk bytes that may be written to a folder
 */
public record Room(long memory, long disk) {
    /** What the JVM's heap, code and stacks, and the rest of the machine, are left with. */
    private static final long OTHERS = 512L << 20;

    private static final double MIB = 1 << 20;

    /**
     * Of this machine.
     *
     * @param folder where something is to be written
     */
    public static Room here(Path folder) {
        long memory =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        try {
            return new Room(memory, Files.getFileStore(folder).getUsableSpace());
        } catch (IOException e) {
            throw new PacaException(
                    "The disk of " + folder + " cannot be asked for its room (" + e.getMessage() + ").", e);
        }
    }

    /**
     * @param what a model, as messages name it
     * @param weights bytes of its weights
     * @param cache bytes of KV cache that are to be used beside them
     * @throws PacaException if memory does not suffice, with numbers
     */
    public void checkMemory(String what, long weights, long cache) {
        if (weights + cache + OTHERS > memory) {
            throw new PacaException(String.format(
                    Locale.ROOT,
                    "%s takes %.0f MiB of weights and %.0f MiB of KV cache, and of this machine's %.0f MiB %.0f are left to"
                            + " others. Choose a smaller model, a type of fewer bits, or shorter contexts.",
                    what,
                    weights / MIB,
                    cache / MIB,
                    memory / MIB,
                    OTHERS / MIB));
        }
    }

    /** @throws PacaException if so many bytes do not fit on the disk, with numbers */
    public void checkDisk(String what, long bytes, Path folder) {
        if (bytes > disk) {
            throw new PacaException(String.format(
                    Locale.ROOT,
                    "%s takes %.0f MiB on the disk, and in %s %.0f MiB are free. Make room, or set XDG_CACHE_HOME to a folder"
                            + " that has it.",
                    what,
                    bytes / MIB,
                    folder,
                    disk / MIB));
        }
    }
}
