package dev.paca.model;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.model.engine.EngineOptions;
import org.jspecify.annotations.Nullable;

/**
 * How a model is loaded.
 *
 * @param contextLength tokens that a session may have ({@code -c}); 0 for as many as the model was trained to read and the
 *     KV memory holds
 * @param threads threads that compute ({@code -t}); 0 for one a processor
 * @param kvBytes bytes that all sessions' caches may hold together ({@code --kv-memory}); 0 for half of what the machine
 *     has beside the weights
 * @param policy how sessions' caches are stored, read and kept where they say nothing else
 * @param device where the model runs ({@code --device}): {@code cpu}, {@code auto}, or a device that {@link Devices}
 *     lists
 * @param chatTemplate takes the place of the model's own, or null
 * @param engine how steps are shared out
 */
public record ModelOptions(
        int contextLength,
        int threads,
        long kvBytes,
        KvPolicy policy,
        String device,
        @Nullable String chatTemplate,
        EngineOptions engine) {
    /** On the CPU, dense, sizes as the machine allows. */
    public static final ModelOptions DEFAULT =
            new ModelOptions(0, 0, 0, KvPolicy.DENSE, Devices.CPU, null, EngineOptions.DEFAULT);

    public ModelOptions {
        check(
                contextLength >= 0,
                "context length (-c)",
                contextLength,
                "a positive number of tokens, or 0 for the model's own");
        check(threads >= 0, "number of threads (-t)", threads, "a positive number, or 0 for one a processor");
        check(kvBytes >= 0, "KV memory (--kv-memory)", kvBytes, "a positive number of bytes, or 0 for the default");
    }

    private static void check(boolean good, String name, long found, String expected) {
        if (!good) {
            throw new PacaException("The " + name + " is " + found + "; give " + expected + ".");
        }
    }

    public ModelOptions withContextLength(int value) {
        return new ModelOptions(value, threads, kvBytes, policy, device, chatTemplate, engine);
    }

    public ModelOptions withThreads(int value) {
        return new ModelOptions(contextLength, value, kvBytes, policy, device, chatTemplate, engine);
    }

    public ModelOptions withKvBytes(long value) {
        return new ModelOptions(contextLength, threads, value, policy, device, chatTemplate, engine);
    }

    public ModelOptions withPolicy(KvPolicy value) {
        return new ModelOptions(contextLength, threads, kvBytes, value, device, chatTemplate, engine);
    }

    public ModelOptions withDevice(String value) {
        return new ModelOptions(contextLength, threads, kvBytes, policy, value, chatTemplate, engine);
    }

    public ModelOptions withChatTemplate(@Nullable String value) {
        return new ModelOptions(contextLength, threads, kvBytes, policy, device, value, engine);
    }

    public ModelOptions withEngine(EngineOptions value) {
        return new ModelOptions(contextLength, threads, kvBytes, policy, device, chatTemplate, value);
    }
}
