package dev.paca.bench.quality;

import dev.paca.kv.Budget;
import dev.paca.kv.Eviction;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import dev.paca.model.decoder.Decoder;
import java.util.Arrays;
import java.util.List;

/** What texts that follow each other have in common, read once: each goes on from a copy, whose pages are shared. */
final class Stem implements AutoCloseable {
    /** How texts are read, whatever their tokens are stored in afterwards. */
    static final Storage PRECISION = Storage.F32;

    private final Decoder decoder;
    private final KvPolicy policy;
    private KvCache cache;
    private int[] read = new int[0];

    /** @param policies what will go on from the texts: what they judge tokens by is collected while they are read */
    Stem(List<KvPolicy> policies, Decoder decoder) {
        this.decoder = decoder;
        KvPolicy plain = new KvPolicy(PRECISION, PRECISION, KvPolicy.DENSE.pageTokens());
        if (policies.stream().anyMatch(Stem::learnsChannels)) {
            plain = plain.with(Selection.of(Selection.Method.DOUBLE_SPARSITY, Budget.share(1)));
        }
        policy = policies.stream().anyMatch(Stem::judgesByAll)
                ? plain.with(Eviction.of(Eviction.Method.H2O, Budget.share(1)))
                : plain;
        cache = decoder.pool().open(policy);
    }

    private static boolean learnsChannels(KvPolicy policy) {
        return policy.selection().method() == Selection.Method.DOUBLE_SPARSITY
                && policy.selection().labels() == null;
    }

    static boolean judgesByAll(KvPolicy policy) {
        return policy.eviction().method() == Eviction.Method.H2O;
    }

    /** Whether what every token has looked at is summed up. */
    boolean watches() {
        return judgesByAll(policy);
    }

    /** Reads what a text has in common with the next one; its last token is left to the text itself. */
    void grow(int[] ids, int[] next) {
        if (common(read, ids) < read.length || read.length >= ids.length) {
            cache.close();
            cache = decoder.pool().open(policy);
            read = new int[0];
        }
        int common = Math.min(common(ids, next), ids.length - 1);
        if (common > read.length) {
            new Steps(decoder).read(cache, ids, read.length, common, false);
            read = Arrays.copyOf(ids, common);
        }
    }

    private static int common(int[] a, int[] b) {
        int mismatch = Arrays.mismatch(a, b);
        return mismatch < 0 ? a.length : mismatch;
    }

    /** A copy of what has been read. */
    KvCache fork() {
        return cache.fork();
    }

    @Override
    public void close() {
        cache.close();
    }
}
