package dev.paca.tornado.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.tornado.memory.HostArrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** A page that comes full gets the same index from the kernel that appends as from the one that seals. */
class AppendTest {
    private static final long SEED = 8;
    private static final int SEQUENCES = 3;
    /** Rows that a step has room for. */
    private static final int ROWS = 4;

    @ParameterizedTest
    @CsvSource({
        // storage, head dim, page, KV heads, group, form
        "0, 80, 8, 2, 1, 1",
        "2, 256, 8, 1, 2, 2",
        "3, 128, 16, 2, 4, 1",
        "4, 64, 16, 3, 2, 2",
    })
    void sealsAsItAppends(int storage, int headDim, int pageTokens, int kvHeads, int group, int form)
            throws TornadoExecutionPlanException {
        int units = kvHeads * group + 2 * kvHeads;
        int geometry = Geometry.pack(headDim, pageTokens, kvHeads, group);
        int pages = 2;
        int blocks = SEQUENCES * pages;
        int elements = 2 * kvHeads * headDim * pageTokens / Page.packed(storage) * blocks;
        FloatArray f = HostArrays.floats(storage == Page.F32 ? elements : 1 + Page.scales(geometry, storage) * blocks);
        HalfFloatArray h = HostArrays.halves(1);
        ShortArray b = HostArrays.shorts(storage == Page.F16_BITS ? elements : 1);
        IntArray q = HostArrays.ints(storage >= Page.FP8 ? elements : 1);
        IntArray tables = HostArrays.ints(blocks);
        for (int i = 0; i < blocks; i++) {
            tables.set(i, blocks - 1 - i);
        }
        FloatArray bias = HostArrays.floats(1);
        FloatArray angles = new Reference(headDim, kvHeads, group, false).angles(pages * pageTokens);
        FloatArray qkv = HostArrays.floats(ROWS * units * headDim);
        FloatArray each = HostArrays.floats(1);
        IntArray step = HostArrays.ints(Step.size(ROWS));
        IntArray atOnce = HostArrays.ints(kvHeads * headDim * blocks);
        IntArray after = HostArrays.ints(kvHeads * headDim * blocks);
        KernelContext context = new KernelContext();
        Random random = new Random(SEED);
        try (TornadoExecutionPlan plan = Kernel.plan(
                Map.of(
                        "append", new int[] {ROWS * units, Append.THREADS},
                        "seal", new int[] {ROWS * kvHeads, Index.SEAL_THREADS}),
                new Object[] {step, tables, qkv, bias, angles, h, each},
                new Object[] {f, b, q},
                new Object[] {atOnce, after},
                graph -> graph.task(
                                "append",
                                Append::append,
                                context,
                                step,
                                tables,
                                qkv,
                                bias,
                                angles,
                                f,
                                h,
                                b,
                                q,
                                atOnce,
                                storage,
                                geometry,
                                0,
                                0,
                                form)
                        .task(
                                "seal",
                                Index::seal,
                                context,
                                step,
                                tables,
                                qkv,
                                f,
                                h,
                                b,
                                q,
                                after,
                                each,
                                storage,
                                geometry,
                                form,
                                1,
                                0,
                                1f))) {
            // the last sequence is two tokens behind, so that its second page does not come full
            for (int token = 0; token < pages * pageTokens; token++) {
                float[] input = Kernel.floats(ROWS * units * headDim, random);
                for (int i = 0; i < input.length; i++) {
                    qkv.set(i, input[i]);
                }
                int rows = 0;
                for (int s = 0; s < SEQUENCES; s++) {
                    int position = s == SEQUENCES - 1 ? token - 2 : token;
                    if (position >= 0) {
                        Step.set(step, rows++, 0, position, s * pages);
                    }
                }
                step.set(Step.ROWS, rows);
                plan.execute();
            }
        }
        for (int page = 0; page < blocks - 1; page++) {
            for (int i = 0; i < kvHeads * headDim; i++) {
                int at = tables.get(page) * kvHeads * headDim + i;
                assertThat(after.get(at)).as("index at " + at).isNotZero();
                assertThat(atOnce.get(at)).as("index at " + at).isEqualTo(after.get(at));
            }
        }
    }
}
