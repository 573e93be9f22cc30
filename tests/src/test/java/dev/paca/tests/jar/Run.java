package dev.paca.tests.jar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One run of the jar: how it is started, and what came of it. */
final class Run {
    private static final long LIMIT_SECONDS = 60;

    /** What the JVM itself says and cannot be told not to. */
    private static final String JVM_WARNING = "WARNING: Using incubator modules: jdk.incubator.vector";

    private final List<String> line = new ArrayList<>();
    private final Map<String, @Nullable String> environment = new HashMap<>();
    private byte[] input = {};

    private Run(Path java, List<String> options) {
        line.add(java.toString());
        line.addAll(options);
    }

    /** What came of a run. {@code err} is without the JVM's own warning. */
    record Result(int exit, byte[] bytes, String err) {
        String out() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        /** It failed as a user should see it: that exit code, one line, no stack trace. */
        void failed(int code, String... parts) {
            assertThat(err).as("standard error").doesNotContain("\tat ").doesNotContain("Exception");
            assertThat(err.lines().toList()).as("standard error").hasSize(1);
            assertThat(err).contains(parts);
            assertThat(exit).as("exit code").isEqualTo(code);
            assertThat(bytes).as("standard output").isEmpty();
        }
    }

    /** {@code java -jar paca.jar} with the Java that runs this test. */
    static Run paca(String... arguments) {
        return with(Path.of(System.getProperty("java.home"), "bin", "java"), List.of(), arguments);
    }

    static Run with(Path java, List<String> options, String... arguments) {
        Run run = new Run(java, options);
        run.line.add("-jar");
        run.line.add(jar().toString());
        run.line.addAll(List.of(arguments));
        return run;
    }

    /** The packaged jar. */
    static Path jar() {
        String jar = System.getProperty("paca.jar");
        assertThat(jar).as("-Dpaca.jar, the executable jar").isNotNull();
        Path path = Path.of(jar).normalize();
        assertThat(path).as("the executable jar; mvn verify builds it first").exists();
        return path;
    }

    /** Sets a variable, or takes it away if the value is null. */
    Run env(String name, @Nullable String value) {
        environment.put(name, value);
        return this;
    }

    Run input(String text) {
        return input(text.getBytes(StandardCharsets.UTF_8));
    }

    Run input(byte[] bytes) {
        input = bytes;
        return this;
    }

    /** Starts it without waiting; what it writes is the caller's to read. */
    Process start() {
        ProcessBuilder builder = new ProcessBuilder(line);
        environment.forEach((name, value) -> {
            if (value == null) {
                builder.environment().remove(name);
            } else {
                builder.environment().put(name, value);
            }
        });
        try {
            Process process = builder.start();
            try (OutputStream in = process.getOutputStream()) {
                in.write(input);
            } catch (IOException e) {
                // It ended without reading its input, which is no fault.
                assertThat(e).hasMessageContaining("Broken pipe");
            }
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs it to its end. */
    Result go() {
        Process process = start();
        CompletableFuture<byte[]> out = CompletableFuture.supplyAsync(() -> read(process.getInputStream()));
        CompletableFuture<byte[]> err = CompletableFuture.supplyAsync(() -> read(process.getErrorStream()));
        int exit = await(process, line);
        String said = new String(err.join(), StandardCharsets.UTF_8)
                .lines()
                .filter(each -> !each.equals(JVM_WARNING))
                .collect(Collectors.joining("\n"));
        return new Result(exit, out.join(), said);
    }

    /** Waits for the end, which must come. */
    static int await(Process process, Object what) {
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                throw new AssertionError(what + " did not end within " + LIMIT_SECONDS + " seconds");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static byte[] read(InputStream in) {
        try (in) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An installed Java of that version, or null. */
    static @Nullable Path java(int feature) {
        Path place = Path.of("/usr/lib/jvm");
        if (!Files.isDirectory(place)) {
            return null;
        }
        try (var homes = Files.list(place)) {
            return homes.filter(home -> isVersion(home.resolve("release"), feature))
                    .map(home -> home.resolve("bin/java"))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .orElse(null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isVersion(Path release, int feature) {
        try {
            return Files.isRegularFile(release)
                    && Files.readString(release).contains("JAVA_VERSION=\"" + feature + ".");
        } catch (IOException e) {
            return false;
        }
    }
}
