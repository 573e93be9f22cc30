package dev.paca.kv.page;

/** What is kept beside a page to tell its worth without reading it. Computed when the page is full. */
public enum IndexForm {
    NONE,
    /** For each channel the middle of the keys' minimum and maximum, and half their distance, in F16. */
    MIN_MAX,
    /** For each channel the keys' mean and standard deviation, in F16. */
    MEAN_DEVIATION,
    /**
     * For each channel of each key 1 to 4 bits, and of every 16 keys the middle in 4 bits, relative to the
     * {@linkplain PageTable#anchor() anchor} of the table.
     */
    KEY_CODES,
    /** The keys once more, token by token, as they are stored: one key is then read without its neighbours. */
    KEY_ROWS;

    /** Tokens whose codes stand together: those of a block are looked up at once. */
    public static final int CODE_TOKENS = 16;

    /** Channels whose codes stand together in a row of 64 bytes. */
    public static final int CODE_CHANNELS = 16;

    /** Tokens from which a table's anchor is computed. */
    private static final int ANCHOR_TOKENS = 256;

    /** Whether it makes scores, and is computed when a page is full. */
    public boolean scores() {
        return this != NONE && this != KEY_ROWS;
    }

    /** Bytes of a page's index, keys once more apart. */
    public long bytes(int tokens, int headDim) {
        return switch (this) {
            // Keys once more take what their storage takes.
            case NONE, KEY_ROWS -> 0;
            case MIN_MAX, MEAN_DEVIATION -> 4L * headDim;
            case KEY_CODES -> 64L * Math.ceilDiv(headDim, CODE_CHANNELS) * Math.ceilDiv(tokens, CODE_TOKENS);
        };
    }

    /** First tokens of a table that its anchor is made of; 0 where the index needs none. */
    public int anchorTokens() {
        return this == KEY_CODES ? ANCHOR_TOKENS : 0;
    }
}
