package dev.paca.tornado.graph;

import dev.paca.model.llama.LlamaConfig;
import dev.paca.tornado.kernels.Attention;
import dev.paca.tornado.memory.HostArrays;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * What a layer works with; a row a token.
 *
 * @param normed the normalised stream
 * @param qkv queries, keys and values
 * @param attended what the heads gathered
 * @param hidden the feed-forward network's inner row
 * @param partials what the splits of attention gathered
 */
record Scratch(FloatArray normed, FloatArray qkv, FloatArray attended, FloatArray hidden, FloatArray partials) {
    static Scratch of(LlamaConfig config, int rows, int splits) {
        return new Scratch(
                HostArrays.floats(rows * config.dim()),
                HostArrays.floats(rows * (config.queryDim() + 2 * config.kvDim())),
                HostArrays.floats(rows * config.queryDim()),
                HostArrays.floats(rows * config.ffnDim()),
                HostArrays.floats(Attention.partials(config.heads(), config.headDim(), splits, rows)));
    }
}
