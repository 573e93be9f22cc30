package dev.paca.chat.talk;

import dev.paca.chat.terminal.Interrupts;
import dev.paca.kv.PacaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/** Lines typed at a terminal, with editing, completion, and a history that is kept. */
final class TerminalLines implements LineSource {
    private final Terminal terminal;
    private final LineReader reader;

    /** @param history the file of what was typed before, or null to keep nothing */
    TerminalLines(Interrupts interrupts, @Nullable Path history) {
        try {
            // A terminal that can do nothing is still good for typing lines.
            terminal = TerminalBuilder.builder()
                    .system(true)
                    .dumb(true)
                    .nativeSignals(true)
                    .encoding(StandardCharsets.UTF_8)
                    .build();
        } catch (IOException e) {
            throw new PacaException("The terminal cannot be used: " + e.getMessage() + ". Ask with -p instead.", e);
        }
        terminal.handle(Terminal.Signal.INT, signal -> interrupts.interrupt());
        LineReaderBuilder builder = LineReaderBuilder.builder()
                .terminal(terminal)
                .appName("paca")
                .parser(new Quotes())
                .completer(new Completion())
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, "... ")
                .variable(LineReader.HISTORY_SIZE, 1000)
                .variable(LineReader.HISTORY_FILE_SIZE, 2000)
                .option(LineReader.Option.HISTORY_TIMESTAMPED, false)
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .option(LineReader.Option.HISTORY_IGNORE_SPACE, false);
        if (history != null) {
            builder.variable(LineReader.HISTORY_FILE, history);
        }
        reader = builder.build();
    }

    /** Where what was typed is kept: the XDG base directory specification's place for such state, if it can be written. */
    static @Nullable Path history(Map<String, String> environment) {
        String state = environment.getOrDefault("XDG_STATE_HOME", "");
        Path folder = (state.isEmpty() ? Path.of(System.getProperty("user.home"), ".local", "state") : Path.of(state))
                .resolve("paca");
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            return null;
        }
        return Files.isWritable(folder) ? folder.resolve("history") : null;
    }

    @Override
    public @Nullable String next() throws InterruptedLine {
        try {
            return reader.readLine("> ");
        } catch (UserInterruptException e) {
            throw new InterruptedLine(!e.getPartialLine().isEmpty());
        } catch (EndOfFileException e) {
            return null;
        }
    }

    @Override
    public void close() {
        try {
            reader.getHistory().save();
            terminal.close();
        } catch (IOException e) {
            throw new PacaException("What was typed cannot be kept: " + e.getMessage() + ".", e);
        }
    }

    /** Three quotes hold lines together; nothing else in a line means anything. */
    private static final class Quotes implements Parser {
        private final DefaultParser words =
                new DefaultParser().quoteChars(new char[0]).escapeChars(new char[0]);

        @Override
        public ParsedLine parse(String line, int cursor, ParseContext context) {
            if (context == ParseContext.ACCEPT_LINE && Line.isOpen(line)) {
                throw new EOFError(-1, -1, "three quotes are open");
            }
            return words.parse(line, cursor, context);
        }

        @Override
        public boolean isEscapeChar(char c) {
            return false;
        }

        @Override
        public boolean validCommandName(String name) {
            return false;
        }

        @Override
        public boolean validVariableName(String name) {
            return false;
        }
    }
}
