package dev.paca.model.tokenizer;

/** Cuts text that holds no special token into tokens. Shared by threads. */
interface Segmenter {
    /**
     * Appends the tokens of {@code text[from, to)} to {@code out}.
     *
     * @param text without unpaired surrogates
     * @param first whether the text begins here, or a special token stands before it
     */
    void segment(String text, int from, int to, boolean first, Ids out);

    /** What token {@code id} says, in bytes. */
    byte[] bytes(int id);

    /** Whether a prompt begins with the BOS token where the file does not say. */
    boolean addsBos();

    /** Whether a space is put before the first word. */
    boolean addsSpace();
}
