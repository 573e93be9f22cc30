package dev.paca.bench.quality;

import dev.paca.kv.Eviction;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.Selection;
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
    /** Forms with an index that are kept: each is as large as the cache. */
    private static final int MOST_INDEXED = 4;

    private final Decoder decoder;
    private final Workers workers;
    private final int[] ids;
    private final boolean ends;
    private final KvCache whole;
    /** All but the last token, and what every token has looked at: H2O judges by that. Null if nobody does. */
    private final @Nullable KvCache watched;
    /** One for each storage, without an index. */
    private final List<KvCache> stored = new ArrayList<>();
    /** One for each storage and index. */
    private final List<KvCache> indexed = new ArrayList<>();

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
     * Reads what a stem has not.
     *
     * @param stem has read a part of the text
     * @param ends whether the prompt ends with it, or a question follows
     */
    static Reading of(int[] ids, Stem stem, boolean ends, Decoder decoder, Workers workers) {
        Steps steps = new Steps(decoder);
        int all = ids.length;
        KvCache watched = null;
        try (KvCache cache = stem.fork()) {
            if (cache.length() < all - 1) {
                steps.read(cache, ids, cache.length(), all - 1, false);
            }
            watched = stem.watches() && all > 1 ? cache.fork() : null;
            steps.read(cache, ids, all - 1, all, ends);
            KvCache whole = cache.fork(cache.policy().with(Eviction.NONE));
            return new Reading(decoder, workers, ids, ends, whole, watched);
        }
    }

    /** A cache that has read all of it under a policy. */
    KvCache under(KvPolicy policy) {
        return policy.eviction().isOff() ? keeping(policy) : evicting(policy);
    }

    private KvCache keeping(KvPolicy policy) {
        if (!hasIndex(policy.selection())) {
            return stored(policy).fork(policy);
        }
        for (KvCache each : indexed) {
            if (sharesIndex(each.policy(), policy)) {
                return each.fork(policy);
            }
        }
        KvCache made = Recoding.of(whole, policy, workers);
        indexed.add(made);
        if (indexed.size() > MOST_INDEXED) {
            indexed.removeFirst().close();
        }
        return made.fork(policy);
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
                && a.selection().keyRows() == b.selection().keyRows()
                && a.selection().exact() == b.selection().exact();
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
        if (Stem.judgesByAll(policy) && watched != null) {
            cache = Recoding.of(watched, policy, workers);
        } else {
            cache = before(ids.length - own, policy);
        }
        new Steps(decoder).read(cache, ids, cache.length(), ids.length, ends);
        return cache;
    }

    /** The first tokens in a policy's form: pages that others have as well, where tokens there can be parted. */
    private KvCache before(int length, KvPolicy policy) {
        try (KvCache all = keeping(policy.with(Eviction.NONE))) {
            if (all.canTruncate(length)) {
                all.truncate(length);
                return all.fork(policy);
            }
        }
        try (KvCache all = whole.fork()) {
            all.truncate(length);
            return Recoding.of(all, policy, workers);
        }
    }

    /** Last tokens that a policy must have read under its own name. */
    private static int judges(Eviction eviction) {
        return Math.max(1, eviction.method().judgesPrompt() ? eviction.window() : eviction.history());
    }

    @Override
    public void close() {
        stored.forEach(KvCache::close);
        indexed.forEach(KvCache::close);
        if (watched != null) {
            watched.close();
        }
        whole.close();
    }
}
