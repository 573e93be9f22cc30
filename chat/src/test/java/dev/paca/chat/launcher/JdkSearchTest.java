package dev.paca.chat.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JdkSearchTest {
    @TempDir
    Path root;

    private Path running;
    private Path place;

    @BeforeEach
    void machine() throws IOException {
        running = jdk(root.resolve("running"), "17.0.15", true);
        place = Files.createDirectories(root.resolve("jvm"));
    }

    @ParameterizedTest
    @CsvSource({"1.8.0_402,8", "11.0.2,11", "17,17", "25.0.3,25", "26-ea,26", "x,0", "'',0", "99999999999,999999"})
    void readsVersions(String version, int feature) {
        assertThat(Jdk.feature(version)).isEqualTo(feature);
    }

    @Test
    void takesTheRunningOneWhereItSuits() throws Exception {
        running = jdk(root.resolve("running25"), "25.0.1", true);
        jdk(place.resolve("other"), "25.0.2", true);
        assertThat(find(Map.of()).home()).isEqualTo(running);
    }

    @Test
    void prefersJavaHomeToTheRunningOne() throws Exception {
        running = jdk(root.resolve("running25"), "25.0.1", true);
        Path mine = jdk(root.resolve("mine"), "26", true);
        assertThat(find(Map.of("JAVA_HOME", mine.toString())).home()).isEqualTo(mine);
    }

    @Test
    void passesOverAnOldJavaHome() throws Exception {
        Path old = jdk(root.resolve("old"), "1.8.0_402", true);
        Path good = jdk(place.resolve("jdk-25"), "25.0.3", true);
        assertThat(find(Map.of("JAVA_HOME", old.toString())).home()).isEqualTo(good);
    }

    @Test
    void takesTheOldestThatSuitsOfAPlace() throws Exception {
        jdk(place.resolve("a-27"), "27", true);
        jdk(place.resolve("b-21"), "21.0.1", true);
        Path good = jdk(place.resolve("c-25"), "25.0.3", true);
        jdk(place.resolve("d-25"), "25.0.3", true);
        assertThat(find(Map.of()).home()).isEqualTo(good);
    }

    @Test
    void passesOverOneWithoutTheVectorModule() throws Exception {
        jdk(place.resolve("a-25"), "25", false);
        Path good = jdk(place.resolve("b-26"), "26", true);
        assertThat(find(Map.of()).home()).isEqualTo(good);
    }

    @Test
    void looksIntoTheBundlesOfMacOs() throws Exception {
        Path good = jdk(place.resolve("temurin-25.jdk/Contents/Home"), "25.0.3", true);
        assertThat(find(Map.of()).home()).isEqualTo(good);
    }

    @Test
    void followsTheLinksOfThePath() throws Exception {
        Path good = jdk(root.resolve("hidden/25"), "25.0.3", true);
        Path bin = Files.createDirectories(root.resolve("bin"));
        Files.createSymbolicLink(bin.resolve("java"), good.resolve("bin/java"));
        assertThat(find(Map.of("PATH", "/nowhere" + java.io.File.pathSeparator + bin))
                        .home())
                .isEqualTo(good.toRealPath());
    }

    @Test
    void obeysTheChoice() throws Exception {
        jdk(place.resolve("jdk-25"), "25.0.3", true);
        Path chosen = jdk(root.resolve("chosen"), "26.0.1", true);
        assertThat(find(Map.of("PACA_JAVA_HOME", chosen.toString())).home()).isEqualTo(chosen);
    }

    @Test
    void refusesAChoiceThatDoesNotSuit() throws Exception {
        jdk(place.resolve("jdk-25"), "25.0.3", true);
        assertThatThrownBy(() -> find(Map.of("PACA_JAVA_HOME", running.toString())))
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining("PACA_JAVA_HOME")
                .hasMessageContaining("17.0.15");
        assertThatThrownBy(() -> find(Map.of("PACA_JAVA_HOME", "/does/not/exist")))
                .hasMessageContaining("no Java was found");
        Path small = jdk(root.resolve("small"), "25", false);
        assertThatThrownBy(() -> find(Map.of("PACA_JAVA_HOME", small.toString())))
                .hasMessageContaining("jdk.incubator.vector");
    }

    @Test
    void saysWhatToInstallWhereThereIsNone() {
        assertThatThrownBy(() -> find(Map.of("JAVA_HOME", "", "PATH", root.toString())))
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining("install a JDK 25")
                .hasMessageNotContaining("\n");
    }

    private Jdk find(Map<String, String> environment) throws LaunchException {
        return new JdkSearch(environment, running, List.of(root.resolve("missing"), place)).find();
    }

    private static Path jdk(Path home, String version, boolean vector) throws IOException {
        Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
        Files.createFile(java);
        assertThat(java.toFile().setExecutable(true)).isTrue();
        Files.writeString(
                home.resolve("release"),
                "IMPLEMENTOR=\"A\"\nJAVA_VERSION=\"" + version + "\"\nMODULES=\"java.base java.compiler"
                        + (vector ? " jdk.incubator.vector" : "") + " jdk.zipfs\"\n");
        return home;
    }
}
