package dev.paca.chat.talk;

import dev.paca.chat.option.TextFile;
import dev.paca.chat.option.UsageException;
import dev.paca.chat.terminal.Console;
import dev.paca.chat.terminal.Interrupts;
import dev.paca.chat.terminal.Units;
import dev.paca.kv.CacheUsage;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.model.Model;
import dev.paca.model.chat.Conversation;
import dev.paca.model.engine.ContextException;
import dev.paca.model.engine.FinishReason;
import dev.paca.model.engine.Generation;
import dev.paca.model.engine.GenerationListener;
import dev.paca.model.engine.GenerationOptions;
import dev.paca.model.engine.GenerationResult;
import dev.paca.model.engine.Session;
import dev.paca.model.template.Message;
import dev.paca.model.template.Role;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A conversation with its parameters, and what the commands do to it. */
final class Talk {
    private final Console console;
    private final Interrupts interrupts;
    private final Model model;
    private final Conversation conversation;
    private final boolean timings;
    private GenerationOptions options;
    private @Nullable String document;
    private int turns;
    private long made;

    Talk(
            Console console,
            Interrupts interrupts,
            Model model,
            Conversation conversation,
            GenerationOptions options,
            boolean timings) {
        this.console = console;
        this.interrupts = interrupts;
        this.model = model;
        this.conversation = conversation;
        this.options = options;
        this.timings = timings;
    }

    /** Puts a text before the next question. */
    void document(@Nullable String text) {
        document = text;
    }

    /** Asks, and shows the answer. */
    void ask(String question) {
        String before = document;
        String said = before == null ? question : before + "\n\n" + question;
        GenerationResult result =
                answer(listener -> conversation.start(List.of(Message.user(said)), options, listener));
        // A question that was stopped before the answer began is forgotten; its document waits for the next one.
        if (result.reason() != FinishReason.CANCELLED || !result.text().isEmpty()) {
            document = null;
        }
    }

    private GenerationResult answer(Function<GenerationListener, Generation> start) {
        GenerationResult result;
        try {
            result = Answer.show(console, interrupts, start);
        } catch (ContextException e) {
            throw new PacaException(e.getMessage() + " /clear forgets what was said.", e);
        }
        turns++;
        made += result.tokens().length;
        if (timings) {
            console.aside(Report.line(result, model.contextLength()));
        }
        return result;
    }

    /** Does what a command says. Not for the one that ends. */
    void run(Command command, String rest) {
        switch (command) {
            case HELP -> help();
            case CLEAR -> {
                conversation.clear();
                document = null;
                console.aside("What was said is forgotten.");
            }
            case REGEN -> answer(listener -> conversation.regenerate(options, listener));
            case SYSTEM -> {
                conversation.system(rest.isEmpty() ? null : rest);
                console.aside(rest.isEmpty() ? "There is no system message now." : "The system message is set.");
            }
            case SET -> set(rest);
            case SHOW -> console.say(show(rest));
            case STATS -> console.say(stats());
            case CONTEXT -> console.say(context());
            case READ -> {
                document = TextFile.read(file(rest, command));
                console.aside("It comes before the next question: " + document.length() + " characters.");
            }
            case SAVE -> save(file(rest, command));
            case LOAD -> load(file(rest, command));
            case EXIT -> throw new UsageException("/exit ends the conversation.");
        }
    }

    private void save(Path file) {
        Session session = conversation.session();
        boolean ran = session.tokens().length > 0;
        String lost = new SavedTalk(model.name(), conversation.messages()).write(file, ran ? session : null);
        String kept = !ran || !lost.isEmpty()
                ? "the messages"
                : "the messages, and " + session.tokens().length + " tokens with their KV cache";
        console.aside("Saved to " + file + ": " + kept + "." + (lost.isEmpty() ? "" : " " + lost));
    }

