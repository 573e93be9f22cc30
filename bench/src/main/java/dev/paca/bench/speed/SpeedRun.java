package dev.paca.bench.speed;

import dev.paca.bench.device.Decoders;
import dev.paca.bench.device.Roof;
import dev.paca.bench.output.Output;
import dev.paca.bench.peer.Work;
import dev.paca.bench.random.Room;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvPool;
import dev.paca.kv.PacaException;
import dev.paca.kv.host.HostPool;
import dev.paca.model.Devices;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.DecoderOptions;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.gguf.Tensor;
import dev.paca.model.kernels.ThreadWorkers;
import dev.paca.model.llama.LlamaConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/** Measures models under settings, and prints each result as soon as it is there. */
final class SpeedRun {
    private final int repetitions;
    private final long warmUpNanos;
    /** How long a turn lasts, about: what is shorter is run several times. */
    private static final double TURN_SECONDS = 0.5;

    private static final int MOST_TIMES = 50;
    /** Of the CPU's cache, which takes what it needs as it grows. */
    private static final long CPU_BYTES = 4096L << 20;
    /** A copy of a sequence has pages of its own for what follows, and its place in the last one it shares. */
    private static final int COPY_TOKENS = 2 * KvPolicy.DENSE.pageTokens();

    private final long kvBytes;
    private final Peers peers;
    private final Output output;
    private final Map<List<Object>, Roof> roofs = new HashMap<>();

    /** @param kvBytes bytes that the cache may take; 0 for what is usual */
    SpeedRun(int repetitions, long warmUpNanos, long kvBytes, Peers peers, Output output) {
        this.repetitions = repetitions;
        this.warmUpNanos = warmUpNanos;
        this.kvBytes = kvBytes;
        this.peers = peers;
        this.output = output;
    }

    /** All measurements of one model under one setting. Those of one depth share what comes before. */
    void measure(String name, Path file, Setting setting, List<Measurement> tests) {
        boolean cpu = setting.device().equals(Devices.CPU);
        // Before the model takes its memory.
        Roof roof = roofs.computeIfAbsent(
                List.of(setting.device(), setting.threads()), s -> Roof.measure(setting.device(), setting.threads()));
        try (Gguf gguf = Gguf.open(file);
                ThreadWorkers workers = new ThreadWorkers(setting.threads());
                Decoder decoder = Decoders.open(gguf, workers, options(gguf, setting, tests, cpu))) {
            Timer timer = new Timer(decoder, setting.policy(), setting.chunk());
            tests.forEach(timer::check);
            checkSequences(decoder.pool(), setting.policy(), tests);
            if (cpu) {
                long cache = bytes(decoder.pool(), setting.policy(), tests);
                Room.here(file.toAbsolutePath())
                        .checkMemory(name, gguf.bytes(), Math.min(cache, kvBytes == 0 ? CPU_BYTES : kvBytes));
            }
            tests.stream()
                    .collect(Collectors.groupingBy(Measurement::depth, LinkedHashMap::new, Collectors.toList()))
                    .forEach((depth, here) -> {
                        try (Sequences before = timer.prepare(depth, most(here, Measurement::sequences))) {
                            for (Measurement test : here) {
                                output.row(outcome(name, file, gguf, setting, roof, test, timer, before)
                                        .row(peers.names()));
                            }
                        }
                    });
        }
    }

    /** A device takes all its memory at once: as much as the tests need, where nothing else was asked for. */
    private DecoderOptions options(Gguf gguf, Setting setting, List<Measurement> tests, boolean cpu) {
        LlamaConfig config = LlamaConfig.of(gguf.metadata());
        int sequences = most(tests, Measurement::sequences);
        long bytes = kvBytes;
        if (bytes == 0 && cpu) {
            bytes = CPU_BYTES;
        } else if (bytes == 0 && sequences > 1) {
            try (HostPool pool = new HostPool(config.kvShape(), Long.MAX_VALUE)) {
                bytes = bytes(pool, setting.policy(), tests);
            }
        }
        return new DecoderOptions(
                setting.device(),
                cpu ? 0 : Math.min(config.contextLength(), most(tests, Measurement::length) + COPY_TOKENS),
                setting.policy(),
                bytes,
                setting.chunk(),
                sequences);
    }

    /** Sequences that do not fit would be read one after the other until the memory is full. */
    private static void checkSequences(KvPool pool, KvPolicy policy, List<Measurement> tests) {
        int sequences = most(tests, Measurement::sequences);
        long bytes = bytes(pool, policy, tests);
        long limit = pool.usage().limit();
        if (sequences > 1 && bytes > limit) {
            throw new PacaException(sequences + " sequences of " + most(tests, Measurement::length)
                    + " tokens hold " + (bytes >> 20) + " MiB of KV cache, and the limit is " + (limit >> 20)
                    + " MiB. Lower -npl, -d or -n, or raise --kv-memory.");
        }
    }

    /** Bytes of pages that the tests' sequences come to hold. */
    private static long bytes(KvPool pool, KvPolicy policy, List<Measurement> tests) {
        return most(tests, Measurement::sequences) * pool.bytes(policy, most(tests, Measurement::length) + COPY_TOKENS);
    }

    private static int most(List<Measurement> tests, ToIntFunction<Measurement> part) {
        return tests.stream().mapToInt(part).max().orElse(0);
    }

    private Outcome outcome(
            String name,
            Path file,
            Gguf gguf,
            Setting setting,
            Roof roof,
            Measurement test,
            Timer timer,
            Sequences before) {
        timer.warmUp(test, before, warmUpNanos);
        int times =
                Math.clamp(Math.round(TURN_SECONDS * timer.run(test, before, 1).rate() / test.timed()), 1, MOST_TIMES);
        Work work = new Work(
                file,
                test.tokens(),
                test.depth(),
                test.decode(),
                setting.threads(),
                setting.batch(),
                setting.microBatch(),
                times);
        List<Double> ours = new ArrayList<>();
        Map<String, List<Double>> theirs = new LinkedHashMap<>();
        Sample last = new Sample(0, 0, 0);
        for (int i = 0; i < repetitions; i++) {
            last = timer.run(test, before, times);
            double rate = last.rate();
            // None of them decodes several sequences, or chooses.
            if (test.sequences() == 1 && !test.greedy() && peers.turn(work, theirs)) {
                // Before and after the others' turn: what slows the machine down for a while slows both.
                last = timer.run(test, before, times);
                rate = 2 / (1 / rate + 1 / last.rate());
            }
            ours.add(rate);
        }
        return new Outcome(
                name, weights(gguf), setting, test, last, new Rates(ours), Peers.complete(theirs, repetitions), roof);
    }

    /** Bytes that decoding a token reads: all matrices, but of separate embeddings only a row. */
    private static long weights(Gguf gguf) {
        boolean tied = !gguf.tensors().containsKey("output.weight");
        return gguf.tensors().values().stream()
                .filter(t -> tied || !t.name().equals("token_embd.weight"))
                .mapToLong(SpeedRun::bytes)
                .sum();
    }

    private static long bytes(Tensor tensor) {
        return tensor.data().byteSize();
    }
}
