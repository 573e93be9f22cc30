package dev.paca.bench.peer;

import dev.paca.kv.PacaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Runs a peer's program to its end. */
final class Program {
    /** Of what it complained about, how much is told. */
    private static final int MOST = 300;

    private static final Pattern COLOUR = Pattern.compile("\u001b\\[[0-9;]*m");
    private static final Pattern TRACE = Pattern.compile("\\s+at |\\s*Stacktrace:");

    private Program() {}

    /**
     * What a program printed.
     *
     * @param errors the same of its standard error
     */
    record Printed(String out, String errors) {
        /** The last line that says something: of what it complained about, else of all the rest. */
        String last() {
            String said = Program.last(errors);
            return said.isEmpty() ? Program.last(out) : said;
        }
    }

    /**
     * @param folder where it runs; null for here
     * @throws PacaException if it cannot be started or ends with an error
     */
    static Printed run(List<String> command, @Nullable Path folder) {
        Path errors = null;
        try {
            errors = Files.createTempFile("paca-peer-", ".err");
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
            if (folder != null) {
                builder.directory(folder.toFile());
            }
            Process process = builder.start();
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            Printed printed = new Printed(out, text(errors));
            if (code != 0) {
                throw failed(command, "it ended with code " + code, printed.last());
            }
            return printed;
        } catch (IOException e) {
            throw failed(command, "it could not be run", String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PacaException("The measurement was interrupted.", e);
        } finally {
            delete(errors);
        }
    }

    /** Whatever bytes a program has printed. */
    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    /** For a program that ended well and gave no number. */
    static PacaException failed(List<String> command, String what, String said) {
        return new PacaException("The peer " + command.getFirst() + " gave no rate: " + what
                + (said.isEmpty() ? "" : " (" + said + ")") + ". Try it by hand: "
                + String.join(" ", command.stream().map(Program::shortened).toList()));
    }

    /** A prompt of thousands of words says nothing. */
    private static String shortened(String argument) {
        String cut = argument.length() > MOST ? argument.substring(0, 20) + "…" : argument;
        return cut.contains(" ") ? "'" + cut + "'" : cut;
    }

    /** The last line that says something, and is no part of a stack trace. */
    private static String last(String text) {
        String line = COLOUR.matcher(text)
                .replaceAll("")
                .lines()
                .filter(l -> !l.isBlank() && !TRACE.matcher(l).lookingAt())
                .reduce("", (before, l) -> l)
                .strip();
        return line.length() > MOST ? line.substring(0, MOST) + "…" : line;
    }

    private static void delete(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // A temporary file that stays behind harms nobody.
        }
    }
}
