package dev.paca.model.engine;

import dev.paca.kv.KvMemoryException;
import dev.paca.kv.PacaException;

/** What a session wants done with its sequence. The scheduler runs its tokens until one of the ends is called, once. */
abstract sealed class Work permits TextWork, LogitsWork {
    private final Sequence sequence;
    private final Runnable ended;
    private boolean started;

    /** @param ended called when the sequence is free for other work, before the end is told */
    Work(Sequence sequence, Runnable ended) {
        this.sequence = sequence;
        this.ended = ended;
    }

    final Sequence sequence() {
        return sequence;
    }

    /** Its sequence has a cache, for the first time or again after it was preempted. */
    final void admitted() {
        if (!started) {
            started = true;
            started(sequence.cached());
        }
    }

    final void leave() {
        sequence.settle();
        ended.run();
    }

    /** Whether nobody wants it any more. */
    abstract boolean cancelled();

    /** @param reused tokens that need not run */
    abstract void started(int reused);

    /** Some of the prompt has run. */
    abstract void stepped();

    /**
     * Uses the logits after the last token.
     *
     * @return whether that was the end
     */
    abstract boolean take(float[] logits, int offset);

    /** Whether {@link #take(int)} will do. */
    abstract boolean needsOnlyLikeliest();

    /**
     * Uses the likeliest token after the last; -1 if there is none.
     *
     * @return whether that was the end
     */
    abstract boolean take(int likeliest);

    /** Ends since it was cancelled. */
    abstract void cancel();

    /** Ends since there is no memory for the next token, however long it waits. */
    abstract void starve(KvMemoryException error);

    /** Ends since something went wrong. */
    abstract void fail(PacaException error);
}
