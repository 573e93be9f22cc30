package dev.paca.model.engine;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.Phase;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import dev.paca.model.sampling.Sampler;
import dev.paca.model.sampling.SamplingOptions;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** An engine over a {@link TinyDecoder}, and what its answers should be, found without an engine. */
final class Fixture implements AutoCloseable {
    static final int CONTEXT = 4096;
    static final long PLENTY = 64 << 20;
    static final GenerationOptions GREEDY = GenerationOptions.DEFAULT.withSampling(SamplingOptions.GREEDY);

    /** Tokens are letters; the last one ends the generation. */
    static final Vocabulary LETTERS = new Vocabulary() {
        @Override
        public byte[] bytes(int token) {
            return Character.toString('!' + token).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public boolean isSpecial(int token) {
            return false;
        }

        @Override
        public boolean endsGeneration(int token) {
            return token == TinyDecoder.VOCABULARY - 1;
        }
    };

    final TinyDecoder decoder;
    final Engine engine;

    Fixture() {
        this(PLENTY, EngineOptions.DEFAULT);
    }

    Fixture(long limitBytes, EngineOptions options) {
        decoder = new TinyDecoder(limitBytes, CONTEXT);
        engine = new Engine(decoder, LETTERS, options);
    }

    Session session() {
        return engine.session(KvPolicy.DENSE);
    }

    /** Waits until the decoder has run so many steps. */
    void awaitSteps(int count) throws InterruptedException {
        while (stepCount() < count) {
            Thread.sleep(1);
        }
    }

    /** From now on a step takes a millisecond or more, so that a long answer is not over before the test has ended it. */
    void slowDown() {
        decoder.beforeStep = () -> {
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
    }

    int stepCount() {
        synchronized (decoder.steps) {
            return decoder.steps.size();
        }
    }

    /** Tokens that were run in all steps. */
    int tokensRun() {
        synchronized (decoder.steps) {
            return decoder.steps.stream()
                    .flatMap(List::stream)
                    .mapToInt(TinyDecoder.Ran::tokens)
                    .sum();
        }
    }

    static int[] prompt(int length, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return random.ints(length, 0, TinyDecoder.VOCABULARY - 1).toArray();
    }

    static int[] join(int[]... parts) {
        return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
    }

    /** What a decoder of its own makes of a prompt, whole, then token by token. */
    static int[] alone(int[] prompt, KvPolicy policy, SamplingOptions sampling, int count) {
        try (Decoder decoder = new TinyDecoder(PLENTY, CONTEXT);
                KvCache cache = decoder.pool().open(policy)) {
            Sampler sampler = new Sampler(sampling, TinyDecoder.VOCABULARY, CONTEXT, null);
            sampler.observe(prompt, 0, prompt.length);
            int[] made = new int[count];
            int[] next = prompt;
            for (int i = 0; i < count; i++) {
                cache.reserve(next.length);
                Phase phase = i == 0 ? Phase.PREFILL_END : Phase.DECODE;
                Logits logits = decoder.forward(List.of(new Slice(cache, next, 0, next.length, phase, 1)));
                made[i] = sampler.sample(logits.values(), logits.offset(0));
                if (LETTERS.endsGeneration(made[i])) {
                    return Arrays.copyOf(made, i + 1);
                }
                next = new int[] {made[i]};
            }
            return made;
        }
    }

    @Override
    public void close() {
        engine.close();
    }
}
