package dev.paca.kv;

/** The cache of one sequence: its page tables and positions. The bytes live in the pool. Not for several threads at once. */
public interface KvCache extends AutoCloseable {
    KvPolicy policy();

    /** Tokens that have been run through the model: the position of the next one. Eviction does not change it. */
    int length();

    /**
     * Makes sure that {@code tokens} more can be appended.
     *
     * @throws KvMemoryException if the pool's limit does not allow it; nothing has changed then
     */
    void reserve(int tokens);

    /**
     * Makes sure that {@code tokens} more can be run in one step of that phase: room for what an eviction at its end needs
     * is taken too.
     *
     * @throws KvMemoryException if the pool's limit does not allow it; nothing has changed then
     */
    default void reserve(int tokens, Phase phase) {
        reserve(tokens);
    }

    /** Most tokens that one step of that phase may run: what is evicted goes between steps. At least 1. */
    default int stepTokens(Phase phase) {
        return Integer.MAX_VALUE;
    }

    /**
     * Keeps the first {@code tokens} tokens, those of a system prompt say, whatever is evicted from now on. They count
     * against the budget of the eviction, which is exceeded where they and its window do not fit into it.
     */
    default void protect(int tokens) {}

    /**
     * Whether {@link #truncate} to that length is possible: what was evicted cannot come back, and tokens whose scales were
     * computed together cannot be parted.
     */
    boolean canTruncate(int length);

    /** Forgets the tokens from position {@code length} on. */
    void truncate(int length);

    /** A second cache with the same contents: pages are shared until one of the two writes. */
    default KvCache fork() {
        return fork(policy());
    }

    /**
     * A second cache with the same contents that goes on under another policy. Pages are shared where both keep the same
     * index, else copied and indexed anew. What a method would have learnt from running the tokens is not made up for.
     *
     * @throws PacaException if the other policy stores keys or values differently
     * @throws KvMemoryException if the limit does not allow the copies; nothing has changed then
     */
    KvCache fork(KvPolicy policy);

    /** What this sequence holds and reads. */
    CacheUsage usage();

    /** Gives every page back. A second call does nothing. */
    @Override
    void close();
}
