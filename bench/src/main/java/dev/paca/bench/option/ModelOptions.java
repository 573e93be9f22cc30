package dev.paca.bench.option;

import dev.paca.bench.random.RandomModels;
import dev.paca.bench.random.Room;
import dev.paca.kv.PacaException;
import dev.paca.model.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** Which models are measured: files, or random weights in a known shape. */
public final class ModelOptions {
    @Option(
            names = {"-m", "--model"},
            split = ",",
            paramLabel = "FILE",
            description = "GGUF files (default: the embedded model).")
    private List<Path> files = List.of();

    @Option(
            names = "--random",
            split = ",",
            paramLabel = "SHAPE[:TYPE]",
            description =
                    "Random weights in the shape of llama-3.2-1b, llama-3.2-3b, llama-3.1-8b, qwen3-0.6b or llama-tiny, such as"
                            + " llama-3.2-1b:q4_0 (default q8_0); made once, in the cache folder.")
    private List<String> shapes = List.of();

    /**
     * The models' files by their names.
     *
     * @param notice receives a sentence for a user where something takes its time
     * @throws PacaException if one is not there, cannot be made, or is too large for this machine
     */
    public Map<String, Path> files(Consumer<String> notice) {
        List<Path> all = new ArrayList<>(files);
        RandomModels random = RandomModels.ofUser();
        shapes.forEach(shape -> all.add(random.file(shape, notice)));
        if (all.isEmpty()) {
            all.add(Model.embeddedFile());
        }
        Map<String, Path> named = new LinkedHashMap<>();
        for (Path file : all) {
            if (Files.isRegularFile(file)) {
                Room.here(file.toAbsolutePath()).checkMemory(file.toString(), size(file), 0);
            }
            // The embedded model's file has its checksum in its name.
            named.put(file.getFileName().toString().replaceFirst("(-[0-9a-f]{8})?\\.gguf$", ""), file);
        }
        return named;
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new PacaException(file + " cannot be read (" + e.getMessage() + "). Check its permissions.", e);
        }
    }
}