    private void load(Path file) {
        KvPolicy policy = conversation.session().policy();
        SavedTalk.Opened opened =
                SavedTalk.read(file, model.name(), in -> model.engine().restore(policy, in));
        List<Message> messages = opened.talk().messages();
        String loaded = "Loaded " + messages.size() + (messages.size() == 1 ? " message" : " messages");
        Session session = opened.session();
        document = null;
        if (session == null) {
            conversation.messages(messages);
            console.aside(loaded + "; they are read with the next question."
                    + (opened.lost().isEmpty() ? "" : " " + opened.lost()));
            return;
        }
        conversation.resume(messages, session);
        int[] said = conversation.tokens();
        int same = Arrays.mismatch(session.tokens(), said);
        int reused = same < 0 ? said.length : same;
        console.aside(loaded + "; of their " + said.length + " tokens " + reused + " need not be read again.");
    }

    private void help() {
        console.say(Command.overview());
        console.say("\n  \"\"\"                  begins and ends a message of several lines");
        console.say("  a space first        sends what begins with a slash");
        console.say("  Ctrl-C               stops an answer; twice, or at the prompt twice, ends");
        console.say("  Ctrl-D               ends");
    }

    private static Path file(String rest, Command command) {
        if (rest.isEmpty()) {
            throw new UsageException("/" + command.label() + " needs the name of a file.");
        }
        String home = rest.startsWith("~/") ? System.getProperty("user.home") + rest.substring(1) : rest;
        try {
            return Path.of(home);
        } catch (java.nio.file.InvalidPathException e) {
            throw new UsageException("'" + rest + "' cannot be the name of a file here (" + e.getReason() + ").");
        }
    }

    private void set(String rest) {
        String[] words = rest.split("\\s+", 2);
        if (rest.isEmpty()) {
            console.say(parameters());
        } else if (words.length < 2) {
            throw new UsageException("/set " + words[0] + " needs a value.");
        } else if (words[0].equals("system")) {
            run(Command.SYSTEM, words[1]);
        } else {
            String name = words[0].equals("temperature") ? "temp" : words[0];
            options = Parameter.set(options, name, words[1]);
            console.aside(name + " is " + words[1] + ".");
        }
    }

    private String show(String what) {
        return switch (what) {
            case "", "info" ->
                model.name() + ", " + Units.bytes(model.gguf().bytes()) + ", context " + model.contextLength() + "\n"
                        + model.description() + "\n" + context();
            case "parameters" -> parameters();
            case "system" ->
                conversation.messages().stream()
                        .filter(message -> message.role() == Role.SYSTEM)
                        .map(Message::content)
                        .findFirst()
                        .orElse("There is no system message.");
            case "template" -> model.template().source();
            case "messages" -> messages();
            default ->
                throw new UsageException("There is no " + what + " to show; there are "
                        + String.join(", ", Command.SHOW.choices()) + ".");
        };
    }

    private String parameters() {
        StringBuilder s = new StringBuilder();
        for (Parameter parameter : Parameter.ALL) {
            s.append(s.isEmpty() ? "" : "\n")
                    .append(String.format(
                            "  %-18s %s", parameter.name(), parameter.get().apply(options)));
        }
        return s.toString();
    }

    private String messages() {
        StringBuilder s = new StringBuilder();
        for (Message message : conversation.messages()) {
            s.append(s.isEmpty() ? "" : "\n")
                    .append(message.role().label())
                    .append(": ")
                    .append(message.content());
        }
        return s.isEmpty() ? "Nothing was said yet." : s.toString();
    }

    private String context() {
        CacheUsage usage = conversation.session().usage();
        return "context " + usage.tokens() + " of " + model.contextLength() + " tokens, KV cache "
                + Units.bytes(usage.bytes()) + " in " + usage.pages() + " pages (dense F16 would hold "
                + Units.bytes(usage.denseBytes()) + ")";
    }

    private String stats() {
        CacheUsage usage = conversation.session().usage();
        String read = usage.denseReadBytes() == 0
                ? ""
                : "\nread while answering: " + Units.bytes(usage.readBytes())
                        + " of the KV cache, dense F16 would read " + Units.bytes(usage.denseReadBytes());
        return turns + (turns == 1 ? " answer, " : " answers, ") + made + " tokens made\n" + context() + read
                + LayerReport.lines(usage);
    }
}
