package dev.paca.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** These tests start Java without TornadoVM's options: what it computes is the subject of tornado-kernels' own. */
class DeviceCommandTest {
    @TempDir
    private Path folder;

    private final StringWriter err = new StringWriter();

    private int device(String... args) {
        String[] all = new String[args.length + 1];
        all[0] = "device";
        System.arraycopy(args, 0, all, 1, args.length);
        return Bench.run(new PrintWriter(new StringWriter()), new PrintWriter(err), all);
    }

    @Test
    void saysWhatToAddWhereThereIsNoSdk() {
        Path file = folder.resolve("results.jsonl");
        assertThat(device("--device", "ptx:0", "-o", file.toString())).isEqualTo(1);
        assertThat(err.toString().lines()).hasSize(1);
        assertThat(err.toString())
                .contains("TORNADOVM_HOME")
                .contains("java @$TORNADOVM_HOME/tornado-argfile --module-path $TORNADOVM_HOME/share/java/tornado");
        assertThat(Files.exists(file)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "scoring | There is no part 'scoring', expected attention or products",
                "--shape llama-9 | There is no shape 'llama-9', expected one of llama-3.2-1b",
                "--weights q9_9 | There is no type 'q9_9' of weights, expected one of f32, f16",
                "-d 0 | -d, --sequences and -r are at least 1",
                "--sequences -1 | found -d [4096], --sequences [-1]",
                "--kv-policy nobody | nobody",
                "--kv-evict snapkv:budget=64 | Leave --kv-evict out"
            })
    void saysWhatIsWrongWithTheCommand(String arguments, String sentence) {
        assertThat(device(arguments.split(" "))).isEqualTo(1);
        assertThat(err.toString().lines()).hasSize(1);
        assertThat(err.toString()).contains(sentence);
    }
}
