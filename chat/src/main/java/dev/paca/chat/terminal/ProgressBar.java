package dev.paca.chat.terminal;

import java.io.PrintStream;
import java.util.function.LongSupplier;

/**
 * How far something long has come, on one line that is taken back at the end. What is over soon shows nothing.
 */
public final class ProgressBar implements AutoCloseable {
    private static final long PATIENCE_NANOS = 300_000_000;
    private static final long INTERVAL_NANOS = 80_000_000;
    private static final int WIDTH = 24;
    private static final String ERASE = "\r\033[K";

    private final String label;
    private final PrintStream out;
    private final LongSupplier clock;
    private final long start;
    private long lastShown;
    private boolean shown;

    ProgressBar(String label, PrintStream out, LongSupplier clock) {
        this.label = label;
        this.out = out;
        this.clock = clock;
        this.start = clock.getAsLong();
    }

    /** {@code done} of {@code total}, of whatever it is. */
    public void at(long done, long total) {
        long now = clock.getAsLong();
        if (now - start < PATIENCE_NANOS || (shown && now - lastShown < INTERVAL_NANOS) || total <= 0) {
            return;
        }
        lastShown = now;
        shown = true;
        int filled = Math.clamp(done * WIDTH / total, 0, WIDTH);
        out.print(ERASE + label + " [" + "#".repeat(filled) + " ".repeat(WIDTH - filled) + "] " + done + "/" + total);
        out.flush();
    }

    /** Takes the line back. */
    @Override
    public void close() {
        if (shown) {
            out.print(ERASE);
            out.flush();
            shown = false;
        }
    }
}
