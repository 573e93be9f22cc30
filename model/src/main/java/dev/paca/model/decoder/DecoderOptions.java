package dev.paca.model.decoder;

import dev.paca.kv.KvPolicy;

/**
 * What a decoder may use.
 *
 * @param device where it runs: {@code ptx:0}, say
 * @param contextLength tokens that a sequence may have; 0 for as many as the model was trained to read
 * @param policy how sequences' keys and values are stored and read where they say nothing else
 * @param kvBytes bytes that all sequences' caches may hold together; 0 to let the device decide
 * @param chunk tokens of prompts that a step brings at most
 * @param maxRunning sequences that a step brings at most
 */
public record DecoderOptions(
        String device, int contextLength, KvPolicy policy, long kvBytes, int chunk, int maxRunning) {
    /** The same on another device. */
    public DecoderOptions withDevice(String value) {
        return new DecoderOptions(value, contextLength, policy, kvBytes, chunk, maxRunning);
    }
}
