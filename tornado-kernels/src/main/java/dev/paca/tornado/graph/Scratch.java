package dev.paca.tornado.graph;

import dev.paca.kv.KvShape;
import dev.paca.tornado.kernels.Attention;
import dev.paca.tornado.kernels.CodeScores;
import dev.paca.tornado.kernels.Shortlist;
import dev.paca.tornado.kernels.TileScores;
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
 * @param tiles of blocks of pages: see {@link CodeScores#score}, {@link TileScores#score}
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
     * @param dim width of the residual stream
     * @param ffnDim width of the feed-forward network
     * @param capacity pages of a sequence whose scores there is room for; 0 if none are chosen
     * @param splits splits of attention at most
     * @param tensors whether pages are scored on tensor cores
     */
    static Scratch of(
            KvShape shape, int dim, int ffnDim, int rows, int splits, Reading reading, int capacity, boolean tensors) {
        boolean chooses = capacity > 0 && reading.choices() > 0;
        boolean codes = chooses && reading.codes();
        int tiles = 1;
        if (codes) {
            tiles = rows * shape.heads() * CodeScores.tiles(capacity) * 2;
        } else if (chooses && tensors) {
            tiles = TileScores.tiles(rows * shape.kvHeads(), capacity, shape.heads() / shape.kvHeads());
        }
        boolean singles = codes || chooses && reading.prunes();
        return new Scratch(
                HostArrays.floats(rows * dim),
                HostArrays.floats(rows * (shape.queryDim() + 2 * shape.kvDim())),
                HostArrays.floats(rows * shape.queryDim()),
                HostArrays.floats(rows * ffnDim),
                HostArrays.floats(Attention.partials(shape.heads(), shape.headDim(), splits, rows)),
                HostArrays.floats(chooses ? rows * shape.kvHeads() * capacity : 1),
                HostArrays.floats(singles ? rows * shape.heads() * capacity : 1),
                HostArrays.floats(tiles),
                HostArrays.floats(
                        codes || chooses && reading.progresses() ? rows * shape.heads() * reading.choices() : 1),
                // its own even if it is not used: what graphs share must be used in the first one
                HostArrays.ints(chooses ? rows * shape.kvHeads() * reading.choices() : 1));
    }

    /** All of them. */
    Object[] arrays() {
        return new Object[] {normed, qkv, attended, hidden, partials, scores, each, tiles, masses, chosen};
    }
}
