package dev.paca.bench.speed;

import dev.paca.kv.KvCache;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Sequences that run together. */
record Sequences(List<KvCache> caches) implements AutoCloseable {
    /** Opens some, one after the other; none is left open where one cannot be. */
    static Sequences open(int count, Supplier<KvCache> each) {
        Sequences opened = new Sequences(new ArrayList<>());
        try {
            for (int i = 0; i < count; i++) {
                opened.caches.add(each.get());
            }
            return opened;
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    /** Copies of the first ones. */
    Sequences fork(int count) {
        int[] next = {0};
        return open(count, () -> caches.get(next[0]++).fork());
    }

    /** Bytes that they hold together. */
    long held() {
        return caches.stream().mapToLong(cache -> cache.usage().bytes()).sum();
    }

    /** Bytes of caches that they have read so far. */
    long read() {
        return caches.stream().mapToLong(cache -> cache.usage().readBytes()).sum();
    }

    @Override
    public void close() {
        caches.forEach(KvCache::close);
    }
}
