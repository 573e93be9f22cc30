package dev.paca.model.engine;

import dev.paca.kv.PacaException;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Brings a generation's events to its listener, on a virtual thread of their own, so that a slow listener never holds the
 * model up. Without a listener it only completes the generation.
 */
final class Delivery {
    private sealed interface Event {
        record Prefill(int done, int total) implements Event {}

        record Text(String text) implements Event {}

        record End(GenerationResult result) implements Event {}

        record Failure(PacaException error) implements Event {}
    }

    private final Generation generation;
    private final @Nullable GenerationListener listener;
    private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private boolean begun;

    Delivery(Generation generation, @Nullable GenerationListener listener) {
        this.generation = generation;
        this.listener = listener;
    }

    void prefill(int done, int total) {
        post(new Event.Prefill(done, total));
    }

    void text(String text) {
        if (!text.isEmpty()) {
            post(new Event.Text(text));
        }
    }

    void end(GenerationResult result) {
        if (listener == null) {
            generation.end(result);
        } else {
            post(new Event.End(result));
        }
    }

    void fail(PacaException error) {
        if (listener == null) {
            generation.fail(error);
        } else {
            post(new Event.Failure(error));
        }
    }

    /** The thread begins with the first event, so that a request that never gets that far leaves none behind. */
    private void post(Event event) {
        GenerationListener to = listener;
        if (to == null) {
            return;
        }
        events.add(event);
        if (!begun) {
            begun = true;
            Thread.ofVirtual().name("paca-listener").start(() -> deliver(to));
        }
    }

    private void deliver(GenerationListener to) {
        StringBuilder delivered = new StringBuilder();
        boolean dropped = false;
        try {
            while (true) {
                Event event = events.take();
                switch (event) {
                    case Event.Prefill prefill -> {
                        if (!generation.cancelled()) {
                            to.onPrefill(prefill.done(), prefill.total());
                        }
                    }
                    case Event.Text text -> {
                        if (generation.cancelled()) {
                            dropped = true;
                        } else {
                            delivered.append(text.text());
                            to.onText(text.text());
                        }
                    }
                    case Event.End end -> {
                        boolean partial = dropped || end.result().reason() == FinishReason.CANCELLED;
                        GenerationResult told = partial ? end.result().cancelled(delivered.toString()) : end.result();
                        to.onEnd(told);
                        generation.end(told);
                        return;
                    }
                    case Event.Failure failure -> {
                        failed(to, failure.error());
                        return;
                    }
                }
            }
        } catch (InterruptedException e) {
            generation.cancel();
            failed(to, new PacaException("The thread that delivers the text was interrupted.", e));
        } catch (Throwable e) {
            generation.cancel();
            failed(to, new PacaException("The listener of a generation failed: " + e, e));
        }
    }

    private void failed(GenerationListener to, PacaException error) {
        try {
            to.onError(error);
        } catch (Throwable e) {
            error.addSuppressed(e);
        } finally {
            generation.fail(error);
        }
    }
}
