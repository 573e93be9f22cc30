package dev.paca.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.PacaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The peers' programs are played by scripts that say what these say. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the scripts are for a Unix shell")
class PeerTest {
    private static final Work DECODE = new Work(Path.of("model.gguf"), 32, 4096, true, 2, 2048, 512, 3);
    private static final Work PROMPT = new Work(Path.of("model.gguf"), 512, 0, false, 2, 2048, 512, 3);

    @TempDir
    private Path folder;

    private Path script(String... lines) throws IOException {
        Path script = folder.resolve("program");
        Files.writeString(script, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void asksLlamaBenchForOneRepetition() throws IOException {
        Path said = folder.resolve("said");
        Peer peer = Peer.of("llama-bench="
                + script("echo \"$@\" > " + said, "echo 'build: 123'", "echo '{\"n_gen\": 32, \"avg_ts\": 12.5}'"));
        assertThat(peer.rate(DECODE)).isEqualTo(OptionalDouble.of(12.5));
        assertThat(said).content().isEqualTo("-m model.gguf -p 0 -n 32 -d 4096 -t 2 -b 2048 -ub 512 -r 3 -o jsonl\n");
        peer.rate(PROMPT);
        assertThat(said).content().startsWith("-m model.gguf -p 512 -n 0 -d 0 ");
    }

    @Test
    void asksGpuLlama3ForItsBenchmark() throws IOException {
        Path said = folder.resolve("said");
        Peer peer = Peer.of("gpullama3="
                + script("echo \"$@\" > " + said, "echo loading", "echo '{\"test\": \"tg32\", \"avg_ts\": 99.25}'"));
        assertThat(peer.rate(DECODE)).isEqualTo(OptionalDouble.of(99.25));
        Path model = DECODE.model().toAbsolutePath();
        assertThat(said)
                .content()
                .isEqualTo("--model " + model + " --bench --bench-args=-n 32 -d 4096 -r 3 -o jsonl\n");
        assertThat(peer.rate(PROMPT)).isEqualTo(OptionalDouble.of(99.25));
        assertThat(said).content().contains("--bench-args=-p 512 -d 0 -b 512 -r 3 -o jsonl");
    }

    @Test
    void runsGpuLlama3WhereItsSettingsLieAndWithoutBatchesWhereTheseFail() throws IOException {
        Path said = folder.resolve("said");
        Files.writeString(folder.resolve("set_paths"), "42.5");
        Peer peer = Peer.of("gpullama3="
                + script(
                        "echo \"$4\" >> " + said,
                        "case \"$4\" in *' -b '*) echo 'batch=512 unsupported' >&2; exit 0;; esac",
                        "echo \"{\\\"avg_ts\\\": $(cat ./set_paths)}\""));
        assertThat(peer.rate(PROMPT)).isEqualTo(OptionalDouble.of(42.5));
        assertThat(peer.rate(PROMPT)).isEqualTo(OptionalDouble.of(42.5));
        assertThat(Files.readAllLines(said))
                .containsExactly(
                        "--bench-args=-p 512 -d 0 -b 512 -r 3 -o jsonl",
                        "--bench-args=-p 512 -d 0 -r 3 -o jsonl",
                        "--bench-args=-p 512 -d 0 -r 3 -o jsonl");
    }

    @Test
    void readsJlamasRates() throws IOException {
        Path said = folder.resolve("said");
        Peer peer = Peer.of("jlama="
                + script(
                        "echo \"$1 $2 $6\" > " + said,
                        "echo 'Using Native SIMD Operations (OffHeap)'",
                        "echo '0: the [took 8.00ms])'",
                        "echo '1: the",
                        "the [took 77.00ms])'",
                        "echo '2: the",
                        "the the [took 62,50ms])'")
                + "@owner/model");
        assertThat(peer.rate(DECODE)).isEqualTo(OptionalDouble.of(16));
        assertThat(said).content().isEqualTo("complete owner/model 4129\n");
        assertThat(peer.rate(PROMPT)).isEqualTo(OptionalDouble.of(125));
        assertThat(peer.rate(new Work(Path.of("m"), 512, 4096, false, 2, 2048, 512, 3)))
                .as("a prompt after other tokens")
                .isEmpty();
    }

    @Test
    void tellsWhatAPeerComplainedAbout() throws IOException {
        Peer failing = Peer.of("llama-bench=" + script("echo 'error: cannot load model' >&2", "exit 3"));
        assertThatThrownBy(() -> failing.rate(DECODE))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("code 3 (error: cannot load model)")
                .hasMessageContaining("Try it by hand:");
        Peer silent = Peer.of("llama-bench=" + script("echo nothing to see"));
        assertThatThrownBy(() -> silent.rate(DECODE)).hasMessageContaining("no result with avg_ts (nothing to see)");
        Peer complaining =
                Peer.of("llama-bench=" + script("printf '\\033[31mmodel failed\\033[0m\\n\\tat a.B\\n' >&2"));
        assertThatThrownBy(() -> complaining.rate(DECODE)).hasMessageContaining("no result with avg_ts (model failed)");
        Peer missing = Peer.of("llama-bench=" + folder.resolve("none"));
        assertThatThrownBy(() -> missing.rate(DECODE)).hasMessageContaining("could not be run");
    }

    @Test
    void namesThePeersThatThereAre() {
        assertThatThrownBy(() -> Peer.of("ollama=/usr/bin/ollama"))
                .hasMessageContaining("'ollama=/usr/bin/ollama'")
                .hasMessageContaining("gpullama3=PATH");
        assertThatThrownBy(() -> Peer.of("llama-bench")).hasMessageContaining("llama-bench=PATH");
        assertThatThrownBy(() -> Peer.of("jlama=/opt/jlama")).hasMessageContaining("jlama=PATH@OWNER/MODEL");
    }
}
