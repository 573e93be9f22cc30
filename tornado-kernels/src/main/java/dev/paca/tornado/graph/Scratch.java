package dev.paca.tornado.graph;

import dev.paca.model.llama.LlamaConfig;
import dev.paca.tornado.kernels.Attention;
import dev.paca.tornado.kernels.Codes;
import dev.paca.tornado.kernels.Shortlist;
import dev.paca.tornado.memory.HostArrays;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * What a layer works with; a row a token.
 *
 * @param normed the normalised stream
 * @param qkv queries, keys and values
 * @param attended what the heads gathered
 * @param hidden the feed-forward network's inner row
 * @param partials what the splits of attention gathered
 * @param scores of pages, a row's KV heads each
 * @param each of pages, a row's query heads each
 * @param tiles of blocks of pages, a row's query heads each: see {@link Codes#score}
 * @param masses of listed pages, a row's query heads each: see {@link Shortlist#look}
 * @param chosen pages, a row's KV heads each
 */
record Scratch(
        FloatArray normed,
        FloatArray qkv,
        FloatArray attended,
        FloatArray hidden,
        FloatArray partials,
        FloatArray scores,
        FloatArray each,
        FloatArray tiles,
        FloatArray masses,
        IntArray chosen) {
    /**
     * @param capacity pages of a sequence whose scores there is room for; 0 if none are chosen
     * @param splits splits of attention at most
     */
    static Scratch of(LlamaConfig config, int rows, int splits, Reading reading, int capacity) {
        boolean chooses = capacity > 0 && reading.choices() > 0;
        boolean codes = chooses && reading.codes();
        boolean singles = codes || chooses && reading.prunes();
        return new Scratch(
                HostArrays.floats(rows * config.dim()),
                HostArrays.floats(rows * (config.queryDim() + 2 * config.kvDim())),
                HostArrays.floats(rows * config.queryDim()),
                HostArrays.floats(rows * config.ffnDim()),
                HostArrays.floats(Attention.partials(config.heads(), config.headDim(), splits, rows)),
                HostArrays.floats(chooses ? rows * config.kvHeads() * capacity : 1),
                HostArrays.floats(singles ? rows * config.heads() * capacity : 1),
                HostArrays.floats(codes ? rows * config.heads() * Codes.tiles(capacity) * 2 : 1),
                HostArrays.floats(codes ? rows * config.heads() * reading.choices() : 1),
                // its own even if it is not used: what graphs share must be used in the first one
                HostArrays.ints(chooses ? rows * config.kvHeads() * reading.choices() : 1));
    }

    /** All of them. */
    Object[] arrays() {
        return new Object[] {normed, qkv, attended, hidden, partials, scores, each, tiles, masses, chosen};
    }
}
