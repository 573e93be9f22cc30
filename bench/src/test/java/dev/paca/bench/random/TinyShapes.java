package dev.paca.bench.random;

import dev.paca.model.gguf.GgmlType;
import java.nio.file.Path;

/** Shapes that are small enough for a test. */
public final class TinyShapes {
    public static final Shape LLAMA =
            new Shape("tiny-llama", "llama", 64, 2, 4, 2, 16, 96, 600, 16, true, 4096, 500_000, 32, 1e-5f);
    static final Shape QWEN =
            new Shape("tiny-qwen", "qwen3", 64, 2, 4, 2, 32, 96, 600, 16, false, 4096, 1_000_000, 1, 1e-6f);

    private TinyShapes() {}

    /** A file with the Llama's weights. */
    public static Path file(Path folder) {
        Path file = folder.resolve("tiny.gguf");
        new RandomModel(LLAMA, GgmlType.Q8_0).write(file);
        return file;
    }
}
