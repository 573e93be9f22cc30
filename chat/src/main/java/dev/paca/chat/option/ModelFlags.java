package dev.paca.chat.option;

import dev.paca.model.gguf.Gguf;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which model. */
public final class ModelFlags {
    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE",
            defaultValue = "${env:LLAMA_ARG_MODEL}",
            description = "the GGUF file")
    private @Nullable Path model;

    @Parameters(arity = "0..1", paramLabel = "MODEL", hidden = true)
    private @Nullable Path positional;

    /** The file, or null if none is named. */
    public @Nullable Path path() {
        if (positional == null) {
            return model;
        }
        if (model != null && !model.equals(positional) && System.getenv("LLAMA_ARG_MODEL") == null) {
            throw new UsageException("Two models are named, " + model + " and " + positional + ": leave one out.");
        }
        return positional;
    }

    /** Opens the file. */
    public Gguf open() {
        Path file = path();
        if (file == null) {
            throw new UsageException("Name the GGUF file, with -m or without.");
        }
        return Gguf.open(file);
    }
}
