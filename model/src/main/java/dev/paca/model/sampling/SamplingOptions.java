package dev.paca.model.sampling;

import dev.paca.kv.PacaException;

/**
 * How the next token is chosen. Names, meanings, defaults and order are llama.cpp's: penalties, top-k, top-p, min-p,
 * temperature.
 *
 * @param temperature divides the logits before the draw; 0 or less takes the likeliest token always
 * @param topK how many of the likeliest tokens stay; 0 or less keeps all
 * @param topP the fewest likeliest tokens stay whose probabilities reach this sum; 1 keeps all
 * @param minP tokens stay that are at least this share as likely as the likeliest; 0 keeps all
 * @param repeatPenalty divides positive logits and multiplies negative ones of tokens seen lately; 1 changes nothing
 * @param repeatLastN how many of the last tokens, the prompt's included, the penalties look at; 0 none, -1 all
 * @param presencePenalty subtracted from the logit of each token seen lately
 * @param frequencyPenalty subtracted from the logit of a token for each time it was seen lately
 * @param seed where the draws begin; -1 takes a new one each time
 */
public record SamplingOptions(
        float temperature,
        int topK,
        float topP,
        float minP,
        float repeatPenalty,
        int repeatLastN,
        float presencePenalty,
        float frequencyPenalty,
        long seed) {
    /** llama.cpp's defaults. */
    public static final SamplingOptions DEFAULT = new SamplingOptions(0.8f, 40, 0.95f, 0.05f, 1, 64, 0, 0, -1);

    /** The likeliest token always. */
    public static final SamplingOptions GREEDY = DEFAULT.withTemperature(0);

    public SamplingOptions {
        check(Float.isFinite(temperature), "temperature", temperature, "a finite number, 0 for the likeliest token");
        check(topP >= 0 && topP <= 1, "top-p", topP, "0 to 1, 1 to keep all");
        check(minP >= 0 && minP <= 1, "min-p", minP, "0 to 1, 0 to keep all");
        check(
                repeatPenalty > 0 && Float.isFinite(repeatPenalty),
                "repeat-penalty",
                repeatPenalty,
                "above 0, 1 for none");
        check(repeatLastN >= -1, "repeat-last-n", repeatLastN, "0 or more, -1 for the whole context");
        check(Float.isFinite(presencePenalty), "presence-penalty", presencePenalty, "a finite number, 0 for none");
        check(Float.isFinite(frequencyPenalty), "frequency-penalty", frequencyPenalty, "a finite number, 0 for none");
    }

    private static void check(boolean good, String name, Number found, String expected) {
        if (!good) {
            throw new PacaException(name + " is " + found + "; give " + expected + ".");
        }
    }

    /** Whether the likeliest token is taken always. */
    public boolean greedy() {
        return temperature <= 0;
    }

    /** Whether tokens seen lately count at all. */
    public boolean penalises() {
        return repeatLastN != 0 && (repeatPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0);
    }

    public SamplingOptions withTemperature(float value) {
        return new SamplingOptions(
                value, topK, topP, minP, repeatPenalty, repeatLastN, presencePenalty, frequencyPenalty, seed);
    }

    public SamplingOptions withTopK(int value) {
        return new SamplingOptions(
                temperature, value, topP, minP, repeatPenalty, repeatLastN, presencePenalty, frequencyPenalty, seed);
    }

    public SamplingOptions withTopP(float value) {
        return new SamplingOptions(
                temperature, topK, value, minP, repeatPenalty, repeatLastN, presencePenalty, frequencyPenalty, seed);
    }

    public SamplingOptions withMinP(float value) {
        return new SamplingOptions(
                temperature, topK, topP, value, repeatPenalty, repeatLastN, presencePenalty, frequencyPenalty, seed);
    }

    public SamplingOptions withRepeatPenalty(float value) {
        return new SamplingOptions(
                temperature, topK, topP, minP, value, repeatLastN, presencePenalty, frequencyPenalty, seed);
    }

    public SamplingOptions withRepeatLastN(int value) {
        return new SamplingOptions(
                temperature, topK, topP, minP, repeatPenalty, value, presencePenalty, frequencyPenalty, seed);
    }

    public SamplingOptions withPresencePenalty(float value) {
        return new SamplingOptions(
                temperature, topK, topP, minP, repeatPenalty, repeatLastN, value, frequencyPenalty, seed);
    }

    public SamplingOptions withFrequencyPenalty(float value) {
        return new SamplingOptions(
                temperature, topK, topP, minP, repeatPenalty, repeatLastN, presencePenalty, value, seed);
    }

    public SamplingOptions withSeed(long value) {
        return new SamplingOptions(
                temperature, topK, topP, minP, repeatPenalty, repeatLastN, presencePenalty, frequencyPenalty, value);
    }
}
