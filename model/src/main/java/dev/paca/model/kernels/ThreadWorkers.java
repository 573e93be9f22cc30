package dev.paca.model.kernels;

import dev.paca.kv.PacaException;
import dev.paca.kv.Workers;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A pool of threads that live as long as it does. The caller of {@link #run} takes tasks like the others. Who has nothing
 * to do spins for a moment, since the next products of a forward pass come within microseconds, and then sleeps. A run
 * allocates nothing. Only one thread may use it at a time.
 */
public final class ThreadWorkers implements Workers, AutoCloseable {
    /** A forward pass leaves its threads idle for less than this between two products; waking a sleeper costs about as much. */
    private static final long SPIN_NANOS = 100_000;

    private static final int SPINS_BETWEEN_CLOCKS = 64;

    /**
     * How many tasks nobody has taken yet (low half) of which run (high half). Both in one word, so that a thread that
     * comes late cannot take a task of a later run by an earlier run's count.
     */
    private final AtomicLong untaken = new AtomicLong();

    private final AtomicInteger unfinished = new AtomicInteger();
    private final AtomicInteger sleepers = new AtomicInteger();
    private final AtomicBoolean busy = new AtomicBoolean();
    private final Thread[] helpers;
    private volatile boolean closed;
    private volatile @Nullable Thread waiting;
    private volatile @Nullable Throwable failure;
    private Task task = (index, thread) -> {};
    private int tasks;

    /** @param threads how many take tasks, the caller of {@link #run} included */
    public ThreadWorkers(int threads) {
        if (threads < 1) {
            throw new PacaException("The number of threads is " + threads + ", but must be at least 1.");
        }
        helpers = new Thread[threads - 1];
        for (int i = 0; i < helpers.length; i++) {
            int thread = i + 1;
            helpers[i] =
                    Thread.ofPlatform().daemon().name("paca-worker-" + thread).unstarted(() -> help(thread));
        }
        for (Thread helper : helpers) {
            helper.start();
        }
    }

    @Override
    public int threads() {
        return helpers.length + 1;
    }

    /**
     * {@inheritDoc} If tasks throw, the others are still run, and the first one's exception is thrown here, with the
     * others' as suppressed ones.
     */
    @Override
    public void run(int tasks, Task task) {
        if (tasks <= 0) {
            return;
        }
        if (closed) {
            throw new PacaException(
                    "The threads of this model were stopped: it is closed and can compute nothing more.");
        }
        if (!busy.compareAndSet(false, true)) {
            throw new PacaException(
                    "These threads are running something already: use them from one thread at a time, and not within a task.");
        }
        try {
            share(tasks, task);
            Throwable thrown = failure;
            if (thrown != null) {
                failure = null;
                rethrow(thrown);
            }
        } finally {
            busy.set(false);
        }
    }

    private void share(int tasks, Task task) {
        this.task = task;
        this.tasks = tasks;
        unfinished.set(tasks);
        untaken.set(((untaken.get() >>> 32) + 1) << 32 | tasks);
        if (sleepers.get() > 0) {
            for (Thread helper : helpers) {
                LockSupport.unpark(helper);
            }
        }
        takeAll(0);
        if (!spinUntil(false)) {
            waiting = Thread.currentThread();
            while (unfinished.get() > 0) {
                LockSupport.park(this);
            }
            waiting = null;
        }
    }

    private void help(int thread) {
        while (!closed) {
            takeAll(thread);
            if (!spinUntil(true)) {
                sleepers.incrementAndGet();
                while ((int) untaken.get() == 0 && !closed) {
                    LockSupport.park(this);
                }
                sleepers.decrementAndGet();
            }
        }
    }

    private void takeAll(int thread) {
        for (long seen = untaken.get(); (int) seen > 0; seen = untaken.get()) {
            if (untaken.compareAndSet(seen, seen - 1)) {
                try {
                    task.run(tasks - (int) seen, thread);
                } catch (Throwable thrown) {
                    fail(thrown);
                }
                if (unfinished.decrementAndGet() == 0) {
                    LockSupport.unpark(waiting);
                }
            }
        }
    }

    /** Spins until there are tasks to take, or until none is unfinished; false if that does not happen soon. */
    private boolean spinUntil(boolean work) {
        long end = 0;
        while (true) {
            for (int i = 0; i < SPINS_BETWEEN_CLOCKS; i++) {
                if (work ? (int) untaken.get() > 0 || closed : unfinished.get() == 0) {
                    return true;
                }
                Thread.onSpinWait();
            }
            long now = System.nanoTime();
            if (end == 0) {
                end = now + SPIN_NANOS;
            } else if (now - end > 0) {
                return false;
            }
        }
    }

    private synchronized void fail(Throwable thrown) {
        Throwable first = failure;
        if (first == null) {
            failure = thrown;
        } else if (first != thrown) {
            first.addSuppressed(thrown);
        }
    }

    private static void rethrow(Throwable thrown) {
        if (thrown instanceof RuntimeException e) {
            throw e;
        }
        // Tasks declare no checked exceptions.
        throw (Error) thrown;
    }

    /** Stops the threads, once a run in progress is over. */
    @Override
    public void close() {
        closed = true;
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
        boolean interrupted = false;
        for (Thread helper : helpers) {
            while (helper.isAlive()) {
                try {
                    helper.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
