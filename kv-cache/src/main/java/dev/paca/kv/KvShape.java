package dev.paca.kv;

/**
 * The geometry of what a model caches.
 *
 * @param layers how many layers have a cache
 * @param heads query heads of a layer
 * @param kvHeads key and value heads of a layer; divides {@code heads}
 * @param headDim channels of a head
 */
public record KvShape(int layers, int heads, int kvHeads, int headDim) {
    public KvShape {
        if (layers <= 0 || heads <= 0 || kvHeads <= 0 || headDim <= 0) {
            throw new PacaException("A KV cache needs positive sizes, found " + layers + " layers, " + heads
                    + " heads, " + kvHeads + " KV heads, head dim " + headDim + ".");
        }
        if ((double) layers * heads * headDim > Integer.MAX_VALUE) {
            throw new PacaException("A KV cache takes fewer than 2^31 floats of queries a token, found " + layers
                    + " layers, " + heads + " heads, head dim " + headDim + ".");
        }
        if (heads % kvHeads != 0) {
            throw new PacaException(
                    "Query heads must be a multiple of KV heads, found " + heads + " and " + kvHeads + ".");
        }
    }

    /** Query heads that share a KV head. */
    public int group() {
        return heads / kvHeads;
    }

    /** Floats in one token's keys (or values) of one layer. */
    public int kvDim() {
        return kvHeads * headDim;
    }

    /** Floats in one token's queries of one layer. */
    public int queryDim() {
        return heads * headDim;
    }
}
