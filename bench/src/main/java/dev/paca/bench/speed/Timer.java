package dev.paca.bench.speed;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Slice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Times a decoder, with random tokens as llama-bench does, or with the likeliest ones: neither tokenizer nor sampler is
 * measured.
 */
final class Timer {
    private final Decoder decoder;
    private final KvPolicy policy;
    private final int chunk;

    /** @param chunk tokens of a prompt that run in one pass */
    Timer(Decoder decoder, KvPolicy policy, int chunk) {
        this.decoder = decoder;
        this.policy = policy;
        this.chunk = chunk;
    }

    /** So many sequences of {@code depth} tokens each; nothing of it is timed. */
    Sequences prepare(int depth, int count) {
        return Sequences.open(count, () -> {
            KvCache cache = decoder.pool().open(policy);
            try {
                prefill(cache, depth);
                return cache;
            } catch (RuntimeException | Error e) {
                cache.close();
                throw e;
            }
        });
    }

    /** @throws PacaException if the model's context cannot hold it */
    void check(Measurement test) {
        if (test.length() > decoder.contextLength()) {
            throw new PacaException(test.label() + " needs a context of " + test.length()
                    + " tokens, and the model has " + decoder.contextLength() + ". Lower -p, -n or -d.");
        }
    }

    /** Runs a test until its code has been compiled, once at least. */
    void warmUp(Measurement test, Sequences before, long nanos) {
        long start = System.nanoTime();
        do {
            run(test, before, 1);
        } while (System.nanoTime() - start < nanos);
    }

    /** Runs a test some times, each on copies of sequences; the rate is that of all together. */
    Sample run(Measurement test, Sequences before, int times) {
        Sample last = new Sample(0, 0, 0);
        double seconds = 0;
        for (int i = 0; i < times; i++) {
            last = once(test, before);
            seconds += test.timed() / last.rate();
        }
        return new Sample(times * (double) test.timed() / seconds, last.held(), last.read());
    }

    private Sample once(Measurement test, Sequences before) {
        try (Sequences copies = before.fork(test.sequences())) {
            long read = copies.read();
            long start = System.nanoTime();
            if (test.decode()) {
                decode(copies.caches(), test.tokens(), test.greedy());
            } else {
                prefill(copies.caches().getFirst(), test.tokens());
            }
            double rate = test.timed() * 1e9 / (System.nanoTime() - start);
            return new Sample(rate, copies.held(), (double) (copies.read() - read) / test.timed());
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

    private void decode(List<KvCache> caches, int tokens, boolean greedy) {
        int[] ids = random(tokens);
        int[] next = new int[caches.size()];
        Arrays.fill(next, ids[0]);
        for (int i = 0; i < tokens; i++) {
            List<Slice> step = new ArrayList<>();
            for (int s = 0; s < next.length; s++) {
                caches.get(s).reserve(1);
                step.add(new Slice(caches.get(s), greedy ? next : ids, greedy ? s : i, 1, Phase.DECODE, 1));
            }
            if (greedy) {
                next = decoder.likeliest(step);
            } else {
                decoder.forward(step);
            }
        }
    }

    private int[] random(int tokens) {
        return new SplittableRandom(tokens)
                .ints(tokens, 0, decoder.vocabularySize())
                .toArray();
    }
}
