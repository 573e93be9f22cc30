package dev.paca.tornado;

import dev.paca.kv.PacaException;
import dev.paca.model.decoder.Slice;
import dev.paca.tornado.pool.DeviceCache;
import dev.paca.tornado.pool.DevicePool;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** Checks what a step is asked to do, before anything is done. */
final class Rows {
    private Rows() {}

    /** @throws PacaException if a slice cannot be run */
    static void check(List<Slice> batch, DevicePool pool, int vocabulary, int contextLength) {
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Slice slice : batch) {
            if (!(slice.cache() instanceof DeviceCache cache) || cache.pool() != pool) {
                throw new PacaException("A slice's cache belongs to another decoder's pool. Open it in this one's.");
            }
            cache.checkOpen();
            if (!seen.add(cache)) {
                throw new PacaException("A cache appears in two slices of a batch. Put its tokens into one.");
            }
            if (slice.count() < 1
                    || slice.from() < 0
                    || slice.from() + slice.count() > slice.tokens().length
                    || slice.logits() < 0
                    || slice.logits() > slice.count()) {
                throw new PacaException("A slice asks for " + slice.count() + " tokens from index " + slice.from()
                        + " and " + slice.logits() + " rows of logits, of " + slice.tokens().length + " tokens.");
            }
            if (cache.length() + slice.count() > contextLength) {
                throw new PacaException("A sequence of " + cache.length() + " tokens gets " + slice.count()
                        + " more, but the context has " + contextLength
                        + ". Shorten it, or load with a longer context.");
            }
            if (slice.count() > cache.stepTokens(slice.phase())) {
                throw new PacaException("A step runs " + slice.count() + " tokens of a sequence of which some are to be"
                        + " evicted after " + cache.stepTokens(slice.phase()) + ". Run those first.");
            }
            if (!cache.hasRoom(slice.count())) {
                throw new PacaException("A sequence of " + cache.length() + " tokens has not reserved room for "
                        + slice.count() + " more. Call reserve first.");
            }
            for (int i = 0; i < slice.count(); i++) {
                int token = slice.tokens()[slice.from() + i];
                if (token < 0 || token >= vocabulary) {
                    throw new PacaException("Token " + token + " is outside of the vocabulary of " + vocabulary + ".");
                }
            }
        }
    }
}
