package dev.paca.bench.quality;

import dev.paca.kv.Eviction;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.model.decoder.Decoder;
import java.util.Arrays;

/**
 * A text that has been read densely, for policies to go on from. Those that evict judge a prompt while it is read, most by
 * its last tokens: they read these for themselves. H2O judges by all tokens, and reads everything for itself.
 */
final class Prefill implements AutoCloseable {
    /** Last tokens of a prompt by which policies judge it, at most. */
    private static final int END = 256;

    private final Decoder decoder;
    private final int[] ids;
    private final boolean ends;
    private final KvCache whole;
    private final KvCache early;

    private Prefill(Decoder decoder, int[] ids, boolean ends, KvCache whole, KvCache early) {
        this.decoder = decoder;
        this.ids = ids;
        this.ends = ends;
        this.whole = whole;
        this.early = early;
    }

    /**
     * Reads a text.
     *
     * @param policy keeps everything
     * @param ends whether the prompt ends with it, or a question follows
     */
    static Prefill of(int[] ids, KvPolicy policy, Decoder decoder, boolean ends) {
        Steps steps = new Steps(decoder);
        KvCache cache = decoder.pool().open(policy);
        int some = Math.max(0, ids.length - END);
        if (some > 0) {
            steps.read(cache, ids, 0, some, false);
        }
        KvCache early = cache.fork();
        steps.read(cache, ids, some, ids.length, ends);
        return new Prefill(decoder, ids, ends, cache, early);
    }

    /** A cache that has read all of it. */
    KvCache whole() {
        return whole;
    }

    /** A cache that has read it under a policy that evicts. */
    KvCache evicting(KvPolicy policy) {
        Eviction eviction = policy.eviction();
        boolean byAll =
                eviction.method() == Eviction.Method.H2O || Math.max(eviction.window(), eviction.history()) > END;
        int[] own = byAll ? ids : Arrays.copyOfRange(ids, early.length(), ids.length);
        KvCache cache = byAll ? decoder.pool().open(policy) : early.fork(policy);
        new Steps(decoder).read(cache, own, 0, own.length, ends);
        return cache;
    }

    @Override
    public void close() {
        early.close();
        whole.close();
    }
}
