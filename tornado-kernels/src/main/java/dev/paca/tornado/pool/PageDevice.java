package dev.paca.tornado.pool;

import dev.paca.kv.evict.Given;

/** What a pool has done with its pages on the device. Arrays of pages have one for each lane, see {@link Lane}. */
public interface PageDevice {
    /** Copies pages; one is copied to itself where nothing is to be done. */
    void copy(int[] from, int[] to);

    /**
     * Fetches pages' first tokens.
     *
     * @param tokens how many of each lane
     * @param k for each layer rows of {@code kvHeads × headDim}, a token each, as they are stored
     * @param v laid out alike
     */
    void read(int[] pages, int[] tokens, float[][] k, float[][] v);

    /**
     * Stores what {@link #read} has fetched in the pages at a place of a sequence's tables, and computes the index of those
     * that these tokens fill. A sequence's pages come one after the other.
     */
    void write(DeviceCache cache, int index, int[] tokens, float[][] k, float[][] v);

    /**
     * The attention that the last {@code tokens} tokens of a sequence give to each slot.
     *
     * @return for each layer and KV head
     */
    Given[] judge(DeviceCache cache, int tokens);

    /**
     * Moves tokens to pages that they fill, which may be those that they come from: no token moves to a later slot than
     * it had. The index of pages that they fill is computed.
     *
     * @param places for each layer and KV head where the tokens lie: page × page tokens + place
     * @param pages for each lane the pages to fill
     */
    void move(int[][] places, int[][] pages);
}
