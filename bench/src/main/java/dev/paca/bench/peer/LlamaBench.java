package dev.paca.bench.peer;

import dev.paca.model.json.Json;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** llama.cpp's llama-bench: the same file, tokens and threads, a turn's repetitions in one call; its cache is F16. */
record LlamaBench(Path program) implements Peer {
    @Override
    public String name() {
        return "llama-bench";
    }

    @Override
    public OptionalDouble rate(Work work) {
        List<String> command = List.of(
                program.toString(),
                "-m",
                work.model().toString(),
                "-p",
                Integer.toString(work.decode() ? 0 : work.tokens()),
                "-n",
                Integer.toString(work.decode() ? work.tokens() : 0),
                "-d",
                Integer.toString(work.depth()),
                "-t",
                Integer.toString(work.threads()),
                "-b",
                Integer.toString(work.batch()),
                "-ub",
                Integer.toString(work.microBatch()),
                "-r",
                Integer.toString(work.times()),
                "-o",
                "jsonl");
        return OptionalDouble.of(rate(command, null));
    }

    /**
     * The rate in what a program prints that has llama-bench's options and forms.
     *
     * @param folder where it runs; null for here
     */
    static double rate(List<String> command, @Nullable Path folder) {
        Program.Printed printed = Program.run(command, folder);
        return printed.out()
                .lines()
                .filter(line -> line.startsWith("{") && line.contains("\"avg_ts\""))
                .map(line -> Json.parseObject(line).get("avg_ts"))
                .filter(Json.Num.class::isInstance)
                .mapToDouble(rate -> ((Json.Num) rate).toDouble())
                .filter(rate -> rate > 0)
                .findFirst()
                .orElseThrow(() -> Program.failed(command, "it printed no result with avg_ts", printed.last()));
    }
}
