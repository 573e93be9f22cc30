package dev.paca.model.engine;

import dev.paca.kv.PacaException;
import dev.paca.model.sampling.SamplingOptions;
import dev.paca.model.sampling.TokenConstraint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a generation goes and ends.
 *
 * @param sampling how tokens are chosen
 * @param maxTokens tokens to make at most, one that ends the text included; 0 only prefills; -1 to the end of the context
 * @param stop strings that end the text and are no part of it
 * @param special whether the text shows special tokens too, as a parser of tool calls needs it; never the one that ends it
 * @param constraint what may come next, or null for anything; one object for one generation
 */
public record GenerationOptions(
        SamplingOptions sampling,
        int maxTokens,
        List<String> stop,
        boolean special,
        @Nullable TokenConstraint constraint) {
    /** Default sampling, to the end of the context, no stop strings. */
    public static final GenerationOptions DEFAULT =
            new GenerationOptions(SamplingOptions.DEFAULT, -1, List.of(), false, null);

    public GenerationOptions {
        stop = List.copyOf(stop);
        if (stop.contains("")) {
            throw new PacaException("A stop string is empty, which would stop every text at once; leave it out.");
        }
    }

    public GenerationOptions withSampling(SamplingOptions value) {
        return new GenerationOptions(value, maxTokens, stop, special, constraint);
    }

    public GenerationOptions withMaxTokens(int value) {
        return new GenerationOptions(sampling, value, stop, special, constraint);
    }

    public GenerationOptions withStop(List<String> value) {
        return new GenerationOptions(sampling, maxTokens, value, special, constraint);
    }

    public GenerationOptions withSpecial(boolean value) {
        return new GenerationOptions(sampling, maxTokens, stop, value, constraint);
    }

    public GenerationOptions withConstraint(@Nullable TokenConstraint value) {
        return new GenerationOptions(sampling, maxTokens, stop, special, value);
    }
}
