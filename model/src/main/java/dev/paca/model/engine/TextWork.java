package dev.paca.model.engine;

import dev.paca.kv.KvMemoryException;
import dev.paca.kv.PacaException;
import dev.paca.model.sampling.Sampler;
import dev.paca.model.sampling.TextStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.IntSupplier;

/** Wants text after a prompt: samples, streams, and knows when to end. */
final class TextWork extends Work {
    private final GenerationOptions options;
    private final Vocabulary vocabulary;
    private final Generation generation;
    private final Delivery delivery;
    private final Sampler sampler;
    private final TextStream stream;
    private final int prompt;
    private final int most;
    private final StringBuilder text = new StringBuilder();
    private final long asked = System.nanoTime();
    private long started;
    private long first;
    private int reused;
    private int[] made = new int[64];
    private int count;

    /**
     * @param prompt tokens of the prompt
     * @param most tokens to make at most
     */
    TextWork(
            Sequence sequence,
            Runnable ended,
            GenerationOptions options,
            Vocabulary vocabulary,
            Generation generation,
            Delivery delivery,
            Sampler sampler,
            int prompt,
            int most) {
        super(sequence, ended);
        this.options = options;
        this.vocabulary = vocabulary;
        this.generation = generation;
        this.delivery = delivery;
        this.sampler = sampler;
        this.stream = new TextStream(options.stop());
        this.prompt = prompt;
        this.most = most;
    }

    @Override
    boolean cancelled() {
        return generation.cancelled();
    }

    @Override
    void started(int reused) {
        started = System.nanoTime();
        this.reused = reused;
        delivery.prefill(reused, prompt);
    }

    @Override
    void stepped() {
        if (count == 0) {
            delivery.prefill(sequence().cached(), prompt);
        }
    }

    @Override
    boolean take(float[] logits, int offset) {
        return take(() -> sampler.sample(logits, offset));
    }

    @Override
    boolean needsOnlyLikeliest() {
        return sampler.needsOnlyLikeliest();
    }

    @Override
    boolean take(int likeliest) {
        return take(() -> sampler.sample(likeliest));
    }

    private boolean take(IntSupplier sample) {
        if (first == 0) {
            first = System.nanoTime();
        }
        if (most == 0) {
            return end(FinishReason.LENGTH, "");
        }
        int token = sample.getAsInt();
        if (count == made.length) {
            made = Arrays.copyOf(made, 2 * count);
        }
        made[count++] = token;
        if (vocabulary.endsGeneration(token)) {
            return end(FinishReason.STOP, "");
        }
        boolean shown = options.special() || !vocabulary.isSpecial(token);
        String decided = shown ? stream.accept(vocabulary.bytes(token)) : "";
        if (stream.stop() != null) {
            return end(FinishReason.STOP, decided);
        }
        if (count == most) {
            return end(FinishReason.LENGTH, decided);
        }
        sequence().append(token);
        say(decided);
        return false;
    }

    @Override
    void cancel() {
        end(FinishReason.CANCELLED, "");
    }

    @Override
    void starve(KvMemoryException error) {
        if (options.maxTokens() < 0 && count > 0) {
            end(FinishReason.LENGTH, "");
        } else {
            fail(error);
        }
    }

    @Override
    void fail(PacaException error) {
        leave();
        delivery.fail(error);
    }

    private boolean end(FinishReason reason, String decided) {
        say(decided + stream.finish());
        long now = System.nanoTime();
        long begun = started == 0 ? now : started;
        long sampled = first == 0 ? now : first;
        GenerationResult result = new GenerationResult(
                reason,
                text.toString(),
                Arrays.copyOf(made, count),
                prompt,
                reused,
                stream.stop(),
                sampler.seed(),
                Duration.ofNanos(begun - asked),
                Duration.ofNanos(sampled - begun),
                Duration.ofNanos(now - sampled),
                sequence().usage());
        leave();
        delivery.end(result);
        return true;
    }

    private void say(String decided) {
        text.append(decided);
        delivery.text(decided);
    }
}
