package dev.paca.model.engine;

import dev.paca.kv.CacheUsage;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a generation came to.
 *
 * @param reason why it ended
 * @param text the text, without stop string
 * @param tokens the tokens that were made, one that ended the text included
 * @param promptTokens tokens of the prompt
 * @param reusedTokens those of them that the cache held already, so that they needed no prefill
 * @param stop the stop string that ended it, if one did
 * @param seed the seed in use: with it, the same tokens come again
 * @param waited from the request to the first step
 * @param prefill from the first step to the first token
 * @param decode from the first token to the last
 * @param usage what the sequence's cache holds and has read
 */
public record GenerationResult(
        FinishReason reason,
        String text,
        int[] tokens,
        int promptTokens,
        int reusedTokens,
        @Nullable String stop,
        long seed,
        Duration waited,
        Duration prefill,
        Duration decode,
        CacheUsage usage) {

    /** Tokens of the prompt that were run, a second. */
    public double prefillRate() {
        return rate(promptTokens - reusedTokens, prefill);
    }

    /** Tokens a second after the first one, which is the prefill's. */
    public double decodeRate() {
        return rate(tokens.length - 1, decode);
    }

    private static double rate(int tokens, Duration time) {
        return tokens <= 0 || time.isZero() ? 0 : tokens * 1e9 / time.toNanos();
    }

    GenerationResult cancelled(String delivered) {
        return new GenerationResult(
                FinishReason.CANCELLED,
                delivered,
                tokens,
                promptTokens,
                reusedTokens,
                null,
                seed,
                waited,
                prefill,
                decode,
                usage);
    }
}
