package dev.paca.chat.talk;

import dev.paca.chat.terminal.Console;
import dev.paca.chat.terminal.Interrupts;
import dev.paca.chat.terminal.OutputClosedException;
import dev.paca.chat.terminal.ProgressBar;
import dev.paca.model.engine.Generation;
import dev.paca.model.engine.GenerationListener;
import dev.paca.model.engine.GenerationResult;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Brings an answer to standard output as it comes. */
public final class Answer implements GenerationListener {
    private final Console console;
    private final ProgressBar bar;
    private volatile @Nullable Generation generation;
    private volatile @Nullable OutputClosedException closed;
    private boolean begun;
    private char last = '\n';

    private Answer(Console console) {
        this.console = console;
        this.bar = console.progress("reading the prompt");
    }

    /**
     * Starts a generation, shows it, and waits for its end. An interrupt stops it.
     *
     * @param start starts it, with the listener that it is given
     * @throws OutputClosedException if standard output takes no more
     * @throws dev.paca.kv.PacaException if the generation fails
     */
    public static GenerationResult show(
            Console console, Interrupts interrupts, Function<GenerationListener, Generation> start) {
        Answer answer = new Answer(console);
        try {
            Generation generation = start.apply(answer);
            answer.generation = generation;
            interrupts.during(generation::cancel);
            if (answer.closed != null) {
                generation.cancel();
            }
            GenerationResult result = generation.await();
            OutputClosedException closed = answer.closed;
            if (closed != null) {
                throw closed;
            }
            return result;
        } finally {
            answer.bar.close();
            answer.endLine();
        }
    }

    @Override
    public void onPrefill(int done, int total) {
        if (!begun && done < total) {
            bar.at(done, total);
        } else {
            bar.close();
        }
    }

    @Override
    public void onText(String text) {
        bar.close();
        begun = true;
        if (closed != null) {
            return;
        }
        try {
            console.answer(text);
            last = text.charAt(text.length() - 1);
        } catch (OutputClosedException e) {
            closed = e;
            Generation running = generation;
            if (running != null) {
                running.cancel();
            }
        }
    }

    /** An answer ends its line, whether the model did or not. */
    private void endLine() {
        if (begun && last != '\n' && closed == null) {
            console.answer("\n");
        }
    }
}
