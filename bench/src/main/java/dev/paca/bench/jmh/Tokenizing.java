package dev.paca.bench.jmh;

import dev.paca.kv.PacaException;
import dev.paca.model.Model;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Text into tokens, with the embedded model's vocabulary. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Tokenizing implements Checked {
    @Param({"1000", "50000"})
    public int characters;

    private @Nullable Tokenizer tokenizer;
    private String text = "";

    @Setup
    @Override
    public void setUp() {
        try (Gguf gguf = Gguf.open(Model.embeddedFile());
                InputStream prose = Tokenizing.class.getResourceAsStream("/dev/paca/bench/prose.txt")) {
            tokenizer = Tokenizer.of(gguf.metadata());
            text = new String(Objects.requireNonNull(prose).readAllBytes(), StandardCharsets.UTF_8)
                    .substring(0, characters);
        } catch (IOException e) {
            throw new PacaException("The bundled prose cannot be read: " + e.getMessage() + ". Get the jar again.", e);
        }
        String back = Objects.requireNonNull(tokenizer).decode(encode());
        if (!back.equals(text)) {
            throw new PacaException("The tokens of the bundled prose do not give its text back.");
        }
    }

    /** What is timed. */
    @Benchmark
    public int[] encode() {
        return Objects.requireNonNull(tokenizer).encode(text, false);
    }
}
