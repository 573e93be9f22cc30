package dev.paca.kv.host;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.Selection;
import dev.paca.kv.page.PageTable;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tokens that a sequence was made of, and how many of its first pages the pool keeps for others that begin alike. */
final class Beginning {
    private final PrefixCache prefixes;
    private final KvPolicy policy;
    private int[] ids = new int[16];
    /** How many of the first tokens were run as a prompt is: what they left depends on nothing but them. */
    private int pure;

    private boolean isPrivate;
    /** The last page of tokens that the pool keeps. */
    private PrefixCache.@Nullable Block shared;

    Beginning(PrefixCache prefixes, KvPolicy policy) {
        this.prefixes = prefixes;
        this.policy = policy;
    }

    /**
     * Where Double Sparsity's channels come from running the whole prompt, and where an evictor learns from it, a sequence
     * cannot begin with pages of others.
     */
    static boolean sharesPrefixes(KvPolicy policy) {
        boolean learns = policy.selection().method() == Selection.Method.DOUBLE_SPARSITY
                && policy.selection().labels() == null;
        return !learns && policy.eviction().isOff();
    }

    /** Ids of the tokens that were run; as many as the sequence is long are meant. */
    int[] ids() {
        return ids;
    }

    int pure() {
        return isPrivate ? 0 : pure;
    }

    /** A span's tokens were run after {@code length} others. */
    void append(KvStep.Span span, int length, boolean asPrompt) {
        int end = length + span.tokens();
        if (ids.length < end) {
            ids = Arrays.copyOf(ids, Math.max(end, 2 * ids.length));
        }
        System.arraycopy(span.ids(), span.from(), ids, length, span.tokens());
        pure = asPrompt && pure == length ? end : pure;
    }

    /** Begins with pages that the pool has kept, which hold the first {@code length} tokens of a prompt. */
    void adopt(List<PrefixCache.Block> blocks, int[] prompt, int length) {
        remember(prompt, length);
        shared = blocks.getLast();
    }

    /** Tokens known from elsewhere. */
    void remember(int[] tokens, int pureTokens) {
        ids = Arrays.copyOf(tokens, Math.max(16, tokens.length));
        pure = pureTokens;
    }

    /** Nobody else begins with its pages: they are not what the policy would compute. */
    void keepPrivate() {
        isPrivate = true;
    }

    /** The same tokens under the same policy. */
    void copy(Beginning other) {
        remember(other.ids, other.pure);
        isPrivate = other.isPrivate;
        shared = other.shared;
    }

    void truncate(int length) {
        pure = Math.min(pure, length);
        shared = shared == null ? null : shared.ancestor(length / policy.pageTokens());
    }

    /** Lets the pool keep pages that have become full, and will not change any more. The tables are complete. */
    void offer(PageTable[] tables) {
        if (isPrivate
                || !sharesPrefixes(policy)
                || pure < tables[0].store().format().index().anchorTokens()) {
            return;
        }
        if (shared != null && shared.isDropped()) {
            shared = null;
        }
        while ((shared == null ? 0 : shared.depth()) < tables[0].encoded(pure) / policy.pageTokens()) {
            PrefixCache.Block next = prefixes.add(shared, policy, ids, tables);
            if (next == null) {
                return;
            }
            shared = next;
        }
    }
}
