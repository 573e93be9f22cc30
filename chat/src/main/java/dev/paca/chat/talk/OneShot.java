package dev.paca.chat.talk;

import dev.paca.chat.terminal.Console;
import dev.paca.chat.terminal.Interrupts;
import dev.paca.model.Model;
import dev.paca.model.chat.Conversation;
import dev.paca.model.engine.Generation;
import dev.paca.model.engine.GenerationListener;
import dev.paca.model.engine.GenerationOptions;
import dev.paca.model.engine.GenerationResult;
import dev.paca.model.engine.Session;
import dev.paca.model.template.Message;
import dev.paca.model.tokenizer.Tokenizer;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One answer. */
public final class OneShot {
    private final Console console;
    private final Interrupts interrupts;
    private final Model model;
    private final GenerationOptions options;
    private final boolean timings;

    public OneShot(Console console, Interrupts interrupts, Model model, GenerationOptions options, boolean timings) {
        this.console = console;
        this.interrupts = interrupts;
        this.model = model;
        this.options = options;
        this.timings = timings;
    }

    /** Asks the model as its chat template has it; tells whether the answer was interrupted. */
    public boolean ask(@Nullable String system, String question) {
        try (Conversation conversation = model.conversation()) {
            conversation.system(system);
            return show(listener -> conversation.start(List.of(Message.user(question)), options, listener));
        }
    }

    /** Lets the model go on from a text; tells whether that was interrupted. */
    public boolean complete(String text) {
        Tokenizer tokenizer = model.tokenizer();
        IntStream begin = tokenizer.addsBos() ? tokenizer.bos().stream() : IntStream.empty();
        int[] tokens = IntStream.concat(begin, IntStream.of(tokenizer.encode(text, true)))
                .toArray();
        try (Session session = model.session()) {
            return show(listener -> session.start(tokens, options, listener));
        }
    }

    private boolean show(Function<GenerationListener, Generation> start) {
        GenerationResult result = Answer.show(console, interrupts, start);
        if (timings) {
            console.aside(Report.line(result, model.contextLength()));
        }
        return interrupts.idle();
    }
}
