package dev.paca.kv;

/**
 * What one sequence holds of a layer, and has read of it in {@link Phase#DECODE} so far. Budgets may differ by layer, by
 * head and by token.
 *
 * @param heldTokens tokens held, over all KV heads
 * @param leastHeld tokens that the KV head with the fewest holds
 * @param mostHeld tokens that the KV head with the most holds
 * @param heldBytes bytes of the layer's pages, indexes included
 * @param reads times that a token has read a KV head
 * @param readTokens tokens that were read, over all those times
 * @param leastRead fewest tokens that one read
 * @param mostRead most tokens that one read
 */
public record LayerUsage(
        long heldTokens,
        int leastHeld,
        int mostHeld,
        long heldBytes,
        long reads,
        long readTokens,
        int leastRead,
        int mostRead) {}
