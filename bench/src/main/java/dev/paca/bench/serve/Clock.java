package dev.paca.bench.serve;

import dev.paca.kv.PacaException;
import dev.paca.model.engine.GenerationListener;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes down when a request's tokens come. Each comes as a text of its own. */
final class Clock implements GenerationListener {
    private final long asked = System.nanoTime();
    private final List<Long> tokens = new ArrayList<>();
    private long started;
    private @Nullable PacaException error;

    @Override
    public void onPrefill(int done, int total) {
        if (started == 0) {
            started = System.nanoTime();
        }
    }

    @Override
    public void onText(String text) {
        long now = System.nanoTime();
        for (int i = 0; i < text.length(); i++) {
            tokens.add(now);
        }
    }

    @Override
    public void onError(PacaException error) {
        this.error = error;
    }

    /** When it was asked for. */
    long asked() {
        return asked;
    }

    /** When it first ran; 0 if it never did. */
    long started() {
        return started;
    }

    /** When each token came. */
    List<Long> tokens() {
        return tokens;
    }

    @Nullable
    PacaException error() {
        return error;
    }
}
