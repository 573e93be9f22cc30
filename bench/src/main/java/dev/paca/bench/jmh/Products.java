package dev.paca.bench.jmh;

import dev.paca.kv.PacaException;
import dev.paca.kv.Workers;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.gguf.Quantizer;
import dev.paca.model.kernels.Kernels;
import dev.paca.model.kernels.Matrix;
import dev.paca.model.kernels.ScalarKernels;
import dev.paca.model.kernels.vector.VectorKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A matrix of each weight type times activations, on one thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Products implements Checked {
    /** Activations are rounded to 8 bits for the quantised types, which the definition may do in another order. */
    private static final double TOLERANCE = 0.02;

    @Param({"vector", "scalar"})
    public String kernels = "";

    @Param({"Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K", "F16", "BF16", "F32"})
    public String type = "";

    @Param({"1", "64"})
    public int tokens;

    @Param({"2048", "4096"})
    public int cols;

    /** So many that the weights are in no cache. */
    @Param("16384")
    public int rows;

    private final float[][] outs = new float[1][];
    private @Nullable Arena arena;
    private @Nullable Kernels used;
    private Matrix[] weights = new Matrix[0];
    private float[] x = new float[0];

    @Setup
    @Override
    public void setUp() {
        GgmlType stored = GgmlType.valueOf(type);
        Arena memory = Arena.ofShared();
        arena = memory;
        MemorySegment data = memory.allocate(stored.bytes((long) rows * cols), 64);
        fill(stored, data);
        weights = new Matrix[] {new Matrix("weights", stored, rows, cols, data)};
        x = Numbers.normal(tokens * cols, 2);
        outs[0] = new float[tokens * rows];
        used = kernels.equals("scalar") ? new ScalarKernels("Scalar kernels.") : VectorKernels.create("");
        product();
        check();
    }

    /** Against the definition, in the first and the last rows. */
    private void check() {
        int some = Math.min(64, rows);
        Matrix all = weights[0];
        for (int first : new int[] {0, rows - some}) {
            MemorySegment part = all.data().asSlice((long) first * all.rowBytes(), (long) some * all.rowBytes());
            float[][] defined = new float[1][tokens * some];
            new ScalarKernels("The definition.")
                    .matmul(
                            new Matrix[] {new Matrix("part", all.type(), some, cols, part)},
                            x,
                            tokens,
                            defined,
                            Workers.serial());
            float[] found = new float[tokens * some];
            for (int t = 0; t < tokens; t++) {
                System.arraycopy(outs[0], t * rows + first, found, t * some, some);
            }
            Checked.agree("The product with " + type, found, defined[0], TOLERANCE);
        }
    }

    private void fill(GgmlType stored, MemorySegment data) {
        switch (stored) {
            case Q4_K, Q5_K -> blocks(stored, data, 0, 2);
            case Q6_K -> blocks(stored, data, stored.blockBytes() - 2, stored.blockBytes() - 2);
            default -> {
                float[] row = Numbers.normal(cols, 1);
                for (int r = 0; r < rows; r++) {
                    Quantizer.quantize(stored, row, 0, cols, data, (long) r * cols);
                    row[r % cols] = -row[r % cols];
                }
            }
        }
    }

    /** K-quants are only read: random bytes are weights too, if the halves that scale them are ordinary numbers. */
    private static void blocks(GgmlType stored, MemorySegment data, int scale, int otherScale) {
        byte[] bytes = new byte[Math.toIntExact(data.byteSize())];
        new SplittableRandom(1).nextBytes(bytes);
        MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, bytes.length);
        short small = Float.floatToFloat16(0.001f);
        for (long at = 0; at < data.byteSize(); at += stored.blockBytes()) {
            data.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + scale, small);
            data.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + otherScale, small);
        }
    }

    /** What is timed. */
    @Benchmark
    public float[][] product() {
        Kernels computing = used;
        if (computing == null) {
            throw new PacaException("The benchmark was not set up.");
        }
        computing.matmul(weights, x, tokens, outs, Workers.serial());
        return outs;
    }

    @Override
    public long bytes() {
        return tokens == 1 ? weights[0].data().byteSize() : 0;
    }

    @TearDown
    @Override
    public void tearDown() {
        if (arena != null) {
            arena.close();
            arena = null;
        }
    }
}
