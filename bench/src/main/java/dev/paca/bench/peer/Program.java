package dev.paca.bench.peer;

import dev.paca.kv.PacaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs a peer's program to its end. */
final class Program {
    /** Of what it complained about, how much is told. */
    private static final int MOST = 300;

    private Program() {}

    /**
     * @return what it printed
     * @throws PacaException if it cannot be started or ends with an error
     */
    static String run(List<String> command) {
        Path errors = null;
        try {
            errors = Files.createTempFile("paca-peer-", ".err");
            Process process =
                    new ProcessBuilder(command).redirectError(errors.toFile()).start();
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            if (code != 0) {
                throw failed(command, "it ended with code " + code, last(Files.readString(errors)));
            }
            return out;
        } catch (IOException e) {
            throw failed(command, "it could not be run", String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PacaException("The measurement was interrupted.", e);
        } finally {
            delete(errors);
        }
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

    /** The last line that says something. */
    static String last(String text) {
        String line =
                text.lines().filter(l -> !l.isBlank()).reduce("", (a, b) -> b).strip();
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
