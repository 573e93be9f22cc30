package dev.paca.model.engine;

import dev.paca.kv.KvMemoryException;
import dev.paca.kv.PacaException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/** Wants the logits after a prompt. */
final class LogitsWork extends Work {
    private final CompletableFuture<float[]> result = new CompletableFuture<>();
    private final int vocabulary;

    LogitsWork(Sequence sequence, int vocabulary, Runnable ended) {
        super(sequence, ended);
        this.vocabulary = vocabulary;
    }

    CompletableFuture<float[]> result() {
        return result;
    }

    @Override
    boolean cancelled() {
        return false;
    }

    @Override
    void started(int reused) {}

    @Override
    void stepped() {}

    @Override
    boolean take(float[] logits, int offset) {
        leave();
        result.complete(Arrays.copyOfRange(logits, offset, offset + vocabulary));
        return true;
    }

    @Override
    boolean needsOnlyLikeliest() {
        return false;
    }

    @Override
    boolean take(int likeliest) {
        throw new IllegalStateException("who wants logits was given a token");
    }

    @Override
    void cancel() {
        fail(new PacaException("The session was closed before its logits were there."));
    }

    @Override
    void starve(KvMemoryException error) {
        fail(error);
    }

    @Override
    void fail(PacaException error) {
        leave();
        result.completeExceptionally(error);
    }
}
