package dev.paca.chat.terminal;

import java.util.function.LongSupplier;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;

/**
 * What an interrupt (Ctrl-C) does: the first one stops what is going on, the next one the program. Two that come together
 * are one: at a terminal it reaches the launcher too, which passes it on.
 */
public final class Interrupts {
    private static final long ECHO_NANOS = 100_000_000;

    private final LongSupplier clock;
    private final Runnable exit;
    private @Nullable Runnable stop;
    private boolean stopping;
    private boolean any;
    private long last;

    /**
     * @param clock nanoseconds
     * @param exit ends the program
     */
    public Interrupts(LongSupplier clock, Runnable exit) {
        this.clock = clock;
        this.exit = exit;
    }

    /** Makes the process's interrupts ours. */
    public Interrupts install() {
        Signals.register("INT", this::interrupt);
        return this;
    }

    /** From now on an interrupt does this, until {@link #idle}. */
    public synchronized void during(Runnable stop) {
        this.stop = stop;
        stopping = false;
    }

    /** Nothing is going on any more; tells whether it was stopped. */
    public synchronized boolean idle() {
        boolean was = stopping;
        stop = null;
        stopping = false;
        return was;
    }

    /** One came. */
    public void interrupt() {
        if (!isNew()) {
            return;
        }
        Runnable action;
        synchronized (this) {
            action = stop == null || stopping ? exit : stop;
            stopping = true;
        }
        action.run();
    }

    /** Notes that one came, and tells whether it is no echo of the last. */
    public synchronized boolean isNew() {
        long now = clock.getAsLong();
        boolean echo = any && now - last < ECHO_NANOS;
        any = true;
        last = now;
        return !echo;
    }
}
