package dev.paca.tornado.kernels;

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

/** Rotating, appending and attending in one graph, against the equations in double precision. */
class AttentionTest {
    private static final long SEED = 5;
    /** Rows that are appended in a step; all but the last few only serve as context. */
    private static final int STEP = 64;
    /** A number between two integers may be rounded to either where division is approximate: 1/127 of a token's largest. */
    private static final double ROUNDED = 1e-3;

    @ParameterizedTest
    @CsvSource({
        // storage, head dim, page, KV heads, group, tokens, splits, halves, sinks, window
        "0, 64, 16, 2, 4, 1, 4, 0, 0, 0",
        "0, 80, 8, 1, 5, 65, 3, 1, 0, 0",
        "2, 96, 16, 1, 2, 207, 4, 1, 0, 0",
        "3, 128, 32, 2, 3, 129, 2, 0, 0, 0",
        "3, 64, 16, 1, 4, 207, 1, 0, 0, 0",
        "2, 256, 16, 1, 1, 33, 2, 0, 0, 0",
        "0, 64, 16, 3, 1, 333, 80, 0, 0, 0",
        "3, 128, 16, 1, 4, 256, 4, 0, 0, 0",
        "0, 64, 16, 1, 2, 600, 1, 0, 0, 0",
        "4, 64, 16, 2, 2, 207, 4, 0, 0, 0",
        "4, 80, 8, 1, 5, 65, 2, 1, 0, 0",
        "0, 64, 16, 1, 2, 333, 4, 0, 5, 40",
        "3, 64, 8, 1, 1, 207, 2, 0, 4, 60"
    })
    void attends(
            int storage,
            int headDim,
            int pageTokens,
            int kvHeads,
            int group,
            int tokens,
            int splits,
            int halves,
            int sinks,
            int window)
            throws TornadoExecutionPlanException {
        Random random = new Random(SEED);
        int heads = kvHeads * group;
        int units = heads + 2 * kvHeads;
        int geometry = Geometry.pack(headDim, pageTokens, kvHeads, group);
        int pages = (tokens + pageTokens - 1) / pageTokens;
        int spare = 3;
        int elements = 2 * kvHeads * headDim * pageTokens / Page.packed(storage) * (pages + spare);
        int scales = Page.scales(geometry, storage) * (pages + spare);
        FloatArray f = HostArrays.floats(storage == Page.F32 ? elements : Math.max(1, scales));
        HalfFloatArray h = HostArrays.halves(1);
        ShortArray b = HostArrays.shorts(storage == Page.F16_BITS ? elements : 1);
        IntArray q = HostArrays.ints(storage >= Page.FP8 ? elements : 1);
        IntArray tables = HostArrays.ints(pages + 1);
        for (int i = 0; i < pages; i++) {
            // pages in no order, in a table that does not begin at 0
            tables.set(1 + i, pages + spare - 1 - i);
        }
        Reference truth = new Reference(headDim, kvHeads, group, halves == 1);
        FloatArray angles = truth.angles(tokens);
        FloatArray bias = HostArrays.floats(Kernel.floats(units * headDim, random));
        FloatArray decoded = HostArrays.floats(256);
        for (int i = 0; i < 256; i++) {
            decoded.set(i, Page.number(storage, i));
        }
        FloatArray qkv = HostArrays.floats(STEP * units * headDim);
        FloatArray partials = HostArrays.floats(Attention.partials(heads, headDim, splits, STEP));
        FloatArray out = HostArrays.floats(STEP * heads * headDim);
        int pieces = ShortSplits.splits(pages, pageTokens);
        FloatArray shorts = HostArrays.floats(Attention.partials(heads, headDim, pieces, STEP));
        FloatArray too = HostArrays.floats(STEP * heads * headDim);
        FloatArray same = HostArrays.floats(STEP * heads * headDim);
        IntArray step = HostArrays.ints(Step.size(STEP));
        IntArray none = HostArrays.ints(1);
        KernelContext context = new KernelContext();
        int threads = Attention.threads(headDim);
        int choices = window > 0 ? Attention.ENDS : Attention.ALL;
        try (TornadoExecutionPlan plan = Kernel.plan(
                Map.of(
                        "append", new int[] {STEP * units, Append.THREADS},
                        "attend", new int[] {Attention.groups(kvHeads, group, splits, STEP), threads},
                        "combine", new int[] {STEP * heads, Combine.THREADS},
                        "short", new int[] {Attention.groups(kvHeads, group, pieces, STEP), ShortSplits.THREADS},
                        "together", new int[] {STEP * heads, Combine.THREADS},
                        "few", new int[] {STEP * heads * headDim / 2 / 32, 32}),
                new Object[] {step, tables, qkv, bias, angles, h, none, decoded, partials, shorts},
                new Object[] {f, b, q},
                new Object[] {out, same, too},
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
                                none,
                                storage,
                                geometry,
                                halves,
                                1,
                                0)
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
                                choices,
                                threads,
                                Kernel.shuffle(),
                                (float) (1 / Math.sqrt(headDim)))
                        .task(
                                "combine",
                                Combine::combine,
                                context,
                                step,
                                none,
                                partials,
                                out,
                                none,
                                geometry,
                                splits,
                                choices,
                                0,
                                0,
                                0,
                                Kernel.shuffle())
                        .task(
                                "few",
                                Combine::few,
                                context,
                                step,
                                none,
                                partials,
                                same,
                                none,
                                geometry,
                                splits,
                                choices,
                                0,
                                0,
                                0)
                        .task(
                                "short",
                                ShortSplits::attend,
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
                                shorts,
                                storage,
                                geometry,
                                pieces,
                                choices,
                                Kernel.shuffle(),
                                (float) (1 / Math.sqrt(headDim)))
                        .task(
                                "together",
                                Combine::combine,
                                context,
                                step,
                                none,
                                shorts,
                                too,
                                none,
                                geometry,
                                pieces,
                                choices,
                                ShortSplits.TOKENS / pageTokens,
                                0,
                                0,
                                Kernel.shuffle()))) {
            for (int from = 0; from < tokens; from += STEP) {
                int rows = Math.min(STEP, tokens - from);
                float[] input = Kernel.floats(rows * units * headDim, random);
                for (int i = 0; i < input.length; i++) {
                    qkv.set(i, input[i]);
                }
                step.set(Step.ROWS, rows);
                for (int r = 0; r < rows; r++) {
                    Step.set(step, r, 0, from + r, 1);
                    Step.choose(step, r, 0, sinks, tail(from + r, window));
                    truth.add(input, r * units * headDim, bias, from + r, storage);
                }
                plan.execute();
                float[] expected = new float[rows * heads * headDim];
                for (int r = 0; r < rows; r++) {
                    boolean all = choices == Attention.ALL;
                    truth.attend(from + r, all ? tokens : sinks, tail(from + r, window), expected, r * heads * headDim);
                }
                Kernel.assertClose(out, expected, storage == Page.INT8 ? ROUNDED : Kernel.TOLERANCE);
                Kernel.assertClose(same, expected, storage == Page.INT8 ? ROUNDED : Kernel.TOLERANCE);
                Kernel.assertClose(too, expected, storage == Page.INT8 ? ROUNDED : Kernel.TOLERANCE);
            }
        }
    }

    private static int tail(int position, int window) {
        return Math.max(0, position + 1 - window);
    }
}
