package dev.paca.chat.option;

import dev.paca.model.engine.GenerationOptions;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** How long an answer may be. */
public final class GenerationFlags {
    @Option(
            names = {"-n", "--predict", "--n-predict", "--max-tokens"},
            paramLabel = "N",
            defaultValue = "${env:LLAMA_ARG_N_PREDICT:--1}",
            description = "tokens of an answer at most, -1 to the end of the context (default: -1)")
    private int tokens;

    @Option(
            names = {"-r", "--reverse-prompt", "--stop"},
            paramLabel = "TEXT",
            description = "end the answer where it says this; may be given several times")
    private List<String> stop = new ArrayList<>();

    @Option(
            names = "--show-timings",
            negatable = true,
            defaultValue = "${env:LLAMA_ARG_SHOW_TIMINGS:-true}",
            fallbackValue = "true",
            description = "a line with tokens and times after an answer (default: on)")
    private boolean timings;

    /** Whether a line with tokens and times follows an answer. */
    public boolean timings() {
        return timings;
    }

    /** @throws dev.paca.kv.PacaException if a value is out of its range */
    public GenerationOptions options(SamplingFlags sampling) {
        if (tokens < -1) {
            throw new UsageException("--predict is " + tokens + ": give a number of tokens, or -1 for as many as fit.");
        }
        if (stop.contains("")) {
            throw new UsageException("--stop is empty: give the text at which to end, or leave it out.");
        }
        return GenerationOptions.DEFAULT
                .withSampling(sampling.options())
                .withMaxTokens(tokens)
                .withStop(stop);
    }
}
