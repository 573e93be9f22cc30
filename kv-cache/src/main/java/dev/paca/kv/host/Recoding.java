package dev.paca.kv.host;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.Workers;
import java.util.List;

/**
 * Copies sequences from one storage into another without running their tokens again: keys and values are decoded, and
 * appended as if they had just been computed. Of a sequence that was read in F32 this makes what KIVI defines (arXiv
 * 2402.02750): the prompt attends in full precision, and is quantised for those that come after it.
 */
public final class Recoding {
    /** Tokens that are decoded at once. */
    private static final int TOKENS = 512;

    private Recoding() {}

    /**
     * A second cache with the same contents under another policy, in whatever storage; its pages are its own. What methods
     * have learned of the sequence goes with it as far as both remember the same.
     *
     * @param workers share the copying out
     * @throws PacaException if the cache is none of the CPU's, or tokens have been evicted from it
     * @throws dev.paca.kv.KvMemoryException if the limit does not allow the copy; nothing has changed then
     */
    public static KvCache of(KvCache cache, KvPolicy policy, Workers workers) {
        if (!(cache instanceof HostCache from)) {
            throw new PacaException("Only caches of the CPU can be stored in another form, found one of another device."
                    + " Open a cache with that policy and prefill it.");
        }
        from.checkOpen();
        if (!from.isComplete()) {
            throw new PacaException("A cache that has evicted tokens cannot be stored in another form: its tokens would"
                    + " take other positions. Open a cache with that policy and prefill it.");
        }
        HostCache copy = (HostCache) from.pool().open(policy);
        // What came from another storage is not what this policy computes: nobody else is to begin with it.
        copy.beginning().keepPrivate();
        try {
            copy.reserve(from.length());
            for (int first = 0; first < from.length(); first += TOKENS) {
                append(copy, from, first, Math.min(TOKENS, from.length() - first), workers);
            }
        } catch (RuntimeException e) {
            copy.close();
            throw e;
        }
        copy.goOnFrom(from);
        return copy;
    }

    private static void append(HostCache copy, HostCache from, int first, int tokens, Workers workers) {
        KvShape shape = from.pool().shape();
        int[] ids = from.beginning().ids();
        KvStep.Span span = new KvStep.Span(copy, 0, tokens, Phase.PREFILL, ids, first);
        KvStep step = from.pool().step(List.of(span), workers);
        float[] k = new float[tokens * shape.kvDim()];
        float[] v = new float[k.length];
        for (int layer = 0; layer < shape.layers(); layer++) {
            int l = layer;
            workers.run(shape.kvHeads(), (head, thread) -> from.read(l, head, first, tokens, k, v));
            step.append(layer, k, v);
        }
        step.finish();
    }
}
