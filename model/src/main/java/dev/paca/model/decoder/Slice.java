package dev.paca.model.decoder;

import dev.paca.kv.KvCache;
import dev.paca.kv.Phase;

/**
 * Tokens of one sequence in a batch.
 *
 * @param cache the sequence's cache; the first token's position is its length
 * @param tokens ids; this slice runs {@code count} of them from index {@code from}
 * @param from index of the first token
 * @param count how many tokens, at least 1
 * @param phase what they are to the sequence
 * @param logits how many of the last tokens' logits are wanted, 0 to {@code count}
 */
public record Slice(KvCache cache, int[] tokens, int from, int count, Phase phase, int logits) {}
