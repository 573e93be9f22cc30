package dev.paca.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.bench.result.ResultFile;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JmhCommandTest {
    @TempDir
    private Path folder;

    private final StringWriter err = new StringWriter();

    private int jmh(String... args) {
        String[] all = new String[args.length + 1];
        all[0] = "jmh";
        System.arraycopy(args, 0, all, 1, args.length);
        return Bench.run(new PrintWriter(new StringWriter()), new PrintWriter(err), all);
    }

    @Test
    void keepsResultsAlthoughAnotherBenchmarkFails() {
        Path file = folder.resolve("results.jsonl");
        String out = folder.resolve("jmh.txt").toString();
        int code = jmh(
                "TopK",
                "-p",
                "scores=100,-1",
                "-p",
                "chosen=10",
                "-f",
                "0",
                "-wi",
                "0",
                "-i",
                "1",
                "-r",
                "1ms",
                "-o",
                out,
                "--results",
                file.toString());
        assertThat(code).isEqualTo(1);
        assertThat(err.toString())
                .contains("1 of 2 benchmarks came to no result")
                .contains("are kept");
        assertThat(ResultFile.read(file, notice -> {}))
                .singleElement()
                .satisfies(result -> assertThat(result.toString())
                        .contains("\"benchmark\":\"TopK\"")
                        .contains("scores=100"));
    }

    @Test
    void saysWhatIsWrongWithTheCommand() {
        assertThat(jmh("TopK", "-p", "nope=1")).isEqualTo(1);
        assertThat(jmh("Nope")).isEqualTo(1);
        assertThat(err.toString())
                .contains("No benchmark has a parameter 'nope', expected one of characters, chosen")
                .contains("There are Products, DenseAttention");
    }

    @Test
    void saysWhereHelpIs() {
        assertThat(Bench.run(new PrintWriter(new StringWriter()), new PrintWriter(err), "speed", "-p", "abc"))
                .isEqualTo(2);
        assertThat(err.toString().lines()).hasSize(1);
        assertThat(err.toString()).contains("'abc' is not an int. 'bench speed --help' says what it takes.");
    }
}
