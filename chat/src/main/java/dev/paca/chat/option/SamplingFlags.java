package dev.paca.chat.option;

import dev.paca.model.sampling.SamplingOptions;
import picocli.CommandLine.Option;

/** How tokens are chosen. */
public final class SamplingFlags {
    @Option(
            names = {"--temp", "--temperature"},
            paramLabel = "N",
            defaultValue = "${env:LLAMA_ARG_TEMPERATURE:-0.8}",
            description = "temperature, 0 takes the likeliest token always (default: 0.80)")
    private float temperature;

    @Option(
            names = "--top-k",
            paramLabel = "N",
            defaultValue = "${env:LLAMA_ARG_TOP_K:-40}",
            description = "keep the N likeliest tokens, 0 keeps all (default: 40)")
    private int topK;

    @Option(
            names = "--top-p",
            paramLabel = "N",
            defaultValue = "${env:LLAMA_ARG_TOP_P:-0.95}",
            description = "keep the likeliest tokens up to this sum, 1 keeps all (default: 0.95)")
    private float topP;

    @Option(
            names = "--min-p",
            paramLabel = "N",
            defaultValue = "${env:LLAMA_ARG_MIN_P:-0.05}",
            description = "keep tokens this likely against the likeliest, 0 keeps all (default: 0.05)")
    private float minP;

    @Option(
            names = "--repeat-penalty",
            paramLabel = "N",
            defaultValue = "${env:LLAMA_ARG_REPEAT_PENALTY:-1}",
            description = "divides the logits of tokens seen lately, 1 changes nothing (default: 1.00)")
    private float repeatPenalty;

    @Option(
            names = "--repeat-last-n",
            paramLabel = "N",
            defaultValue = "64",
            description = "tokens that the penalties look back at, -1 for all (default: 64)")
    private int repeatLastN;

    @Option(
            names = "--presence-penalty",
            paramLabel = "N",
            defaultValue = "${env:LLAMA_ARG_PRESENCE_PENALTY:-0}",
            description = "taken from the logits of tokens seen lately (default: 0.00)")
    private float presencePenalty;

    @Option(
            names = "--frequency-penalty",
            paramLabel = "N",
            defaultValue = "${env:LLAMA_ARG_FREQUENCY_PENALTY:-0}",
            description = "the same, for each time they were seen (default: 0.00)")
    private float frequencyPenalty;

    @Option(
            names = {"-s", "--seed"},
            paramLabel = "N",
            defaultValue = "-1",
            description = "where the random draws begin, -1 for a new place each time (default: -1)")
    private long seed;

    /** @throws dev.paca.kv.PacaException if a value is out of its range */
    public SamplingOptions options() {
        return new SamplingOptions(
                temperature, topK, topP, minP, repeatPenalty, repeatLastN, presencePenalty, frequencyPenalty, seed);
    }
}
