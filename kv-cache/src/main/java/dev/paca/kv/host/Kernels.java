package dev.paca.kv.host;

import dev.paca.kv.attention.AttentionKernel;
import dev.paca.kv.attention.ScalarAttention;
import dev.paca.kv.index.ScalarScorer;
import dev.paca.kv.index.Scorer;
import dev.paca.kv.vector.VectorAttention;
import dev.paca.kv.vector.VectorScorer;

/** Chooses the attention kernel: the Vector API where the JVM was started with it, else the scalar definition. */
final class Kernels {
    private Kernels() {}

    static AttentionKernel best() {
        // Tests whether the module is there before any class that needs it is loaded.
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() ? vector() : new ScalarAttention();
    }

    static Scorer bestScorer() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() ? vectorScorer() : new ScalarScorer();
    }

    private static Scorer vectorScorer() {
        return new VectorScorer();
    }

    private static AttentionKernel vector() {
        return new VectorAttention();
    }
}
