package dev.paca.kv;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Where pages live: it hands out caches, counts references and bytes, and keeps to a limit. One pool serves all sequences
 * of one loaded model, under any mix of policies. Used by one thread at a time.
 */
public interface KvPool extends AutoCloseable {
    KvShape shape();

    /**
     * A cache for a new sequence. It begins with the pages of the longest beginning of {@code prompt} that the pool still
     * holds under an equal policy, so {@link KvCache#length()} tells how many tokens need no prefill; always fewer than
     * the prompt has, since the last token must run to give logits.
     *
     * @throws PacaException if the policy cannot work for this shape
     */
    KvCache open(KvPolicy policy, int[] prompt);

    /** An empty cache. */
    default KvCache open(KvPolicy policy) {
        return open(policy, new int[0]);
    }

    /**
     * Bytes of pages that a sequence comes to hold at most while it grows to {@code tokens}, shared with nobody.
     *
     * @throws PacaException if the policy cannot work for this shape
     */
    long bytes(KvPolicy policy, int tokens);

    /**
     * The same for a sequence whose first {@code prompt} tokens are a prompt: an evictor lets what comes after hold less.
     *
     * @throws PacaException if the policy cannot work for this shape
     */
    default long bytes(KvPolicy policy, int prompt, int tokens) {
        return bytes(policy, tokens);
    }

    /**
     * Writes a cache so that {@link #restore} can bring it back, in this process or another one.
     *
     * @throws PacaException if this device cannot save
     */
    default void save(KvCache cache, OutputStream to) throws IOException {
        throw new PacaException(
                "The KV cache of this device cannot be saved. Run the session on the CPU, or go without.");
    }

    /**
     * Opens a cache with the contents that {@link #save} wrote.
     *
     * @throws PacaException if the stream holds no cache of this model and policy, or not all of one, or if this device
     *     cannot restore
     * @throws KvMemoryException if the limit does not allow it; nothing has changed then
     */
    default KvCache restore(KvPolicy policy, InputStream from) throws IOException {
        throw new PacaException("The KV cache of this device cannot be restored. Run the prompt again.");
    }

    /** What is held now. */
    PoolUsage usage();

    /** Frees everything. Caches still open can no longer be used. */
    @Override
    void close();
}
