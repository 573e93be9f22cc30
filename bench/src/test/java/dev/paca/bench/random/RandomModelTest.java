package dev.paca.bench.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.paca.kv.PacaException;
import dev.paca.model.Model;
import dev.paca.model.ModelOptions;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.gguf.Gguf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RandomModelTest {
    private static final Room ROOMY = new Room(1L << 40, 1L << 40);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(
            value = GgmlType.class,
            names = {"F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"})
    void isAModelThatRuns(GgmlType type) {
        for (Shape shape : List.of(TinyShapes.LLAMA, TinyShapes.QWEN)) {
            Path file = new RandomModels(folder).file(shape, type, ROOMY, notice -> {});
            try (Model model =
                    Model.load(file, ModelOptions.DEFAULT.withThreads(1).withKvBytes(1 << 20))) {
                int[] tokens = model.tokenizer().encode("Grüße, 東京!", false);
                assertThat(model.tokenizer().decode(tokens)).isEqualTo("Grüße, 東京!");
                float[] logits;
                try (var session = model.session()) {
                    logits = session.logits(tokens);
                }
                assertThat(logits).hasSize(shape.vocabulary()).doesNotContain(Float.NaN);
                assertThat(logits).as("no two words are equally likely").doesNotHaveDuplicates();
            }
        }
    }

    @Test
    void takesTheBytesThatItSays() {
        RandomModel model = new RandomModel(TinyShapes.QWEN, GgmlType.Q4_0);
        Path file = folder.resolve("model.gguf");
        model.write(file);
        try (Gguf gguf = Gguf.open(file)) {
            long matrices = gguf.tensors().values().stream()
                    .filter(t -> t.type() == GgmlType.Q4_0)
                    .mapToLong(t -> t.data().byteSize())
                    .sum();
            assertThat(model.bytes()).isEqualTo(matrices);
        }
    }

    @Test
    void hasTheSizesOfTheModelsThatItIsNamedAfter() {
        // Parameters as the models' cards count them, in millions: 1236, 3213 and 8030; Qwen's 596 are of a tied model.
        assertThat(parameters("llama-3.2-1b")).isEqualTo(1236);
        assertThat(parameters("llama-3.2-3b")).isEqualTo(3213);
        assertThat(parameters("llama-3.1-8b")).isEqualTo(8030);
        assertThat(parameters("qwen3-0.6b")).isEqualTo(596);
    }

    private static long parameters(String name) {
        return Math.round(new RandomModel(Shape.named(name), GgmlType.F16).bytes() / 2e6);
    }

    @Test
    void isTheSameEachTime() throws IOException {
        new RandomModel(TinyShapes.LLAMA, GgmlType.Q8_0).write(folder.resolve("a"));
        new RandomModel(TinyShapes.LLAMA, GgmlType.Q8_0).write(folder.resolve("b"));
        assertThat(Files.mismatch(folder.resolve("a"), folder.resolve("b"))).isEqualTo(-1);
    }

    @Test
    void scalesFrequenciesAsLlama31Does() {
        float[] factors = Shape.named("llama-3.1-8b").ropeFactors();
        assertThat(factors).hasSize(64);
        assertThat(factors[0]).isEqualTo(1);
        assertThat(factors[63]).isEqualTo(8);
        // A wavelength of 8192 / 2 lies in the middle between no scaling and all of it, on the scale of frequencies.
        int pair = 31;
        double wavelength = 2 * Math.PI * Math.pow(500_000, 2.0 * pair / 128);
        double smooth = (8192 / wavelength - 1) / 3;
        assertThat(smooth).isBetween(0.0, 1.0);
        assertThat(1 / factors[pair]).isCloseTo((float) ((1 - smooth) / 8 + smooth), within(1e-6f));
    }

    @Test
    void isMadeOnce() throws IOException {
        List<String> notices = new ArrayList<>();
        RandomModels models = new RandomModels(folder);
        Path file = models.file(TinyShapes.LLAMA, GgmlType.F16, ROOMY, notices::add);
        var made = Files.getLastModifiedTime(file);
        assertThat(models.file(TinyShapes.LLAMA, GgmlType.F16, ROOMY, notices::add))
                .isEqualTo(file);
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(made);
        assertThat(notices).hasSize(1).first().asString().contains("random-tiny-llama-f16.gguf");
        try (var left = Files.list(folder)) {
            assertThat(left).containsExactly(file);
        }
    }

    @Test
    void isRefusedWithNumbersWhereThereIsNoRoom() {
        RandomModels models = new RandomModels(folder);
        Shape large = Shape.named("llama-3.1-8b");
        assertThatThrownBy(() -> models.file(large, GgmlType.Q8_0, new Room(4L << 30, 1L << 40), n -> {}))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("llama-3.1-8b:q8_0 takes 8137 MiB of weights")
                .hasMessageContaining("of this machine's 4096 MiB");
        assertThatThrownBy(() -> models.file(large, GgmlType.Q8_0, new Room(1L << 40, 1L << 30), n -> {}))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("llama-3.1-8b:q8_0 takes 8169 MiB on the disk")
                .hasMessageContaining("1024 MiB are free");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void namesWhatThereIs() {
        RandomModels models = new RandomModels(folder);
        assertThatThrownBy(() -> models.file("llama-4", n -> {}))
                .hasMessageContaining("'llama-4'")
                .hasMessageContaining("llama-3.2-1b, llama-3.2-3b");
        assertThatThrownBy(() -> models.file("llama-3.2-1b:q4_k", n -> {}))
                .hasMessageContaining("'q4_k'")
                .hasMessageContaining("q4_0")
                .hasMessageContaining("q8_0");
    }

    @Test
    void liesInTheCacheFolderOrElseAmongTemporaryFiles() throws IOException {
        String home = folder.resolve("home").toString();
        assertThat(RandomModels.of(Map.of("XDG_CACHE_HOME", folder.toString()), home, "/tmp")
                        .folder())
                .isEqualTo(folder.resolve("paca/random-2"));
        assertThat(RandomModels.of(Map.of(), home, "/tmp").folder())
                .isEqualTo(folder.resolve("home/.cache/paca/random-2"));
        Path file = Files.writeString(folder.resolve("file"), "in the way");
        assertThat(RandomModels.of(Map.of("XDG_CACHE_HOME", file.toString()), home, folder.toString())
                        .folder())
                .isEqualTo(folder);
    }
}
