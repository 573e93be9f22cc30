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

    /** The window of open slots. */
    Window window() {
        return Window.of(k, v, tokens);
    }

    /** The form of a page whose tokens are kept as they came until their scales are known. */
    PageFormat open() {
        return new PageFormat(k.waits() ? Storage.F16 : k, v.waits() ? Storage.F16 : v, tokens, headDim, index);
    }

    /** Whether a page's keys or values are encoded together. */
    boolean isGrouped() {
        return k.isGrouped() || v.isGrouped();
    }

    /** Slots that are open before their scales are known; 0 if none ever is. */
    public int windowTokens() {
        return window().tokens();
    }

    public Block keys() {
        return Block.keys(tokens, headDim);
    }

    /** The keys once more, token by token. */
    public Block keyRows() {
        return Block.values(tokens, headDim);
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
        return roundUp(index == IndexForm.KEY_ROWS ? Codec.of(k).bytes(keyRows()) : index.bytes(tokens, headDim));
    }

    /** Pages from which the anchor of a table is computed. */
    public int anchorPages() {
        return pages(index.anchorTokens());
    }

    /** Bytes of a page, its index apart. */
    public long bytes() {
        return blockBytes() + scaleBytes();
    }

    /** Bytes of a page's keys and values. */
    long blockBytes() {
        return valuesAt() + roundUp(Codec.of(v).bytes(values()));
    }

    /** Bytes of the scales of a page's keys and values, where they have one each. */
    long scaleBytes() {
        return k.hasPageScale() || v.hasPageScale() ? 8 : 0;
    }

    /** Bytes of pages and indexes that a table of {@code count} slots comes to hold at most while it grows. */
    public long mostBytes(int count) {
        Window window = window();
        int encoded = window.encoded(count);
        long open = 0;
        if (!window.isNone()) {
            // While a window is encoded, the next one is open as well.
            int next = window.repeats() ? Math.clamp(count - window.tokens(), 0, window.tokens()) : 0;
            open = pages(Math.min(count, window.tokens())) + pages(next);
        }
        return pages(encoded) * (bytes() + indexBytes()) + open * (open().bytes() + indexBytes());
    }

    /** Bytes of open pages that are spare when a table is compacted. */
    public long spareOpenBytes() {
        return pages(windowTokens()) * (open().bytes() + indexBytes());
    }

    /** How many of so many encoded pages another table can begin with. */
    public int shareable(int count) {
        int some = window().repeats() ? count - count % pages(windowTokens()) : count;
        return some * tokens < windowTokens() ? 0 : some;
    }

    /** Pages that hold so many tokens. */
    public int pages(int count) {
        return Math.ceilDiv(count, tokens);
    }

    private static long roundUp(long bytes) {
        return (bytes + LINE - 1) / LINE * LINE;
    }
}
