package dev.paca.bench.quality;

import dev.paca.kv.Budget;
import dev.paca.kv.Eviction;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import dev.paca.kv.Workers;
import dev.paca.kv.host.Recoding;
import dev.paca.model.decoder.Decoder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A text that has been read once, in F32 and densely, for all policies to go on from: its keys and values are stored in each
 * one's form then. Those that evict judge a prompt by its last tokens, and read these for themselves.
 */
final class Reading implements AutoCloseable {
    /** How a text is read, whatever its tokens are stored in afterwards. */
    static final Storage PRECISION = Storage.F32;

    private final Decoder decoder;
    private final Workers workers;
    private final int[] ids;
    private final boolean ends;
    private final KvCache whole;
    /** All but the last token, and what every token has looked at: H2O judges by that. Null if nobody does. */
    private final @Nullable KvCache watched;
    /** One for each storage, without an index, and the last that was asked for with an index. */
    private final List<KvCache> stored = new ArrayList<>();

    private @Nullable KvCache indexed;

    private Reading(
            Decoder decoder, Workers workers, int[] ids, boolean ends, KvCache whole, @Nullable KvCache watched) {
        this.decoder = decoder;
        this.workers = workers;
        this.ids = ids;
        this.ends = ends;
        this.whole = whole;
        this.watched = watched;
    }

    /**
     * Reads a text.
     *
     * @param policies what will go on from it
     * @param ends whether the prompt ends with it, or a question follows
     */
    static Reading of(int[] ids, List<KvPolicy> policies, boolean ends, Decoder decoder, Workers workers) {
        KvPolicy policy = new KvPolicy(PRECISION, PRECISION, KvPolicy.DENSE.pageTokens());
        if (policies.stream().anyMatch(Reading::learnsChannels)) {
            policy = policy.with(Selection.of(Selection.Method.DOUBLE_SPARSITY, Budget.share(1)));
        }
        boolean watches = policies.stream().anyMatch(Reading::judgesByAll);
        if (watches) {
            policy = policy.with(Eviction.of(Eviction.Method.H2O, Budget.share(1)));
        }
        Steps steps = new Steps(decoder);
        KvCache cache = decoder.pool().open(policy);
        int all = ids.length;
        KvCache watched = null;
        if (all > 1) {
            steps.read(cache, ids, 0, all - 1, false);
            watched = watches ? cache.fork() : null;
        }
        steps.read(cache, ids, all - 1, all, ends);
        KvCache whole = cache.fork(policy.with(Eviction.NONE));
        cache.close();
        return new Reading(decoder, workers, ids, ends, whole, watched);
    }

    private static boolean learnsChannels(KvPolicy policy) {
        return policy.selection().method() == Selection.Method.DOUBLE_SPARSITY
                && policy.selection().labels() == null;
    }

    private static boolean judgesByAll(KvPolicy policy) {
        return policy.eviction().method() == Eviction.Method.H2O;
    }

    /** A cache that has read all of it under a policy. */
    KvCache under(KvPolicy policy) {
        return policy.eviction().isOff() ? keeping(policy) : evicting(policy);
    }

    private KvCache keeping(KvPolicy policy) {
        if (!hasIndex(policy.selection())) {
            return stored(policy).fork(policy);
        }
        // Policies of one method follow each other: their pages have the same index, made once.
        if (indexed == null || !sharesIndex(indexed.policy(), policy)) {
            KvCache before = indexed;
            indexed = Recoding.of(whole, policy, workers);
            if (before != null) {
                before.close();
            }
        }
        return indexed.fork(policy);
    }

    private static boolean hasIndex(Selection selection) {
        return switch (selection.method()) {
            case QUEST, QUEST_MEAN, KEY_CODES -> true;
            default -> selection.keyRows();
        };
    }

    private static boolean sharesIndex(KvPolicy a, KvPolicy b) {
        return isStoredAs(a, b)
                && a.selection().method() == b.selection().method()
                && a.selection().keyRows() == b.selection().keyRows();
    }

    private static boolean isStoredAs(KvPolicy a, KvPolicy b) {
        return a.k() == b.k() && a.v() == b.v() && a.pageTokens() == b.pageTokens();
    }

    private KvCache stored(KvPolicy policy) {
        if (isStoredAs(whole.policy(), policy)) {
            return whole;
        }
        for (KvCache each : stored) {
            if (isStoredAs(each.policy(), policy)) {
                return each;
            }
        }
        KvPolicy form = new KvPolicy(policy.k(), policy.v(), policy.pageTokens())
                .with(whole.policy().selection());
        KvCache made = Recoding.of(whole, form, workers);
        stored.add(made);
        return made;
    }

    private KvCache evicting(KvPolicy policy) {
        int own = Math.min(ids.length, judges(policy.eviction()));
        KvCache cache;
        if (judgesByAll(policy) && watched != null) {
            cache = Recoding.of(watched, policy, workers);
        } else {
            try (KvCache before = whole.fork()) {
                before.truncate(ids.length - own);
                cache = Recoding.of(before, policy, workers);
            }
        }
        new Steps(decoder).read(cache, ids, cache.length(), ids.length, ends);
        return cache;
    }

    /** Last tokens that a policy must have read under its own name. */
    private static int judges(Eviction eviction) {
        return Math.max(1, eviction.method().judgesPrompt() ? eviction.window() : eviction.history());
    }

    @Override
    public void close() {
        stored.forEach(KvCache::close);
        if (indexed != null) {
            indexed.close();
        }
        if (watched != null) {
            watched.close();
        }
        whole.close();
    }
}
