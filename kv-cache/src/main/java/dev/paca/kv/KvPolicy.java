package dev.paca.kv;

/**
 * How a sequence's keys and values are stored, read and kept: a value, compared by its contents.
 *
 * @param k how keys are stored
 * @param v how values are stored
 * @param pageTokens tokens of a page
 */
public record KvPolicy(Storage k, Storage v, int pageTokens) {
    /** F16, everything kept, everything read. */
    public static final KvPolicy DENSE = new KvPolicy(Storage.F16, Storage.F16, 16);

    public KvPolicy {
        if (pageTokens < 1 || pageTokens > 256) {
            throw new PacaException("A page holds 1 to 256 tokens, found " + pageTokens + ".");
        }
    }
}
