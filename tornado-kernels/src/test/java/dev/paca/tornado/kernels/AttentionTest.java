package dev.paca.tornado.kernels;

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

/** Rotating, appending and attending in one graph, against the equations in double precision. */
class AttentionTest {
    private static final long SEED = 5;
    /** Rows that are appended in a step; all but the last few only serve as context. */
    private static final int STEP = 64;

    @ParameterizedTest
    @CsvSource({
        // storage, head dim, page, KV heads, group, tokens, splits, halves
        "0, 64, 16, 2, 4, 1, 4, 0",
        "0, 80, 8, 1, 5, 65, 3, 1",
        "2, 96, 16, 1, 2, 207, 4, 1",
        "3, 128, 32, 2, 3, 129, 2, 0",
        "3, 64, 16, 1, 4, 207, 1, 0",
        "2, 256, 16, 1, 1, 33, 2, 0",
        "0, 64, 16, 3, 1, 333, 8, 0"
    })
    void attendsToEverythingBefore(
            int storage, int headDim, int pageTokens, int kvHeads, int group, int tokens, int splits, int halves)
            throws TornadoExecutionPlanException {
        Random random = new Random(SEED);
        int heads = kvHeads * group;
        int units = heads + 2 * kvHeads;
        int geometry = Geometry.pack(headDim, pageTokens, kvHeads, group);
        int pages = (tokens + pageTokens - 1) / pageTokens;
        int spare = 3;
        int elements = 2 * kvHeads * headDim * pageTokens / Page.packed(storage) * (pages + spare);
        FloatArray f = new FloatArray(storage == Page.F32 ? elements : 1);
        HalfFloatArray h = new HalfFloatArray(1);
        ShortArray b = new ShortArray(storage == Page.F16_BITS ? elements : 1);
        IntArray q = new IntArray(storage == Page.FP8 ? elements : 1);
        IntArray tables = new IntArray(pages + 1);
        for (int i = 0; i < pages; i++) {
            // pages in no order, in a table that does not begin at 0
            tables.set(1 + i, pages + spare - 1 - i);
        }
        Reference truth = new Reference(headDim, kvHeads, group, halves == 1);
        FloatArray angles = truth.angles(tokens);
        FloatArray bias = FloatArray.fromArray(Kernel.floats(units * headDim, random));
        FloatArray decoded = new FloatArray(256);
        for (int i = 0; i < 256; i++) {
            decoded.set(i, Fp8.decode(i));
        }
        FloatArray qkv = new FloatArray(STEP * units * headDim);
        FloatArray partials = new FloatArray(Attention.partials(heads, headDim, splits, STEP));
        FloatArray out = new FloatArray(STEP * heads * headDim);
        IntArray step = new IntArray(Step.size(STEP));
        IntArray none = new IntArray(1);
        KernelContext context = new KernelContext();
        int threads = Attention.threads(headDim);
        try (TornadoExecutionPlan plan = Kernel.plan(
                Map.of(
                        "append", new int[] {(STEP * units * headDim / 8 + 63) / 64, 64},
                        "attend", new int[] {Attention.groups(kvHeads, group, splits, STEP), threads},
                        "combine", new int[] {STEP * heads * headDim / 64, 64}),
                new Object[] {step, tables, qkv, bias, angles, h, none, decoded, partials},
                new Object[] {out},
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
                                storage,
                                geometry,
                                halves,
                                1)
                        .task(
                                "attend",
                                Attention::attend,
                                context,
                                step,
                                tables,
                                none,
                                qkv,
                                f,
                                h,
                                b,
                                q,
                                decoded,
                                partials,
                                storage,
                                geometry,
                                splits,
                                0,
                                threads,
                                (float) (1 / Math.sqrt(headDim)))
                        .task(
                                "combine",
                                Attention::combine,
                                context,
                                step,
                                none,
                                partials,
                                out,
                                geometry,
                                splits,
                                0))) {
            for (int from = 0; from < tokens; from += STEP) {
                int rows = Math.min(STEP, tokens - from);
                float[] input = Kernel.floats(rows * units * headDim, random);
                for (int i = 0; i < input.length; i++) {
                    qkv.set(i, input[i]);
                }
                step.set(Step.ROWS, rows);
                for (int r = 0; r < rows; r++) {
                    Step.set(step, r, 0, from + r, 1);
                    truth.add(input, r * units * headDim, bias, from + r, storage);
                }
                plan.execute();
                float[] expected = new float[rows * heads * headDim];
                for (int r = 0; r < rows; r++) {
                    truth.attend(from + r, expected, r * heads * headDim);
                }
                Kernel.assertClose(out, expected, Kernel.TOLERANCE);
            }
        }
    }
}
