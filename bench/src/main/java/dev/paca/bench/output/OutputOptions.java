package dev.paca.bench.output;

import dev.paca.bench.result.Origin;
import dev.paca.bench.result.ResultFile;
import dev.paca.kv.PacaException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** What is printed, and what is kept in files. */
public final class OutputOptions {
    @Option(
            names = {"-o", "--output"},
            split = ",",
            paramLabel = "md|csv|json|jsonl|FILE",
            description = {
                "How results are printed (default md), and files to keep them in, told by their endings; both may be given."
                        + " Results are added to a .jsonl that is there; other files are written anew."
            })
    private List<String> outputs = List.of();

    /**
     * Opens them.
     *
     * @param kind what the results are of
     * @param spec the command that makes them
     * @param notice receives sentences for a user
     * @throws PacaException if a form is unknown or a file cannot be written
     */
    public Output open(String kind, CommandSpec spec, Consumer<String> notice) {
        Output output = new Output(kind, Origin.of(spec));
        boolean terminal = false;
        try {
            for (String each : outputs) {
                int dot = each.lastIndexOf('.');
                Format format = Format.of(each.substring(dot + 1))
                        .orElseThrow(() -> new PacaException("Results cannot be written as '" + each + "', expected "
                                + String.join(", ", Format.labels()) + ", or a file with such an ending."));
                if (dot < 0) {
                    output.add(format, spec.commandLine().getOut(), null);
                    terminal = true;
                } else if (format == Format.JSONL) {
                    output.add(ResultFile.open(Path.of(each), notice));
                } else {
                    output.add(format, writer(Path.of(each)), Path.of(each));
                }
            }
        } catch (RuntimeException e) {
            output.close();
            throw e;
        }
        if (!terminal) {
            output.add(Format.MD, spec.commandLine().getOut(), null);
        }
        return output;
    }

    private static PrintWriter writer(Path file) {
        try {
            return new PrintWriter(Files.newBufferedWriter(file, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new PacaException(
                    file + " cannot be written (" + e.getClass().getSimpleName() + ": " + e.getMessage()
                            + "). Choose another file with -o.",
                    e);
        }
    }
}
