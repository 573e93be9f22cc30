package dev.paca.kv.page;

import dev.paca.kv.KvMemoryException;
import java.util.Locale;

/** The bytes that a pool has taken from the system, and how many it may take. Never exceeds its limit. */
public final class PageMemory {
    private final long limit;
    private long held;

    public PageMemory(long limit) {
        this.limit = limit;
    }

    public long limit() {
        return limit;
    }

    /** Bytes taken. */
    public long held() {
        return held;
    }

    /** Bytes that may still be taken. */
    public long available() {
        return limit - held;
    }

    void take(long bytes) {
        if (bytes > available()) {
            throw refusal(bytes);
        }
        held += bytes;
    }

    void giveBack(long bytes) {
        held -= bytes;
    }

    /** What to throw when {@code bytes} more were asked for and cannot be had. */
    public KvMemoryException refusal(long bytes) {
        return new KvMemoryException(
                "The KV cache needs " + mib(bytes) + " more, and of its limit of " + mib(limit) + " only "
                        + mib(available())
                        + " are left. Raise --kv-memory, shorten the context, or end other sessions.",
                bytes,
                available());
    }

    private static String mib(long bytes) {
        return String.format(Locale.ROOT, "%.2f MiB", bytes / 1048576.0);
    }
}
