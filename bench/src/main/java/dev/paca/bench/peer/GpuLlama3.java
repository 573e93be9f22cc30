package dev.paca.bench.peer;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/**
 * GPULlama3.java through its launcher {@code llama-tornado}, whose {@code --bench} mode has llama-bench's options: the same
 * file and tokens on its GPU, one repetition a call. It does not choose threads, and runs a prompt token by token unless its
 * batched prefill is asked for, which not all of its models have.
 */
record GpuLlama3(Path program) implements Peer {
    @Override
    public String name() {
        return "gpullama3";
    }

    @Override
    public OptionalDouble rate(Work work) {
        String test = work.decode() ? "-n " + work.tokens() : "-p " + work.tokens();
        List<String> command = List.of(
                program.toString(),
                "--model",
                work.model().toString(),
                "--bench",
                "--bench-args=" + test + " -d " + work.depth() + " -r 1 -o jsonl");
        return OptionalDouble.of(LlamaBench.rate(command));
    }
}
