package dev.paca.model.engine;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.PoolUsage;
import dev.paca.model.decoder.Decoder;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One set of weights, one pool of pages, many {@linkplain Session sessions}. A thread of its own drives the decoder: in each
 * step every session that has work takes part. All methods are safe for all threads, and the engine may be closed at any
 * time: who waits for something then gets a {@link PacaException}.
 */
public final class Engine implements AutoCloseable {
    private final Decoder decoder;
    private final Vocabulary vocabulary;
    private final Supplier<String> identity;
    private final Scheduler scheduler;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Queue<Runnable> orders = new ArrayDeque<>();
    private boolean closed;

    /** An engine whose saved sessions any model of the same shape takes. */
    public Engine(Decoder decoder, Vocabulary vocabulary, EngineOptions options) {
        this(decoder, vocabulary, options, () -> "");
    }

    /**
     * @param decoder now the engine's own: it is closed with it
     * @param identity tells the model from all others, so that it is given no other one's saved sessions; asked when first
     *     needed, on the engine's thread
     */
    public Engine(Decoder decoder, Vocabulary vocabulary, EngineOptions options, Supplier<String> identity) {
        this.decoder = decoder;
        this.vocabulary = vocabulary;
        this.identity = identity;
        scheduler = new Scheduler(decoder, options);
        thread = Thread.ofPlatform().name("paca-engine").daemon().start(this::run);
    }

    /**
     * A session with nothing in its cache yet.
     *
     * @param policy how its cache is stored, read and kept
     * @throws PacaException if the policy cannot work with this model
     */
    public Session session(KvPolicy policy) {
        return call(() -> {
            decoder.pool().open(policy).close();
            return session(new Sequence(decoder.pool(), policy));
        });
    }

    /**
     * A session as {@link Session#save} wrote it: its tokens need not run again. Nothing is changed if that fails.
     *
     * @param policy the one that the session was kept under
     * @throws PacaException if the stream holds no session of this model and policy, or not all of one, or if the device
     *     cannot restore caches
     * @throws dev.paca.kv.KvMemoryException if the limit does not allow it
     * @throws IOException if the stream fails
     */
    public Session restore(KvPolicy policy, InputStream from) throws IOException {
        return callWithStream(() -> {
            SessionFile.Head head = SessionFile.head(identity.get(), policy, vocabularySize(), from);
            scheduler.makeRoom(policy, head.prompt(), head.tokens().length);
            return session(SessionFile.restore(head, policy, decoder.pool(), from));
        });
    }

    void save(Sequence sequence, OutputStream to) throws IOException {
        callWithStream(() -> {
            SessionFile.save(sequence, identity.get(), decoder.pool(), to);
            return true;
        });
    }

    /** An order that reads or writes. */
    private interface StreamOrder<T> {
        T get() throws IOException;
    }

    private <T> T callWithStream(StreamOrder<T> order) throws IOException {
        try {
            return call(() -> {
                try {
                    return order.get();
                } catch (IOException e) {
                    throw new PacaException("The session's stream failed: " + e.getMessage(), e);
                }
            });
        } catch (PacaException e) {
            if (e.getCause() instanceof IOException failure && !(failure instanceof EOFException)) {
                throw failure;
            }
            throw e;
        }
    }

    Session session(Sequence sequence) {
        scheduler.add(sequence);
        return new Session(this, sequence);
    }

    /** Tokens that a session may have at most. */
    public int contextLength() {
        return decoder.contextLength();
    }

    /** Tokens that the model knows. */
    public int vocabularySize() {
        return decoder.vocabularySize();
    }

    /** What the sessions hold. */
    public PoolUsage usage() {
        return call(() -> decoder.pool().usage());
    }

    /** How often, up to now, a session that ran had to give its pages back to one that came before it, and wait. */
    public long preempted() {
        return call(scheduler::preempted);
    }

    /** Ends what runs and what waits with an error, and frees everything. A second call does nothing but wait for that. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (Thread.currentThread() != thread && thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    Vocabulary vocabulary() {
        return vocabulary;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    /** Has something done on the engine's thread, between two steps, and waits for it. */
    <T> T call(Supplier<T> order) {
        CompletableFuture<T> result = new CompletableFuture<>();
        post(() -> {
            if (closedNow()) {
                result.completeExceptionally(closed());
                return;
            }
            try {
                result.complete(order.get());
            } catch (RuntimeException | Error e) {
                result.completeExceptionally(e);
            }
        });
        return join(result);
    }

    /** {@link #call}, or nothing if the engine is closed, since everything is free then. */
    void callUnlessClosed(Runnable order) {
        try {
            call(() -> {
                order.run();
                return true;
            });
        } catch (PacaException e) {
            if (!closedNow()) {
                throw e;
            }
        }
    }

    /**
     * Has work done; its end is told, whatever happens.
     *
     * @param prepare runs first, on the engine's thread; where it says no, the work is cancelled
     */
    void submit(Work work, BooleanSupplier prepare) {
        post(() -> {
            if (closedNow()) {
                work.fail(closed());
                return;
            }
            try {
                if (prepare.getAsBoolean()) {
                    scheduler.submit(work);
                } else {
                    work.cancel();
                }
            } catch (RuntimeException | Error e) {
                work.fail(e instanceof PacaException known ? known : new PacaException("The engine failed: " + e, e));
            }
        });
    }

    static <T> T join(CompletableFuture<T> result) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return result.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof PacaException known) {
                        throw known;
                    }
                    throw new PacaException("The engine failed: " + e.getCause(), e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static PacaException closed() {
        return new PacaException("The model is closed; load it again to go on.");
    }

    private boolean closedNow() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    private void post(Runnable order) {
        lock.lock();
        try {
            if (closed) {
                throw closed();
            }
            orders.add(order);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            for (Runnable order = next(); order != null; order = next()) {
                order.run();
            }
        } finally {
            end();
        }
    }

    /** The next order, or a step if there is none; waits while there is nothing to do. Null when closed. */
    private @Nullable Runnable next() {
        lock.lock();
        try {
            while (!closed && orders.isEmpty() && scheduler.idle()) {
                changed.awaitUninterruptibly();
            }
            if (closed) {
                return null;
            }
            Runnable order = orders.poll();
            return order != null ? order : scheduler::step;
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        scheduler.failAll(closed());
        orders.forEach(Runnable::run);
        decoder.close();
    }
}
