package dev.paca.tornado.kernels;

/**
 * The shape of attention and of a page in one whole number, since a task takes only so many arguments: head dim below
 * 1024, tokens of a page below 64, KV heads below 256, query heads of a KV head below 64.
 */
public final class Geometry {
    private Geometry() {}

    /** Packs a shape. */
    public static int pack(int headDim, int pageTokens, int kvHeads, int group) {
        return headDim | pageTokens << 10 | kvHeads << 16 | group << 24;
    }

    /** Channels of a head. */
    public static int headDim(int geometry) {
        return geometry & 1023;
    }

    static int pageTokens(int geometry) {
        return (geometry >> 10) & 63;
    }

    /** KV heads. */
    public static int kvHeads(int geometry) {
        return (geometry >> 16) & 255;
    }

    /** Query heads of a KV head. */
    public static int group(int geometry) {
        return (geometry >> 24) & 63;
    }
}
