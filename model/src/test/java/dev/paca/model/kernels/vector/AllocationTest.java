package dev.paca.model.kernels.vector;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.paca.kv.Workers;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.kernels.KernelLookup;
import dev.paca.model.kernels.Kernels;
import dev.paca.model.kernels.Matrix;
import dev.paca.model.kernels.Weights;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Slow, since it waits for C2. Once compiled, products allocate nothing: a vector that C2 keeps as an object shows here, and would cost far more than
 * the arithmetic. All types run in one JVM, since what one type's loops have seen may change what becomes of another's.
 */
@Tag("slow")
class AllocationTest {
    private static final int CALLS = 20;

    /** Less than one vector for each row: what the JVM itself may do now and then is let through. */
    private static final long BYTES_OF_A_CALL = 256;

    private static final long PATIENCE_NANOS = 120_000_000_000L;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Kernels kernels = KernelLookup.best();
    private final Workers workers = Workers.serial();

    @Test
    void productsAllocateNothingOnceCompiled() {
        for (int round = 0; round < 2; round++) {
            for (GgmlType type : GgmlType.values()) {
                for (int tokens : new int[] {1, 3, 40}) {
                    assertThat(allocatedByACall(type, tokens))
                            .as("%s, %d tokens, round %d", type, tokens, round)
                            .isLessThan(BYTES_OF_A_CALL);
                }
            }
        }
    }

    /** What a call allocates once no less is seen, or when patience ends. */
    private long allocatedByACall(GgmlType type, int tokens) {
        Matrix[] ws = {Weights.random(type, 64, 512, 1)};
        float[] x = Weights.activations(tokens * 512, 2);
        float[][] outs = {new float[tokens * 64]};
        long end = System.nanoTime() + PATIENCE_NANOS;
        long bytes;
        do {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                kernels.matmul(ws, x, tokens, outs, workers);
            }
            bytes = (threads.getCurrentThreadAllocatedBytes() - before) / CALLS;
        } while (bytes >= BYTES_OF_A_CALL && System.nanoTime() < end);
        return bytes;
    }
}
