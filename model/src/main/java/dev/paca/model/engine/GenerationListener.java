package dev.paca.model.engine;

import dev.paca.kv.PacaException;

/**
 * What happens in a generation, as it happens. All calls come on one thread, neither the caller's nor the one that drives
 * the model, so they may block: the engine goes on meanwhile. Exactly one of {@link #onEnd} and {@link #onError} is the last
 * call. What {@link #onPrefill}, {@link #onText} or {@link #onEnd} throws ends the generation as an error.
 */
public interface GenerationListener {
    /**
     * Part of the prompt has run.
     *
     * @param done prompt tokens that the cache holds now, the reused ones included
     * @param total prompt tokens
     */
    default void onPrefill(int done, int total) {}

    /** More text; never empty, never half a code point, never taken back. Comes at most once a token. */
    default void onText(String text) {}

    /** The end, also of a cancelled generation. The texts before add up to {@link GenerationResult#text}. */
    default void onEnd(GenerationResult result) {}

    /** It failed. */
    default void onError(PacaException error) {}
}
