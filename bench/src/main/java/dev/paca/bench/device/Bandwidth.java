package dev.paca.bench.device;

import dev.paca.kv.Workers;
import dev.paca.model.kernels.ThreadWorkers;
import java.util.Arrays;

/** What memory gives to these threads: the roof under which decoding lies, which reads all weights for every token. */
public final class Bandwidth {
    /** More than the caches of the machines that we know hold for two threads. */
    private static final int BYTES = 256 << 20;

    private static final int PIECE = 1 << 17;
    private static final int ROUNDS = 12;

    private Bandwidth() {}

    /** Bytes a second that are read in order, all threads together: the best of several rounds. */
    public static double measure(int threads) {
        long[] memory = new long[BYTES / Long.BYTES];
        Arrays.fill(memory, 1);
        long[] sums = new long[memory.length / PIECE];
        try (ThreadWorkers workers = new ThreadWorkers(threads)) {
            double best = 0;
            for (int i = 0; i < ROUNDS; i++) {
                long start = System.nanoTime();
                read(memory, sums, workers);
                best = Math.max(best, BYTES * 1e9 / (System.nanoTime() - start));
                // Also what keeps the compiler from leaving the reading out.
                if (Arrays.stream(sums).sum() != memory.length) {
                    throw new IllegalStateException("not all memory was read");
                }
            }
            return best;
        }
    }

    private static void read(long[] memory, long[] sums, Workers workers) {
        workers.run(sums.length, (piece, thread) -> sums[piece] = sum(memory, piece * PIECE));
    }

    private static long sum(long[] memory, int from) {
        long sum = 0;
        for (int i = from; i < from + PIECE; i++) {
            sum += memory[i];
        }
        return sum;
    }
}
