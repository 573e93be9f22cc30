package dev.paca.bench.speed;

import dev.paca.kv.PacaException;
import dev.paca.model.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** llama.cpp's llama-bench as a peer: the same file, tokens and threads, one repetition a call. */
record LlamaBench(Path program) {
    double rate(Measurement test, Path model, int threads) {
        List<String> command = List.of(
                program.toString(),
                "-m",
                model.toString(),
                "-p",
                Integer.toString(test.decode() ? 0 : test.tokens()),
                "-n",
                Integer.toString(test.decode() ? test.tokens() : 0),
                "-d",
                Integer.toString(test.depth()),
                "-t",
                Integer.toString(threads),
                "-r",
                "1",
                "-o",
                "json");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            if (code == 0
                    && Json.parse(out) instanceof Json.Arr results
                    && !results.items().isEmpty()
                    && results.items().getFirst() instanceof Json.Obj result
                    && result.get("avg_ts") instanceof Json.Num rate) {
                return rate.toDouble();
            }
            throw new PacaException("The peer " + program + " ended with code " + code
                    + " and gave no rate. Try it by hand: " + String.join(" ", command));
        } catch (IOException e) {
            throw new PacaException(
                    "The peer " + program + " could not be started (" + e.getMessage()
                            + "). Give the path of a built llama-bench.",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PacaException("The measurement was interrupted.", e);
        }
    }
}
