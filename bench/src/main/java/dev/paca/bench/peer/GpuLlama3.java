package dev.paca.bench.peer;

import dev.paca.kv.PacaException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/**
 * GPULlama3.java through its launcher {@code llama-tornado}, whose {@code --bench} mode has llama-bench's options: the same
 * file and tokens on its GPU, a turn's repetitions in one call. It does not choose threads. Prompts run in its batched prefill, which
 * not all of its models and devices have, and token by token where that fails.
 */
final class GpuLlama3 implements Peer {
    private final Path program;
    /** Until it has failed. */
    private boolean batched = true;

    GpuLlama3(Path program) {
        this.program = program;
    }

    @Override
    public String name() {
        return "gpullama3";
    }

    @Override
    public OptionalDouble rate(Work work) {
        if (batched && !work.decode()) {
            try {
                return OptionalDouble.of(rate(work, " -b " + Math.min(work.tokens(), work.microBatch())));
            } catch (PacaException e) {
                batched = false;
            }
        }
        return OptionalDouble.of(rate(work, ""));
    }

    private double rate(Work work, String batch) {
        String test = work.decode() ? "-n " + work.tokens() : "-p " + work.tokens();
        Path launcher = program.toAbsolutePath();
        List<String> command = List.of(
                launcher.toString(),
                "--model",
                work.model().toAbsolutePath().toString(),
                "--bench",
                "--bench-args=" + test + " -d " + work.depth() + batch + " -r " + work.times() + " -o jsonl");
        // It looks for its settings where it runs.
        return LlamaBench.rate(command, launcher.getParent());
    }
}
