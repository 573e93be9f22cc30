package dev.paca.kv.evict;

import dev.paca.kv.Eviction;
import dev.paca.kv.Phase;

/**
 * When a sequence is brought down to its budget, and to how many slots. That depends on its tokens and their phases alone:
 * not on how a prompt was cut into chunks, nor on who else is running.
 *
 * @param eviction what is evicted
 * @param firstTokens first tokens that are kept in any case, beside those that the eviction keeps itself
 */
public record Schedule(Eviction eviction, int firstTokens) {
    /** A search for the end of a step need not look further. */
    private static final int FAR = 1 << 24;

    /** First tokens that are kept in any case. */
    public int protectedTokens() {
        return Math.max(eviction.sinks(), firstTokens);
    }

    /** Slots that a KV head is brought down to, on the mean, where the sequence has {@code length} tokens. */
    public int kept(int length) {
        return Math.max(eviction.kept(length), protectedTokens() + Math.max(1, eviction.window()));
    }

    /**
     * Whether a step ends with an eviction.
     *
     * @param slots that a KV head holds before it, on the mean
     * @param length tokens of the sequence before it
     * @param phase of the step's tokens
     * @param tokens that the step runs
     */
    public boolean evicts(long slots, int length, Phase phase, int tokens) {
        long held = slots + tokens;
        int kept = kept(length + tokens);
        return switch (phase) {
            case PREFILL -> false;
            case PREFILL_END -> held > kept;
            case DECODE -> eviction.method().evictsInDecode() && held >= (long) kept + eviction.every();
        };
    }

    /** Most tokens that a step may run, so that the next eviction is at its end; see {@link #evicts}. */
    public int stepTokens(long slots, int length, Phase phase) {
        if (phase != Phase.DECODE || !evicts(slots, length, phase, FAR)) {
            return Integer.MAX_VALUE;
        }
        int enough = FAR;
        for (int least = 1; least < enough; ) {
            int middle = (least + enough) / 2;
            if (evicts(slots, length, phase, middle)) {
                enough = middle;
            } else {
                least = middle + 1;
            }
        }
        return enough;
    }
}
