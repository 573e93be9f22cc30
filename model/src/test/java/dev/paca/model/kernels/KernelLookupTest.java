package dev.paca.model.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.model.kernels.vector.VectorKernels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelLookupTest {
    /** What a JVM of its own, started with some options, chooses. */
    public static final class Chooser {
        public static void main(String[] args) {
            try {
                Kernels kernels = KernelLookup.best();
                System.out.println(kernels.getClass().getSimpleName() + ": " + kernels.description());
            } catch (RuntimeException e) {
                System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
            }
        }
    }

    @Test
    void choosesVectorsWhereTheModuleIs() {
        assertThat(KernelLookup.best()).isInstanceOf(VectorKernels.class);
        assertThat(chosen("--add-modules=jdk.incubator.vector"))
                .matches("VectorKernels: Vector kernels of \\d+ bits, .*");
    }

    @Test
    void saysHowToAddTheModule() {
        assertThat(chosen()).startsWith("ScalarKernels").contains("Start Java with --add-modules=jdk.incubator.vector");
    }

    @Test
    void avoidsVectorsWithoutTheOptimisingCompiler() {
        assertThat(chosen("--add-modules=jdk.incubator.vector", "-Xint"))
                .startsWith("ScalarKernels")
                .contains("Start Java without -Xint");
        assertThat(chosen("--add-modules=jdk.incubator.vector", "-XX:TieredStopAtLevel=1"))
                .startsWith("ScalarKernels");
    }

    @Test
    void obeysTheProperty() {
        assertThat(chosen("--add-modules=jdk.incubator.vector", "-Dpaca.kernels=scalar"))
                .isEqualTo("ScalarKernels: Scalar kernels, as -Dpaca.kernels=scalar asks.");
        assertThat(chosen("--add-modules=jdk.incubator.vector", "-Dpaca.kernels=128"))
                .isEqualTo("VectorKernels: Vector kernels of 128 bits, as -Dpaca.kernels asks.");
        assertThat(chosen("--add-modules=jdk.incubator.vector", "-Dpaca.kernels=fast"))
                .startsWith("PacaException: -Dpaca.kernels=fast is not known here: expected scalar, or");
    }

    private static String chosen(String... options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Chooser.class.getName()));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
