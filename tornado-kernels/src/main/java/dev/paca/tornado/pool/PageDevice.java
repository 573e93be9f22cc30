package dev.paca.tornado.pool;

/** What a pool has done with its pages on the device. */
public interface PageDevice {
    /** Copies a page, all its layers. */
    void copy(int from, int to);

    /**
     * Fetches a page's first tokens.
     *
     * @param k for each layer rows of {@code kvHeads × headDim}, a token each, as they are stored
     * @param v laid out alike
     */
    void read(int page, int tokens, float[][] k, float[][] v);

    /** Stores what {@link #read} has fetched in a page, and computes its index if these tokens fill it. */
    void write(int page, int tokens, float[][] k, float[][] v);
}
