package dev.paca.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.bench.random.TinyShapes;
import dev.paca.bench.result.ResultFile;
import dev.paca.model.json.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpeedCommandTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        return Bench.run(new PrintWriter(out), new PrintWriter(err), args);
    }

    private int speed(String... args) {
        List<String> all = new ArrayList<>(
                List.of("speed", "-m", TinyShapes.file(folder).toString(), "--warm-up", "0", "-r", "2", "-t", "1"));
        all.addAll(List.of(args));
        return run(all.toArray(String[]::new));
    }

    @Test
    void measuresPromptsAndDecodingAtEveryDepth() {
        Path file = folder.resolve("results.jsonl");
        int code = speed(
                "-p", "64", "-n", "8", "-d", "0,256", "--kv-select", "all,quest:budget=32", "-o", file.toString());
        assertThat(err.toString()).isEmpty();
        assertThat(code).isZero();
        List<Json.Obj> results = ResultFile.read(file, notice -> {});
        assertThat(results.stream().map(r -> text(r, "kv") + " " + text(r, "test") + number(r, "depth")))
                .containsExactly(
                        "all pp0.0",
                        "all tg0.0",
                        "all pp256.0",
                        "all tg256.0",
                        "quest:budget=32 pp0.0",
                        "quest:budget=32 tg0.0",
                        "quest:budget=32 pp256.0",
                        "quest:budget=32 tg256.0");
        assertThat(results).allSatisfy(r -> assertThat(number(r, "rate")).isPositive());
        // Two layers with two KV heads of 16 channels, in F16: 256 bytes a token, in pages of 16 tokens.
        Json.Obj dense = results.get(3);
        assertThat(number(dense, "heldBytes")).as("with page tables").isBetween(256 * 272.0, 256 * 272.0 + 1024);
        assertThat(number(dense, "readBytes")).isEqualTo(256 * 272);
        assertThat(number(dense, "roofline")).isBetween(0.0, 1.0);
        assertThat(results.get(0).get("readBytes")).isEqualTo(Json.Null.NULL);
        // Four KV heads read two pages each, and the bounds of 16 in two numbers a channel; no layer of two reads all.
        assertThat(number(results.get(7), "readBytes")).isEqualTo(4 * (2 * 16 * 64 + 16 * 64));
        assertThat(out.toString().lines()).hasSize(4 + 8);
    }

    @Test
    void decodesSequencesTogetherEachWithACacheOfItsOwn() {
        Path file = folder.resolve("results.jsonl");
        assertThat(speed("-p", "0", "-n", "8", "-d", "64", "-npl", "1,3", "-o", file.toString()))
                .isZero();
        List<Json.Obj> results = ResultFile.read(file, notice -> {});
        assertThat(results.stream().map(r -> number(r, "sequences"))).containsExactly(1.0, 3.0);
        assertThat(number(results.get(1), "heldBytes")).isEqualTo(3 * number(results.get(0), "heldBytes"));
        assertThat(number(results.get(1), "readBytes"))
                .as("of one token")
                .isEqualTo(number(results.get(0), "readBytes"));
    }

    @Test
    void refusesMoreSequencesThanTheCacheHoldsBeforeItReadsThem() {
        assertThat(speed("-p", "0", "-n", "8", "-d", "64", "-npl", "1000000", "--kv-memory", "1"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("1000000 sequences of 72 tokens").contains("the limit is 1 MiB");
        assertThat(out.toString()).doesNotContain("tg8");
    }

    @Test
    void decodesWhatIsLikeliest() {
        Path file = folder.resolve("results.jsonl");
        assertThat(speed("-p", "0", "-n", "4", "-npl", "1,2", "--greedy", "-o", "md," + file))
                .isZero();
        assertThat(out.toString()).contains("| tg4, greedy |").contains("| tg4 × 2, greedy |");
        assertThat(ResultFile.read(file, notice -> {})).allSatisfy(r -> {
            assertThat(r.get("greedy")).isEqualTo(Json.of(true));
            assertThat(number(r, "rate")).isPositive();
        });
    }

    @Test
    void goesOnWithoutAPeerThatFails() {
        int code = speed("-p", "0", "-n", "4", "-d", "0,16", "--peer", "llama-bench=" + folder.resolve("none"));
        assertThat(code).isZero();
        assertThat(err.toString().lines()).as("one sentence").hasSize(1);
        assertThat(err.toString()).contains("could not be run").contains("goes on without llama-bench");
        assertThat(out.toString()).contains("| llama-bench t/s | ratio |").contains("tg4 @ d16");
    }

    @Test
    void keepsWhatWasMeasuredBeforeAnError() {
        Path file = folder.resolve("results.jsonl");
        Path broken = folder.resolve("none.gguf");
        int code = run(
                "speed",
                "-m",
                TinyShapes.file(folder) + "," + broken,
                "--warm-up",
                "0",
                "-r",
                "1",
                "-p",
                "8",
                "-n",
                "0",
                "-o",
                file.toString());
        assertThat(code).isEqualTo(1);
        assertThat(err.toString()).contains("none.gguf: there is no such file");
        assertThat(ResultFile.read(file, notice -> {})).hasSize(1);
    }

    @Test
    void refusesWhatCannotBeMeasured() {
        assertThat(speed("-p", "0", "-n", "0")).isEqualTo(1);
        assertThat(speed("-p", "-1")).isEqualTo(1);
        assertThat(speed("-p", "5000")).isEqualTo(1);
        assertThat(speed("--device", "ptx:7")).isEqualTo(1);
        assertThat(speed("--kv-policy", "qest")).isEqualTo(1);
        assertThat(err.toString())
                .contains("every -p and -n is 0")
                .contains("found -p [-1]")
                .contains("pp5000 needs a context of 5000 tokens, and the model has 4096")
                .containsAnyOf("There is no device ptx:7", "reaches no device but the CPU")
                .contains("'qest'");
        assertThat(speed("-p", "some")).isEqualTo(2);
    }

    private static String text(Json.Obj result, String name) {
        return ((Json.Str) result.members().get(name)).value();
    }

    private static double number(Json.Obj result, String name) {
        return ((Json.Num) result.members().get(name)).toDouble();
    }
}
