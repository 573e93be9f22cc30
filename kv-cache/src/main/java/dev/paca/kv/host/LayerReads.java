package dev.paca.kv.host;

/** Counts what a sequence's tokens have read of a layer while decoding. */
final class LayerReads {
    private long reads;
    private long tokens;
    private int least = Integer.MAX_VALUE;
    private int most;

    /** One token has read so many tokens of one KV head. */
    void count(int read) {
        reads++;
        tokens += read;
        least = Math.min(least, read);
        most = Math.max(most, read);
    }

    long reads() {
        return reads;
    }

    long tokens() {
        return tokens;
    }

    int least() {
        return reads == 0 ? 0 : least;
    }

    int most() {
        return most;
    }
}
