package dev.paca.model.engine;

import dev.paca.kv.PacaException;

/** A sequence would be longer than the context; nothing was run. */
public final class ContextException extends PacaException {
    private final int wanted;
    private final int contextLength;

    ContextException(int prompt, int maxTokens, int contextLength) {
        super(
                "The prompt has " + prompt + " tokens"
                        + (maxTokens > 0 ? " and " + maxTokens + " more were asked for" : "")
                        + ", but the context holds " + contextLength
                        + ". Shorten the prompt, ask for fewer tokens (-n), or give a larger context (-c) if the model allows it.");
        this.wanted = prompt + Math.max(1, maxTokens);
        this.contextLength = contextLength;
    }

    /** Tokens that the sequence would come to. */
    public int wanted() {
        return wanted;
    }

    /** Tokens that it may have. */
    public int contextLength() {
        return contextLength;
    }
}
