package dev.paca.model.engine;

import dev.paca.kv.PacaException;

/**
 * How the engine shares its steps out.
 *
 * @param chunk tokens of prompts in a step (llama.cpp's {@code -ub})
 * @param mixedChunk the same while others are decoding: fewer, so that these go on without a long wait
 * @param maxRunning sequences in a step; more wait their turn
 */
public record EngineOptions(int chunk, int mixedChunk, int maxRunning) {
    /** Chunks of 512, of 128 while others decode, 32 sequences. */
    public static final EngineOptions DEFAULT = new EngineOptions(512, 128, 32);

    public EngineOptions {
        if (chunk < 1 || mixedChunk < 1 || maxRunning < 1) {
            throw new PacaException("An engine's step needs at least one token and one sequence, found a chunk of "
                    + chunk + ", a mixed chunk of " + mixedChunk + " and " + maxRunning + " running.");
        }
    }

    public EngineOptions withChunk(int value) {
        return new EngineOptions(value, Math.min(mixedChunk, value), maxRunning);
    }

    public EngineOptions withMaxRunning(int value) {
        return new EngineOptions(chunk, mixedChunk, value);
    }
}
