package dev.paca.model.sampling;

/**
 * Says which tokens may come next: a grammar, say. It belongs to one generation, follows its tokens, and is called on the
 * thread that drives all of them, so it has to be quick.
 */
public interface TokenConstraint {
    /**
     * Sets the logits of all tokens that may not come next to negative infinity. Where the text may end, tokens that end
     * the generation stay as they are. At least one token must stay.
     *
     * @param logits the row is at {@code offset}, with {@code vocabulary} entries
     */
    void mask(float[] logits, int offset, int vocabulary);

    /** The token that was chosen, one that {@link #mask} let through. */
    void accept(int token);
}
