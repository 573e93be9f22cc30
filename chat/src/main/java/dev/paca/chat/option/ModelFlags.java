package dev.paca.chat.option;

import dev.paca.kv.ChannelLabels;
import dev.paca.kv.PacaException;
import dev.paca.model.Model;
import dev.paca.model.ModelOptions;
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
            description = "the GGUF file (default: the built-in Paca 28M)")
    private @Nullable Path model;

    @Parameters(arity = "0..1", paramLabel = "MODEL", hidden = true)
    private @Nullable Path positional;

    /** The file, or null for the built-in model. */
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
        return Gguf.open(file == null ? Model.embeddedFile() : file);
    }

    /**
     * Loads the model.
     *
     * @throws PacaException if it cannot be, or the policy names channel labels of another model
     */
    public Model load(ModelOptions options) {
        Path file = path();
        Model model = file == null ? Model.embedded(options) : Model.load(file, options);
        ChannelLabels labels = options.policy().selection().labels();
        if (labels != null) {
            try {
                labels.check(model.name());
            } catch (PacaException e) {
                model.close();
                throw e;
            }
        }
        return model;
    }
}
