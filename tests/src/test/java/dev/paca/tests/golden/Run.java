package dev.paca.tests.golden;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.Phase;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/** One sequence in a decoder, run without the engine. */
final class Run implements AutoCloseable {
    private static final int CHUNK = 512;

    private final Decoder decoder;
    private final KvCache cache;

    Run(Decoder decoder, KvPolicy policy) {
        this.decoder = decoder;
        this.cache = decoder.pool().open(policy);
    }

    /** Runs a prompt in chunks, and gives the logits after its last token. */
    float[] prefill(int[] ids) {
        for (int from = 0; ; from += CHUNK) {
            int count = Math.min(CHUNK, ids.length - from);
            boolean last = from + count == ids.length;
            float[] logits = step(ids, from, count, last ? Phase.PREFILL_END : Phase.PREFILL, last ? 1 : 0);
            if (last) {
                return logits;
            }
        }
    }

    /** Takes the likeliest token again and again, up to and with the first that stops. */
    int[] greedy(float[] logits, int limit, IntPredicate stops) {
        int[] tokens = new int[limit];
        for (int i = 0; i < limit; i++) {
            tokens[i] = likeliest(logits);
            if (stops.test(tokens[i])) {
                return Arrays.copyOf(tokens, i + 1);
            }
            logits = step(tokens, i, 1, Phase.DECODE, 1);
        }
        return tokens;
    }

    private float[] step(int[] ids, int from, int count, Phase phase, int rows) {
        cache.reserve(count);
        Logits logits = decoder.forward(List.of(new Slice(cache, ids, from, count, phase, rows)));
        return Arrays.copyOf(logits.values(), rows * logits.vocabulary());
    }

    private static int likeliest(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    /** The norm of the difference by the norm of what was expected. */
    static double error(float[] found, float[] expected) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = (double) found[i] - expected[i];
            error += difference * difference;
            norm += (double) expected[i] * expected[i];
        }
        return Math.sqrt(error / norm);
    }

    @Override
    public void close() {
        cache.close();
    }
}
