package dev.paca.bench.speed;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Slice;
import java.util.List;
import java.util.SplittableRandom;

/** Times a decoder, with random tokens as llama-bench does: neither tokenizer nor sampler is measured. */
final class Timer {
    /** How long a test runs before it is timed: the JIT compiler takes seconds over the kernels. */
    private static final long WARM_UP_NANOS = 5_000_000_000L;

    private final Decoder decoder;
    private final KvPolicy policy;
    private final int chunk;

    /** @param chunk tokens of a prompt that run in one pass */
    Timer(Decoder decoder, KvPolicy policy, int chunk) {
        this.decoder = decoder;
        this.policy = policy;
        this.chunk = chunk;
    }

    /** A sequence of {@code depth} tokens; nothing of it is timed. */
    KvCache prepare(int depth) {
        KvCache cache = decoder.pool().open(policy);
        prefill(cache, depth);
        return cache;
    }

    /** Runs a test, once or until the code is compiled. */
    void warmUp(Measurement test, KvCache before) {
        long start = System.nanoTime();
        do {
            rate(test, before);
        } while (System.nanoTime() - start < WARM_UP_NANOS);
    }

    /** Runs a test on a copy of a sequence and gives its tokens per second. */
    double rate(Measurement test, KvCache before) {
        if (test.depth() + test.tokens() > decoder.contextLength()) {
            throw new PacaException(test.label() + " needs a context of " + (test.depth() + test.tokens())
                    + " tokens, and the model has " + decoder.contextLength() + ". Lower -p, -n or -d.");
        }
        try (KvCache cache = before.fork()) {
            long start = System.nanoTime();
            if (test.decode()) {
                decode(cache, test.tokens());
            } else {
                prefill(cache, test.tokens());
            }
            return test.tokens() * 1e9 / (System.nanoTime() - start);
        }
    }

    /** Bytes of the cache that decoding one token after {@code before} reads. */
    long readBytes(KvCache before) {
        try (KvCache cache = before.fork()) {
            long start = cache.usage().readBytes();
            decode(cache, 1);
            return cache.usage().readBytes() - start;
        }
    }

    private void prefill(KvCache cache, int tokens) {
        int[] ids = random(tokens);
        for (int from = 0; from < tokens; from += chunk) {
            int count = Math.min(chunk, tokens - from);
            boolean last = from + count == tokens;
            Phase phase = last ? Phase.PREFILL_END : Phase.PREFILL;
            cache.reserve(count);
            decoder.forward(List.of(new Slice(cache, ids, from, count, phase, last ? 1 : 0)));
        }
    }

    private void decode(KvCache cache, int tokens) {
        int[] ids = random(tokens);
        for (int i = 0; i < tokens; i++) {
            cache.reserve(1);
            decoder.forward(List.of(new Slice(cache, ids, i, 1, Phase.DECODE, 1)));
        }
    }

    private int[] random(int tokens) {
        return new SplittableRandom(tokens)
                .ints(tokens, 0, decoder.vocabularySize())
                .toArray();
    }
}
