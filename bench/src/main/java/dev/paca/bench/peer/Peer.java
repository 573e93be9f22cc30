package dev.paca.bench.peer;

import dev.paca.kv.PacaException;
import java.nio.file.Path;
import java.util.OptionalDouble;

/** Another program that runs models. */
public interface Peer {
    /** What it is called, as {@code --peer} has it. */
    String name();

    /**
     * Measures once.
     *
     * @return tokens a second; nothing where the program has no such measurement
     * @throws PacaException if it cannot be run, or gives no number
     */
    OptionalDouble rate(Work work);

    /** @param text {@code NAME=PATH}, as {@code --peer} has it */
    static Peer of(String text) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        String path = equals < 0 ? "" : text.substring(equals + 1);
        if (path.isEmpty()) {
            throw unknown(text);
        }
        return switch (name) {
            case "llama-bench" -> new LlamaBench(Path.of(path));
            case "gpullama3" -> new GpuLlama3(Path.of(path));
            case "jlama" -> Jlama.of(path);
            default -> throw unknown(text);
        };
    }

    private static PacaException unknown(String text) {
        return new PacaException("There is no peer '" + text + "', expected llama-bench=PATH, gpullama3=PATH (of"
                + " llama-tornado), or jlama=PATH@OWNER/MODEL.");
    }
}
