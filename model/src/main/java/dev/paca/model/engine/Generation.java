package dev.paca.model.engine;

import dev.paca.kv.PacaException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A generation on its way: wait for it, or stop it. Safe for all threads. */
public final class Generation {
    private final CompletableFuture<GenerationResult> result = new CompletableFuture<>();
    private volatile boolean cancelled;

    Generation() {}

    /**
     * Stops it within one token; in a long prompt, within one chunk. No text is delivered any more. The result then says
     * {@link FinishReason#CANCELLED}. Does nothing if it has ended, or was told before.
     */
    public void cancel() {
        cancelled = true;
    }

    /** Whether there is a result or an error. */
    public boolean isDone() {
        return result.isDone();
    }

    /**
     * Waits for the result; the listener's last call has returned then. Interrupting the waiting thread cancels the
     * generation; the thread stays interrupted, and the result tells what there is. Not for the listener's own thread.
     *
     * @throws PacaException if it failed
     */
    public GenerationResult await() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return result.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    cancel();
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof PacaException failure) {
                        throw failure;
                    }
                    throw new PacaException("The generation failed: " + e.getCause(), e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    boolean cancelled() {
        return cancelled;
    }

    void end(GenerationResult value) {
        result.complete(value);
    }

    void fail(PacaException error) {
        result.completeExceptionally(error);
    }
}
