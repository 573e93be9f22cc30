package dev.paca.model.engine;

import dev.paca.kv.CacheUsage;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.model.sampling.Sampler;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A sequence of tokens that keeps its cache between generations: a prompt that begins as the last one and its answer went
 * on needs prefill only for what is new. Does one thing at a time: a second thread is refused, not queued.
 */
public final class Session implements AutoCloseable {
    private enum State {
        IDLE,
        BUSY,
        CLOSED
    }

    private final Engine engine;
    private final Sequence sequence;
    private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);
    private volatile int[] tokens;

    Session(Engine engine, Sequence sequence) {
        this.engine = engine;
        this.sequence = sequence;
        this.tokens = sequence.ran();
    }

    /**
     * Begins to generate and returns at once.
     *
     * @param prompt all tokens of the context, those of earlier turns included
     * @param listener told what happens, or null
     * @throws ContextException if the context cannot hold what is asked for
     * @throws PacaException if the session is busy or closed, or the prompt is empty or has tokens that the model has not
     */
    public Generation start(int[] prompt, GenerationOptions options, @Nullable GenerationListener listener) {
        int[] tokens = checked(prompt, options.maxTokens());
        int most = options.maxTokens() < 0 ? engine.contextLength() - tokens.length : options.maxTokens();
        Sampler sampler =
                new Sampler(options.sampling(), engine.vocabularySize(), engine.contextLength(), options.constraint());
        sampler.observe(tokens, 0, tokens.length);
        Generation generation = new Generation();
        occupy();
        try {
            Delivery delivery = new Delivery(generation, listener);
            TextWork work = new TextWork(
                    sequence,
                    this::ended,
                    options,
                    engine.vocabulary(),
                    generation,
                    delivery,
                    sampler,
                    tokens.length,
                    most);
            submit(work, tokens, options.maxTokens());
        } catch (RuntimeException | Error e) {
            leave();
            throw e;
        }
        return generation;
    }

    /** {@link #start}, and waits for the end. */
    public GenerationResult generate(int[] prompt, GenerationOptions options, @Nullable GenerationListener listener) {
        return start(prompt, options, listener).await();
    }

    /** {@link #start}, and waits for the end. */
    public GenerationResult generate(int[] prompt, GenerationOptions options) {
        return generate(prompt, options, null);
    }

    /**
     * The logits after a prompt's last token, one for each token of the vocabulary.
     *
     * @throws PacaException as {@link #start}
     */
    public float[] logits(int[] prompt) {
        int[] tokens = checked(prompt, 0);
        occupy();
        LogitsWork work = new LogitsWork(sequence, engine.vocabularySize(), this::ended);
        try {
            submit(work, tokens, 0);
        } catch (RuntimeException | Error e) {
            leave();
            throw e;
        }
        return Engine.join(work.result());
    }

    /**
     * Keeps the first {@code tokens} tokens of the prompts to come, those of an instruction say, whatever the policy evicts.
     * They count against its budget.
     */
    public void protect(int tokens) {
        if (tokens < 0) {
            throw new PacaException("The first " + tokens + " tokens were to be kept; give none or more.");
        }
        exclusively(() -> {
            sequence.protect(tokens);
            return true;
        });
    }

    /** How its cache is stored, read and kept. */
    public KvPolicy policy() {
        return sequence.policy();
    }

    /** The tokens that were run when it was last idle: those that a next prompt need not run again. Not to be changed. */
    public int[] tokens() {
        return tokens;
    }

    /** What its cache holds and has read. */
    public CacheUsage usage() {
        return exclusively(sequence::usage);
    }

    /** A second session that goes on from the same point; pages are shared until one of the two writes. */
    public Session fork() {
        return exclusively(() -> engine.session(sequence.fork()));
    }

    /**
     * Writes its tokens and pages, so that {@link Engine#restore} can go on from here, in this process or another one. Other
     * sessions wait meanwhile.
     *
     * @throws PacaException if the session is busy or closed, or the device cannot save caches
     * @throws IOException if the stream fails
     */
    public void save(OutputStream to) throws IOException {
        occupy();
        try {
            engine.save(sequence, to);
        } finally {
            leave();
        }
    }

    /** Forgets all tokens and gives the pages back. */
    public void clear() {
        exclusively(() -> {
            sequence.clear();
            tokens = sequence.ran();
            return true;
        });
    }

    /** Cancels what runs and gives every page back. A second call does nothing. */
    @Override
    public void close() {
        if (state.getAndSet(State.CLOSED) == State.CLOSED) {
            return;
        }
        engine.callUnlessClosed(() -> {
            engine.scheduler().cancel(sequence);
            engine.scheduler().remove(sequence);
        });
    }

    private int[] checked(int[] prompt, int maxTokens) {
        if (prompt.length == 0) {
            throw new PacaException("The prompt has no tokens; give at least one.");
        }
        if ((long) prompt.length + Math.max(1, maxTokens) > engine.contextLength()) {
            throw new ContextException(prompt.length, maxTokens, engine.contextLength());
        }
        int[] tokens = prompt.clone();
        for (int i = 0; i < tokens.length; i++) {
            if (tokens[i] < 0 || tokens[i] >= engine.vocabularySize()) {
                throw new PacaException("Token " + tokens[i] + " at index " + i
                        + " of the prompt is none of the model's " + engine.vocabularySize() + ".");
            }
        }
        return tokens;
    }

    private void submit(Work work, int[] tokens, int maxTokens) {
        engine.submit(work, () -> {
            boolean open = state.get() != State.CLOSED;
            if (open) {
                engine.scheduler()
                        .checkFits(sequence.policy(), tokens.length, tokens.length + Math.max(0, maxTokens - 1));
                sequence.begin(tokens);
            }
            return open;
        });
    }

    private <T> T exclusively(Supplier<T> order) {
        occupy();
        try {
            return engine.call(order);
        } finally {
            leave();
        }
    }

    private void occupy() {
        State was = state.compareAndExchange(State.IDLE, State.BUSY);
        if (was == State.CLOSED) {
            throw closed();
        }
        if (was == State.BUSY) {
            throw new PacaException(
                    "The session is busy with another request; wait for its end, cancel it, or use a session for each thread.");
        }
    }

    private static PacaException closed() {
        return new PacaException("The session is closed; open a new one.");
    }

    /** Work has ended; on the engine's thread. */
    private void ended() {
        tokens = sequence.ran();
        leave();
    }

    private void leave() {
        state.compareAndSet(State.BUSY, State.IDLE);
    }
}
