package dev.paca.tests.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherTest {
    private static final int JAVA_8 = 52;

    @TempDir
    Path folder;

    @Test
    void startsWithTheJavaThatRunsIt() {
        Run.Result result = Run.paca("doctor").go();
        assertThat(result.err()).isEmpty();
        assertThat(result.exit()).isZero();
        assertThat(result.out()).contains(System.getProperty("java.home")).contains("Vector kernels");
    }

    @Test
    void startsInTheRunningJvmWhereThatHasTheModule() {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        // Where a search began, it would fail.
        Run.Result result = Run.with(java, List.of("--add-modules=jdk.incubator.vector"), "doctor")
                .env("PACA_JAVA_HOME", "/does/not/exist")
                .go();
        assertThat(result.err()).isEmpty();
        assertThat(result.exit()).isZero();
        assertThat(result.out()).contains("Vector kernels");
    }

    @Test
    void startsWithAnOldJava() {
        Path old = Run.java(17);
        assumeTrue(old != null, "did not run: no Java 17 in /usr/lib/jvm");
        Run.Result result = Run.with(Objects.requireNonNull(old), List.of(), "doctor")
                .env("JAVA_HOME", System.getProperty("java.home"))
                .go();
        assertThat(result.err()).isEmpty();
        assertThat(result.exit()).isZero();
        assertThat(result.out()).contains(System.getProperty("java.home")).contains("Vector kernels");
    }

    @Test
    void showsTheCommandThatItRuns() throws IOException, InterruptedException {
        Run.Result shown =
                Run.paca("--show-command", "doctor", "--color", "it's").go();
        assertThat(shown.exit()).isZero();
        assertThat(shown.out().strip())
                .startsWith(System.getProperty("java.home"))
                .contains(" --add-modules=jdk.incubator.vector ")
                .endsWith(" dev.paca.chat.Main doctor --color 'it'\\''s'");
        Run.Result runnable = Run.paca("--show-command", "doctor").go();
        Process shell = new ProcessBuilder("sh", "-c", runnable.out()).start();
        String out = new String(shell.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(Run.await(shell, runnable.out())).isZero();
        assertThat(out).contains("Vector kernels");
    }

    @Test
    void passesTheUsersOptionsOn() {
        Run.Result result = Run.paca("doctor")
                .env("PACA_JAVA_OPTIONS", "-Xmx300m -Dpaca.kernels=scalar")
                .go();
        assertThat(result.out()).contains("at most 2").contains("Scalar kernels");
    }

    @Test
    void refusesAChoiceThatIsNoJava() {
        Run.paca("doctor").env("PACA_JAVA_HOME", folder.toString()).go().failed(1, "PACA_JAVA_HOME", folder.toString());
    }

    @Test
    void keepsWhatIsTypedInAnyLocale() {
        Run.Result result =
                Run.paca("info", "-m", "größe🦙.gguf").env("LC_ALL", "C").go();
        result.failed(1, "gr");
    }

    @Test
    void endsWithTheLauncher() throws Exception {
        Process process = Run.paca("doctor").start();
        assertThat(Run.await(process, "doctor")).isZero();
        assertThat(process.descendants()).isEmpty();
    }

    @Test
    void carriesTheModelAndAnEntryForOldJava() throws IOException {
        try (JarFile jar = new JarFile(Run.jar().toFile())) {
            Manifest manifest = jar.getManifest();
            String main = manifest.getMainAttributes().getValue("Main-Class");
            assertThat(main).isEqualTo("dev.paca.chat.launcher.Launcher");
            assertThat(jar.getEntry("dev/paca/model/paca-28m-q8_0.gguf").getSize())
                    .isGreaterThan(29_000_000);
            List<String> launcher = jar.stream()
                    .map(java.util.zip.ZipEntry::getName)
                    .filter(name -> name.startsWith("dev/paca/chat/launcher/") && name.endsWith(".class"))
                    .filter(name -> !name.endsWith("package-info.class"))
                    .toList();
            assertThat(launcher).hasSizeGreaterThan(5);
            for (String name : launcher) {
                try (DataInputStream in = new DataInputStream(jar.getInputStream(jar.getEntry(name)))) {
                    in.readInt();
                    in.readUnsignedShort();
                    assertThat(in.readUnsignedShort()).as(name).isEqualTo(JAVA_8);
                }
            }
        }
    }

    @Test
    void saysWhatToInstallWhereThereIsNoJavaThatSuits() throws IOException {
        Path old = Run.java(17);
        assumeTrue(old != null, "did not run: no Java 17 in /usr/lib/jvm");
        Path home = Files.createDirectories(folder.resolve("home"));
        assertThat(home).exists();
        // The places under /usr/lib/jvm cannot be taken away, so the choice stands for them.
        Run.with(Objects.requireNonNull(old), List.of(), "doctor")
                .env(
                        "PACA_JAVA_HOME",
                        Objects.requireNonNull(old).getParent().getParent().toString())
                .go()
                .failed(1, "which is Java 17", "JDK 25");
    }
}
