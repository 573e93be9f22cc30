package dev.paca.model.decoder;

import dev.paca.kv.KvPool;
import java.util.List;

/**
 * The seam between the loop and the machine: runs tokens of several sequences through the model as one batch, so that
 * weights are read once a step. One thread uses it at a time.
 */
public interface Decoder extends AutoCloseable {
    /** Where and with what it computes, for a user's eyes, in one line. */
    String description();

    /** Where the caches of this decoder's sequences live. */
    KvPool pool();

    /** Entries of a row of logits. */
    int vocabularySize();

    /** Tokens that a sequence may have at most. */
    int contextLength();

    /**
     * Runs every slice's tokens at the positions that follow its cache's, appends them to the cache, and gives the logits
     * that were asked for. Each slice's cache must have {@linkplain dev.paca.kv.KvCache#reserve reserved} its tokens, and
     * no cache may appear twice. What a slice gives does not depend on the others.
     *
     * @return valid until the next call
     */
    Logits forward(List<Slice> batch);

    /**
     * {@link #forward} for those who want no more than the likeliest token after each row: of equals the first. A device
     * that chooses by itself need not hand its logits over.
     *
     * @return for each row of logits that was asked for a token; -1 where no logit is a number above negative infinity
     */
    default int[] likeliest(List<Slice> batch) {
        return forward(batch).likeliest();
    }

    /** Frees the pool and what the device holds. */
    @Override
    void close();
}
