package dev.paca.chat.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TornadoSdkTest {
    @TempDir
    Path folder;

    private Path sdk;

    @BeforeEach
    void install() throws IOException {
        sdk = install("5.2.0-jdk25");
    }

    @ParameterizedTest
    @CsvSource({
        "'', CPU",
        "-p a, CPU",
        "--device cpu, CPU",
        "-- --device ptx:0, CPU",
        "doctor, MAYBE",
        "--list-devices, MAYBE",
        "--device auto -p a, MAYBE",
        "--device tornado, DEVICE",
        "-p a -dev ptx:0, DEVICE",
        "chat --device=opencl:0, DEVICE"
    })
    void readsWhereItRuns(String line, Request.Need need) {
        assertThat(Request.of(List.of(line.split(" ")), Map.of()).need()).isEqualTo(need);
    }

    @Test
    void aFlagOverridesTheVariable() {
        Map<String, String> environment = Map.of("LLAMA_ARG_DEVICE", "ptx:1");
        assertThat(Request.of(List.of("-p", "a"), environment).device()).isEqualTo("ptx:1");
        assertThat(Request.of(List.of("--device", "cpu"), environment).need()).isEqualTo(Request.Need.CPU);
    }

    @Test
    void startsWithTheSdksOptions() throws Exception {
        List<String> options = options("tornado", sdk.toString(), "25.0.1");
        assertThat(options).contains("@" + sdk.resolve("tornado-argfile"));
        assertThat(options).noneMatch(option -> option.startsWith("--module-path=."));
        assertThat(options("cpu", sdk.toString(), "25.0.1")).isEmpty();
    }

    @Test
    void doesWithoutWhereItMay() throws Exception {
        assertThat(options("auto", null, "25.0.1")).isEmpty();
        assertThat(options("auto", sdk.toString(), "26")).isEmpty();
        assertThat(options("auto", sdk.toString(), "25")).isNotEmpty();
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        assertThatThrownBy(() -> options("tornado", null, "25"))
                .hasMessageContaining("--device tornado needs TornadoVM: unpack TornadoVM 5.2.0-jdk25")
                .hasMessageNotContaining("\n");
        assertThatThrownBy(() -> options("ptx:0", folder.toString(), "25")).hasMessageContaining("no installation");
        String old = install("4.0.0").toString();
        assertThatThrownBy(() -> options("ptx:0", old, "25")).hasMessageContaining("which is 4.0.0");
        assertThatThrownBy(() -> options("ptx:0", sdk.toString(), "26.0.1"))
                .hasMessageContaining("Java 26.0.1")
                .hasMessageContaining("PACA_JAVA_HOME");
    }

    private List<String> options(String device, @Nullable String home, String java) throws LaunchException {
        return TornadoSdk.options(Request.of(List.of("--device", device), Map.of()), home, jdk(java));
    }

    private Jdk jdk(String version) {
        try {
            Path home = folder.resolve("jdk-" + version);
            Files.createDirectories(home.resolve("bin"));
            Path java = home.resolve("bin/java");
            if (!Files.exists(java)) {
                Files.createFile(java);
            }
            assertThat(java.toFile().setExecutable(true)).isTrue();
            Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
            return Objects.requireNonNull(Jdk.read(home));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path install(String version) throws IOException {
        Path home = folder.resolve("sdk-" + version);
        Files.createDirectories(home.resolve("etc"));
        Files.writeString(home.resolve("tornado-argfile"), "-server\n");
        Files.writeString(home.resolve("etc/tornado.release"), "version=" + version + "\nbranch=x\n");
        return home;
    }
}
