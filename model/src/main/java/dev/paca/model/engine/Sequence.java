package dev.paca.model.engine;

import dev.paca.kv.CacheUsage;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvPool;
import dev.paca.kv.Phase;
import dev.paca.model.decoder.Slice;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a session and the cache that holds them. The cache may be taken away at any time between steps: the tokens
 * then run again, as they ran before. Only the engine's thread uses it.
 */
final class Sequence {
    private final KvPool pool;
    private final KvPolicy policy;
    private final Phases phases;
    private @Nullable KvCache cache;
    private int[] tokens;
    private int size;
    /** Tokens that the cache has held, whether it still does or not. */
    private int ran;
    /** Whether the cache, when it was taken away, could have gone back. */
    private boolean rewinds = true;
    /** First tokens that no eviction takes. */
    private int protectedTokens;
    /** When it was used last, in requests: what is idle longest loses its cache first. */
    private long used;

    Sequence(KvPool pool, KvPolicy policy) {
        this(pool, policy, new Phases(), new int[16]);
    }

    /** One that was saved: these tokens ran, and the cache, if there is one, holds the first of them. */
    Sequence(KvPool pool, KvPolicy policy, Phases phases, int[] tokens, boolean rewinds, @Nullable KvCache cache) {
        this(pool, policy, phases, Arrays.copyOf(tokens, Math.max(16, tokens.length)));
        this.rewinds = rewinds;
        this.cache = cache;
        size = tokens.length;
        ran = tokens.length;
    }

    private Sequence(KvPool pool, KvPolicy policy, Phases phases, int[] tokens) {
        this.pool = pool;
        this.policy = policy;
        this.phases = phases;
        this.tokens = tokens;
    }

    /** Makes {@code prompt} the sequence's tokens; what it begins with in common with those before stays in the cache. */
    void begin(int[] prompt) {
        int common = Arrays.mismatch(tokens, 0, ran, prompt, 0, prompt.length);
        int keep = Math.min(common < 0 ? ran : common, prompt.length - 1);
        boolean back = keep < ran;
        if (cache != null && cache.length() > keep) {
            if (cache.canTruncate(keep)) {
                cache.truncate(keep);
            } else {
                keep = 0;
            }
        } else if (cache == null && back && !rewinds) {
            keep = 0;
        }
        if (keep == 0) {
            clear();
        }
        ran = keep;
        phases.prompt(keep, prompt.length);
        tokens = Arrays.copyOf(prompt, prompt.length + 64);
        size = prompt.length;
    }

    /** Keeps the first tokens whatever is evicted from now on. */
    void protect(int first) {
        protectedTokens = first;
        if (cache != null) {
            cache.protect(first);
        }
    }

    /** Sees to it that there is a cache with room for all that is to run. */
    void admit() {
        if (cache == null) {
            cache = pool.open(policy, Arrays.copyOf(tokens, size));
            cache.protect(protectedTokens);
        }
        // An evictor lets the tokens after a prompt hold less than they are.
        cache.reserve(policy.eviction().isOff() ? pending() : phases.end(cached(), size) - cached());
    }

    /** Whether it has a cache, empty or not. */
    boolean holds() {
        return cache != null;
    }

    /** Tokens that the cache holds. */
    int cached() {
        return cache == null ? 0 : cache.length();
    }

    /** Tokens that are to be run. */
    int pending() {
        return size - cached();
    }

    int size() {
        return size;
    }

    /** The next tokens to run, {@code quota} at most, with the last one's logits if nothing is pending after it. */
    Slice next(int quota) {
        KvCache to = open();
        int from = to.length();
        int end = Math.min(phases.end(from, size), from + quota);
        end = (int) Math.min(end, (long) from + to.stepTokens(phases.phase(from, end)));
        Phase phase = phases.phase(from, end);
        to.reserve(end - from, phase);
        return new Slice(to, tokens, from, end - from, phase, end == size ? 1 : 0);
    }

    /** The step is over: what was pending may not be now. */
    void stepped() {
        ran = Math.max(ran, cached());
    }

    /** One more token, to be run in the next step. */
    void append(int token) {
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * size);
        }
        tokens[size++] = token;
    }

    /** Forgets the tokens that did not run, or no more are to. */
    void settle() {
        size = ran;
    }

    /** Gives the pages back and keeps the tokens. */
    boolean release() {
        if (cache == null) {
            return false;
        }
        rewinds = cache.length() == 0 || cache.canTruncate(cache.length() - 1);
        cache.close();
        cache = null;
        return true;
    }

    /** Gives the pages back and forgets the tokens. */
    void clear() {
        release();
        phases.clear();
        rewinds = true;
        ran = 0;
        size = 0;
    }

    Sequence fork() {
        Sequence copy = new Sequence(pool, policy, phases.copy(), tokens.clone());
        copy.cache = cache == null ? null : cache.fork();
        copy.size = size;
        copy.ran = ran;
        copy.rewinds = rewinds;
        copy.protectedTokens = protectedTokens;
        return copy;
    }

    int[] ran() {
        return Arrays.copyOf(tokens, ran);
    }

    CacheUsage usage() {
        return cache == null ? CacheUsage.NONE : cache.usage();
    }

    KvPolicy policy() {
        return policy;
    }

    boolean rewinds() {
        return rewinds;
    }

    int[] phases() {
        return phases.toArray();
    }

    @Nullable
    KvCache cache() {
        return cache;
    }

    long used() {
        return used;
    }

    void use(long ticket) {
        used = ticket;
    }

    private KvCache open() {
        if (cache == null) {
            throw new IllegalStateException("a sequence runs only after it was admitted");
        }
        return cache;
    }
}
