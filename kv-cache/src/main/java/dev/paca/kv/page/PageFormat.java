package dev.paca.kv.page;

import dev.paca.kv.Storage;

/**
 * The layout of a page: the keys and then the values of one KV head of one layer, for {@code tokens} slots. Heads have
 * pages of their own, so that a policy may keep or read different tokens for each.
 *
 * @param k how keys are stored
 * @param v how values are stored
 * @param tokens slots of a page
 * @param headDim channels of a head
 * @param index what is kept beside the page
 */
public record PageFormat(Storage k, Storage v, int tokens, int headDim, IndexForm index) {
    /** Blocks and pages begin at multiples of this, a cache line. */
    private static final long LINE = 64;

    /** The same pages with another index. */
    public PageFormat with(IndexForm other) {
        return new PageFormat(k, v, tokens, headDim, other);
    }

    public Block keys() {
        return Block.keys(tokens, headDim);
    }

    public Block values() {
        return Block.values(tokens, headDim);
    }

    /** Offset of the values in a page. */
    public long valuesAt() {
        return roundUp(Codec.of(k).bytes(keys()));
    }

    /** Bytes of a page's index. */
    public long indexBytes() {
        return roundUp(index.bytes(tokens, headDim));
    }

    /** Pages from which the anchor of a table is computed. */
    public int anchorPages() {
        return pages(index.anchorTokens());
    }

    /** Bytes of a page, its index apart. */
    public long bytes() {
        return valuesAt() + roundUp(Codec.of(v).bytes(values()));
    }

    /** Pages that hold so many tokens. */
    public int pages(int count) {
        return Math.ceilDiv(count, tokens);
    }

    private static long roundUp(long bytes) {
        return (bytes + LINE - 1) / LINE * LINE;
    }
}
