package dev.paca.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.bench.random.TinyShapes;
import dev.paca.bench.result.ResultFile;
import dev.paca.model.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeCommandTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int serve(String... args) {
        List<String> all = new ArrayList<>(
                List.of("serve", "-m", TinyShapes.file(folder).toString(), "--warm-up", "0", "-t", "1"));
        all.addAll(List.of(args));
        return Bench.run(new PrintWriter(out), new PrintWriter(err), all.toArray(String[]::new));
    }

    private static double number(Json.Obj result, String name) {
        return ((Json.Num) result.members().get(name)).toDouble();
    }

    @Test
    void answersEveryRequestUnderEveryPolicy() {
        Path file = folder.resolve("results.jsonl");
        String[] args = {
            "--requests",
            "6",
            "-p",
            "40",
            "-n",
            "12",
            "--arrivals",
            "100",
            "--kv-policy",
            "dense,quest",
            "--kv-memory",
            "1",
            "-o",
            file.toString()
        };
        assertThat(serve(args)).isZero();
        assertThat(err.toString()).isEmpty();
        List<Json.Obj> results = ResultFile.read(file, notice -> {});
        assertThat(results.stream().map(r -> r.get("kv"))).containsExactly(Json.of("dense"), Json.of("quest"));
        assertThat(results).allSatisfy(r -> {
            assertThat(number(r, "finished")).isEqualTo(6);
            assertThat(number(r, "rate")).isPositive();
            Json.Obj first = (Json.Obj) r.members().get("first");
            assertThat(number(first, "p50")).isPositive().isLessThanOrEqualTo(number(first, "p99"));
            assertThat(number(r, "limitBytes")).isEqualTo(1 << 20);
        });
        assertThat(out.toString()).contains("| tiny | dense | 6/6 |").contains("| tiny | quest | 6/6 |");
    }

    @Test
    void goesOnWhereARequestCanNeverFit() throws IOException {
        // A megabyte holds 2048 tokens of 512 bytes.
        Path trace = Files.writeString(folder.resolve("trace.csv"), "0,32,4\n0,3000,1000\n0,32,4\n");
        assertThat(serve("--trace", trace.toString(), "--kv-memory", "1", "-ctk", "f32", "-ctv", "f32"))
                .isZero();
        assertThat(out.toString()).contains("| 2/3 |");
        assertThat(err.toString().lines()).hasSize(1).first().asString().contains("f32: 1 requests failed");
    }

    @Test
    void refusesWhatCannotBeServed() {
        assertThat(serve("--requests", "0")).isEqualTo(1);
        assertThat(serve("-p", "40000")).isEqualTo(1);
        assertThat(serve("--trace", folder.resolve("none.csv").toString())).isEqualTo(1);
        assertThat(err.toString())
                .contains("found --requests 0")
                .contains("and tiny has 4096")
                .contains("none.csv cannot be read");
    }
}
