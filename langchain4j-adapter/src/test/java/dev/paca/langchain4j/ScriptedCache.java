package dev.paca.langchain4j;

import dev.paca.kv.CacheUsage;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import java.util.Arrays;

/** A real cache that also remembers which tokens it holds. */
final class ScriptedCache implements KvCache {
    final KvCache inner;
    private int[] tokens;

    ScriptedCache(KvCache inner, int[] tokens) {
        this.inner = inner;
        this.tokens = tokens;
    }

    /** Notes tokens that are about to be appended. */
    void append(int[] from, int at, int count) {
        int length = inner.length();
        tokens = Arrays.copyOf(tokens, length + count);
        System.arraycopy(from, at, tokens, length, count);
    }

    int[] tokens() {
        return tokens;
    }

    @Override
    public KvPolicy policy() {
        return inner.policy();
    }

    @Override
    public int length() {
        return inner.length();
    }

    @Override
    public void reserve(int count) {
        inner.reserve(count);
    }

    @Override
    public boolean canTruncate(int length) {
        return inner.canTruncate(length);
    }

    @Override
    public void truncate(int length) {
        inner.truncate(length);
        tokens = Arrays.copyOf(tokens, length);
    }

    @Override
    public KvCache fork(KvPolicy policy) {
        return new ScriptedCache(inner.fork(), tokens.clone());
    }

    @Override
    public CacheUsage usage() {
        return inner.usage();
    }

    @Override
    public void close() {
        inner.close();
    }
}
