package dev.paca.bench.speed;

import dev.paca.kv.KvPolicy;

/**
 * How a model is run in a measurement.
 *
 * @param device {@code cpu}, or another device's name
 * @param threads threads that compute on the CPU
 * @param batch tokens of a prompt that are handed over at once
 * @param microBatch tokens that run in one pass at most
 * @param kv the policy's name
 * @param policy how the cache is kept and read
 */
record Setting(String device, int threads, int batch, int microBatch, String kv, KvPolicy policy) {
    /** Tokens of a prompt in one pass. */
    int chunk() {
        return Math.min(batch, microBatch);
    }
}
