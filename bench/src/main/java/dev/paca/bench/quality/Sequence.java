package dev.paca.bench.quality;

import dev.paca.kv.KvCache;

/** A sequence to which tokens are put one by one. */
abstract class Sequence {
    private final KvCache cache;

    Sequence(KvCache cache) {
        this.cache = cache;
    }

    final KvCache cache() {
        return cache;
    }

    /** The token to run now; negative if it has ended. */
    abstract int next();

    /** Whether it wants to be told what comes after the token that it has just given. */
    boolean listens() {
        return true;
    }

    /** The logits after that token, {@code vocabulary} of them from index {@code at} on. */
    abstract void told(float[] logits, int at, int vocabulary);

    /** Whether the step now coming is to be left out of the time. */
    boolean isMeasuredOtherwise() {
        return false;
    }

    static int largest(float[] logits, int at, int vocabulary) {
        int best = 0;
        for (int i = 1; i < vocabulary; i++) {
            if (logits[at + i] > logits[at + best]) {
                best = i;
            }
        }
        return best;
    }
}
