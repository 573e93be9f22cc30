package dev.paca.kv;

/** What a run of tokens is to its sequence; selection and eviction depend on it, never on how many tokens it has. */
public enum Phase {
    /** Part of a prompt, more of which follows. Attention is dense. */
    PREFILL,
    /** The last part of a prompt: evictors that judge a prompt by its end do so after it. Attention is dense. */
    PREFILL_END,
    /** Tokens that read the cache as decoding does, through the selector. */
    DECODE
}
