package dev.paca.bench.quality;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.bench.result.ResultFile;
import dev.paca.model.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The whole benchmark, small, on the embedded model. Its seed is used for no result. */
class QualityTest {
    private static final String SEED = "904";
    /** Sums of floats come in another order where other sequences run beside. */
    private static final double ROUNDING = 1e-6;

    @Command(subcommands = QualityCommand.class)
    private static final class Top {}

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void measuresEveryPolicyOnEveryQuestionAndGoesOnWhereItWasStopped() throws IOException {
        Path file = folder.resolve("results.jsonl");
        String[] few = arguments(file, "--presets", "dense,streaming", "--samples", "1");
        assertThat(run(few)).as(err.toString()).isZero();
        // Two tasks, one question each, two policies.
        List<Json.Obj> first = ResultFile.read(file, err::append);
        assertThat(first).hasSize(4);
        // Stopped within a line.
        Files.writeString(file, Files.readString(file).substring(0, (int) Files.size(file) - 40));
        String[] more = arguments(file, "--presets", "dense,streaming,quest", "--samples", "2", "--turns", "2");
        assertThat(run(more)).as(err.toString()).isZero();
        assertThat(err.toString()).contains("ends within line 4");
        List<Json.Obj> all = ResultFile.read(file, err::append);
        List<List<Json>> known =
                first.subList(0, 3).stream().map(QualityTest::identity).toList();
        assertThat(all.subList(0, 3).stream().map(QualityTest::identity).toList())
                .isEqualTo(known);
        // Facts of two questions and two pass keys, two turns of each, three policies.
        assertThat(all.stream().map(QualityTest::identity).toList()).doesNotHaveDuplicates();
        assertThat(all.stream().map(QualityTest::identity).distinct()).hasSize(2 * 2 * 2 * 3);

        for (Json.Obj result : all) {
            assertThat(result.get("kind")).isEqualTo(Json.of("quality"));
            if (result.get("label").equals(Json.of("dense"))) {
                // What the model was trained to find.
                assertThat(number(result, "score")).as(result.toString()).isEqualTo(1);
            }
            if (result.get("label").equals(Json.of("streaming 32"))
                    && result.get("turn").equals(Json.of(1))) {
                assertThat(number(result, "divergence")).as(result.toString()).isPositive();
                assertThat(number(result, "readBytes")).isLessThan(number(result, "denseReadBytes") / 2);
            }
        }
        assertThat(out.toString()).contains("| dense |", "| quest 32 |", "4/4 (51–100)", "600 tokens, question 2");
    }

    @Test
    void comparesTextsAndQuestionsThatAreReadWithTheText() {
        Path file = folder.resolve("results.jsonl");
        assertThat(run(
                        "quality",
                        "--tasks",
                        "perplexity,passkey",
                        "--lengths",
                        "400",
                        "--samples",
                        "1",
                        "--seed",
                        SEED,
                        "--presets",
                        "dense,dense-f32,oracle-tokens",
                        "--budgets",
                        "64",
                        "--question",
                        "prefill",
                        "-o",
                        file.toString()))
                .as(err.toString())
                .isZero();
        List<Json.Obj> all = ResultFile.read(file, err::append);
        assertThat(all).hasSize(6);
        for (Json.Obj result : all) {
            boolean text = result.get("task").equals(Json.of("perplexity"));
            // The model foretells English of its kind with a perplexity far below that of chance, 8192.
            assertThat(text ? Math.exp(number(result, "surprise")) : 2).isBetween(1.5, 200.0);
            if (result.get("label").equals(Json.of("dense"))) {
                assertThat(number(result, "divergence")).isLessThan(ROUNDING);
                assertThat(number(result, "mass")).isGreaterThan(0.999);
                assertThat(number(result, "recall")).isEqualTo(1);
            } else if (result.get("label").equals(Json.of("oracle-tokens 64"))) {
                assertThat(number(result, "mass")).isBetween(0.1, 0.999);
            }
        }
    }

    @Test
    void saysWhatIsWrongBeforeItBegins() {
        assertThat(run("quality", "--presets", "qest")).isEqualTo(1);
        assertThat(err.toString()).contains("There is no KV policy 'qest'; did you mean quest?");
        assertThat(run("quality", "--tasks", "pass")).isEqualTo(1);
        assertThat(err.toString()).contains("There is no task 'pass'", "perplexity");
        assertThat(run("quality", "--budgets", "0")).isEqualTo(1);
        assertThat(err.toString()).contains("--budgets are positive");
        assertThat(run("quality", "--turns", "3")).isEqualTo(1);
        assertThat(err.toString()).contains("--turns 1 or 2");
        assertThat(run("quality", "--types", "f15")).isEqualTo(1);
        assertThat(err.toString()).contains("'f15'");
        assertThat(run("quality", "--question", "before")).isEqualTo(1);
        assertThat(err.toString()).contains("found 'before'");
        assertThat(run("quality", "-m", folder.resolve("none.gguf").toString())).isEqualTo(1);
        assertThat(err.toString()).contains("none.gguf cannot be read");
        assertThat(run("quality", "--lengths", "40000", "--presets", "dense", "--samples", "1"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("do not fit into the 32768 tokens");
    }

    private static String[] arguments(Path file, String... more) {
        List<String> all = new ArrayList<>(List.of(
                "quality",
                "--tasks",
                "facts,passkey",
                "--lengths",
                "600",
                "--questions",
                "2",
                "--seed",
                SEED,
                "--budgets",
                "32",
                "-o",
                file.toString()));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private int run(String... arguments) {
        CommandLine line = new CommandLine(new Top());
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        line.setExecutionExceptionHandler((e, command, parsed) -> {
            err.append(e.getMessage());
            return 1;
        });
        return line.execute(arguments);
    }

    private static List<Json> identity(Json.Obj result) {
        return Stream.of("task", "length", "seed", "script", "turn", "policy")
                .map(result::get)
                .toList();
    }

    private static double number(Json.Obj result, String name) {
        return ((Json.Num) result.get(name)).toDouble();
    }
}
