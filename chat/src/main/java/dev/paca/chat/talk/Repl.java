package dev.paca.chat.talk;

import dev.paca.chat.terminal.Console;
import dev.paca.chat.terminal.Interrupts;
import dev.paca.chat.terminal.OutputClosedException;
import dev.paca.kv.PacaException;
import dev.paca.model.Model;
import dev.paca.model.chat.Conversation;
import dev.paca.model.engine.GenerationOptions;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads a line, answers it, and so on. */
public final class Repl {
    private final Console console;
    private final Interrupts interrupts;
    private final Consumer<PacaException> failures;

    /** @param failures told what went wrong with a line; the conversation goes on */
    public Repl(Console console, Interrupts interrupts, Consumer<PacaException> failures) {
        this.console = console;
        this.interrupts = interrupts;
        this.failures = failures;
    }

    /** What a conversation begins with. */
    public record Opening(
            @Nullable String system,
            @Nullable String document,
            @Nullable String question,
            boolean singleTurn) {}

    /**
     * Talks until the end of the input, {@code /exit}, or two interrupts.
     *
     * @return whether it was interrupted
     */
    public boolean run(Model model, Opening opening, GenerationOptions options, boolean timings) {
        try (LineSource lines = console.tty().in()
                        ? new TerminalLines(interrupts, TerminalLines.history(System.getenv()))
                        : new PlainLines(System.in);
                Conversation conversation = model.conversation()) {
            conversation.system(opening.system());
            Talk talk = new Talk(console, interrupts, model, conversation, options, timings);
            talk.document(opening.document());
            if (opening.question() != null) {
                attempt(() -> talk.ask(opening.question()));
            }
            return loop(lines, talk, opening.singleTurn());
        }
    }

    private boolean loop(LineSource lines, Talk talk, boolean once) {
        boolean warned = false;
        while (true) {
            String typed;
            try {
                typed = lines.next();
            } catch (LineSource.InterruptedLine e) {
                if (!interrupts.isNew()) {
                    continue;
                }
                if (warned && !e.typed()) {
                    return true;
                }
                warned = !e.typed();
                if (warned) {
                    console.aside("Ctrl-C once more, Ctrl-D or /exit ends.");
                }
                continue;
            }
            warned = false;
            if (typed == null) {
                return false;
            }
            switch (Line.parse(typed)) {
                case Line.Empty e -> {}
                case Line.Message message -> {
                    if (attempt(() -> talk.ask(message.text())) && once) {
                        return false;
                    }
                }
                case Line.Command command -> {
                    Command known = Command.of(command.name());
                    if (known == Command.EXIT) {
                        return false;
                    } else if (known == null) {
                        console.fail("There is no command /" + command.name()
                                + "; /help lists them. To send this to the model, begin with a space.");
                    } else {
                        attempt(() -> talk.run(known, command.rest()));
                    }
                }
            }
        }
    }

    /** A line that fails does not end the conversation; only output that nobody takes does. */
    private boolean attempt(Runnable action) {
        try {
            action.run();
            return true;
        } catch (OutputClosedException e) {
            throw e;
        } catch (PacaException e) {
            failures.accept(e);
            return false;
        } finally {
            interrupts.idle();
        }
    }
}
