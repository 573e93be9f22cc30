package dev.paca.chat.command;

import dev.paca.chat.option.ModelFlags;
import dev.paca.chat.option.TextFlags;
import dev.paca.chat.option.UsageException;
import dev.paca.chat.terminal.ColourMode;
import dev.paca.chat.terminal.Console;
import dev.paca.kv.KvCache;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.host.Calibration;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Slice;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.kernels.KernelLookup;
import dev.paca.model.kernels.ThreadWorkers;
import dev.paca.model.llama.CpuDecoder;
import dev.paca.model.llama.CpuOptions;
import dev.paca.model.llama.LlamaConfig;
import dev.paca.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Finds the channels that Double Sparsity looks at, from any text. */
@Command(
        name = "calibrate",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Find the channels that --kv-select double-sparsity:labels=FILE looks at, from a text.")
public final class Calibrate extends PacaCommand {
    /** The text is run in pieces of so many tokens, or of the model's context. */
    private static final int PIECE = 4096;
    /** Fewer would tell little of what a channel is worth. */
    private static final int LEAST = 16;

    private static final int CHUNK = 512;
    private static final long CACHE_BYTES = 4L << 30;

    @Mixin(name = "Text")
    private TextFlags text = new TextFlags();

    @Mixin(name = "Model")
    private ModelFlags model = new ModelFlags();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            required = true,
            description = "where to write the channels")
    private @Nullable Path output;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            defaultValue = "0",
            description = "threads that compute (default: one a processor)")
    private int threads;

    Calibrate(Function<ColourMode, Console> consoles) {
        super(consoles);
    }

    @Override
    int run(Console console) {
        Path file = output;
        if (file == null) {
            throw new UsageException("--output is missing: name the file to write.");
        }
        String read = text.text();
        int count = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
        try (Gguf gguf = model.open();
                ThreadWorkers workers = new ThreadWorkers(count);
                Decoder decoder = CpuDecoder.of(gguf, KernelLookup.best(), workers, new CpuOptions(0, CACHE_BYTES))) {
            int[] ids = text.ids(read, Tokenizer.of(gguf.metadata()));
            if (ids.length < LEAST) {
                throw new PacaException("The text to calibrate on has " + ids.length + " tokens, expected at least "
                        + LEAST + ". Give a longer one, some thousand words of the kind that the model will read.");
            }
            Calibration calibration = new Calibration(decoder.pool().shape());
            int piece = Math.min(PIECE, LlamaConfig.of(gguf.metadata()).contextLength());
            for (int from = 0; from < ids.length; from += piece) {
                observe(decoder, ids, from, Math.min(ids.length, from + piece), calibration);
            }
            String name = gguf.metadata().string("general.name", gguf.name());
            calibration.labels(name).write(file);
            console.aside(file + ": the channels of " + name + " from " + ids.length + " tokens.");
        } catch (IOException e) {
            throw new PacaException(file + ": the channels cannot be written: " + e.getMessage() + ".", e);
        }
        return ExitCode.OK;
    }

    private static void observe(Decoder decoder, int[] ids, int from, int to, Calibration calibration) {
        try (KvCache cache = decoder.pool().open(Calibration.POLICY)) {
            for (int at = from; at < to; at += CHUNK) {
                int count = Math.min(CHUNK, to - at);
                cache.reserve(count);
                Phase phase = at + count == to ? Phase.PREFILL_END : Phase.PREFILL;
                decoder.forward(List.of(new Slice(cache, ids, at, count, phase, 0)));
            }
            calibration.add(cache);
        }
    }
}
