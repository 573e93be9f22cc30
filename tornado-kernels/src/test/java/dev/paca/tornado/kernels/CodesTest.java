package dev.paca.tornado.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.Budget;
import dev.paca.kv.Eviction;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.Pruning;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import dev.paca.tornado.graph.Reading;
import dev.paca.tornado.memory.HostArrays;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** Codes of keys that kernels make are the CPU's, and so are the pages that they choose by them, on the same keys. */
class CodesTest {
    private static final long SEED = 12;
    private static final int STEP = 64;

    @ParameterizedTest
    @CsvSource({
        // storage, head dim, page, KV heads, group, tokens, budget, sinks, window
        "FP8_E4M3, 72, 16, 2, 5, 517, 48, 4, 20"
    })
    void chooseWhatTheCpuChooses(
            Storage storage,
            int headDim,
            int pageTokens,
            int kvHeads,
            int group,
            int tokens,
            int budget,
            int sinks,
            int window)
            throws TornadoExecutionPlanException {
        choose(storage, headDim, pageTokens, kvHeads, group, tokens, budget, sinks, window);
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({
        // storage, head dim, page, KV heads, group, tokens, budget, sinks, window
        "F32, 16, 8, 1, 2, 600, 40, 0, 0",
        "F32, 64, 32, 2, 4, 1100, 130, 0, 33",
        "INT8, 256, 16, 1, 1, 560, 64, 9, 0",
        "F32, 128, 8, 1, 7, 1000, 80, 4, 9"
    })
    void chooseWhatTheCpuChoosesInOtherShapesToo(
            Storage storage,
            int headDim,
            int pageTokens,
            int kvHeads,
            int group,
            int tokens,
            int budget,
            int sinks,
            int window)
            throws TornadoExecutionPlanException {
        choose(storage, headDim, pageTokens, kvHeads, group, tokens, budget, sinks, window);
    }

    private static void choose(
            Storage storage,
            int headDim,
            int pageTokens,
            int kvHeads,
            int group,
            int tokens,
            int budget,
            int sinks,
            int window)
            throws TornadoExecutionPlanException {
        Selection selection = new Selection(Selection.Method.KEY_CODES, Budget.tokens(budget), 0, sinks, window, 0);
        KvPolicy policy = new KvPolicy(storage, storage, pageTokens, selection, Pruning.NONE, Eviction.NONE);
        int capacity = (tokens + pageTokens - 1) / pageTokens + 3;
        Reading reading = Reading.of(policy, capacity, 1);
        int page = storage == Storage.F32 ? Page.F32 : storage == Storage.INT8 ? Page.INT8 : Page.FP8;
        int units = kvHeads * group + 2 * kvHeads;
        int heads = kvHeads * group;
        int geometry = Geometry.pack(headDim, pageTokens, kvHeads, group);
        int elements = 2 * kvHeads * headDim * pageTokens / Page.packed(page) * capacity;
        int choices = reading.choices();
        int tileCount = CodeScores.tiles(capacity);
        FloatArray f = HostArrays.floats(page == Page.F32 ? elements : Page.scales(geometry, page) * capacity + 1);
        HalfFloatArray h = HostArrays.halves(1);
        ShortArray b = HostArrays.shorts(1);
        IntArray q = HostArrays.ints(page == Page.F32 ? 1 : elements);
        IntArray index = HostArrays.ints(kvHeads * Codes.ints(geometry) * capacity);
        FloatArray anchors = HostArrays.floats(kvHeads * Anchor.part(geometry) * capacity);
        IntArray tables = HostArrays.ints(capacity);
        for (int i = 0; i < capacity; i++) {
            tables.set(i, capacity - 1 - i);
        }
        FloatArray angles = HostArrays.floats(tokens * headDim);
        for (int i = 0; i < angles.getSize(); i += 2) {
            // not turned, so that both sides store the same numbers
            angles.set(i, 1);
        }
        FloatArray bias = HostArrays.floats(1);
        FloatArray qkv = HostArrays.floats(STEP * units * headDim);
        IntArray step = HostArrays.ints(Step.size(STEP));
        FloatArray scores = HostArrays.floats(STEP * kvHeads * capacity);
        FloatArray each = HostArrays.floats(STEP * heads * capacity);
        FloatArray tiles = HostArrays.floats(STEP * heads * tileCount * 2);
        FloatArray masses = HostArrays.floats(STEP * heads * choices);
        IntArray chosen = HostArrays.ints(STEP * kvHeads * choices);
        float scale = (float) ((float) (1 / Math.sqrt(headDim)) * 1.4426950408889634);
        IntArray none = HostArrays.ints(1);
        KernelContext context = new KernelContext();
        Random random = new Random(SEED);
        // channels differ in where they lie and how far they spread, as keys' do
        float[] centre = Kernel.floats(headDim, random);
        float[] spread = Kernel.floats(headDim, random);
        try (CpuChoice truth = new CpuChoice(policy, kvHeads, group, headDim, tokens);
                TornadoExecutionPlan plan = Kernel.plan(
                        Map.of(
                                "append", new int[] {STEP * units, Append.THREADS},
                                "settle", new int[] {STEP * kvHeads, Anchor.THREADS},
                                "seal", new int[] {STEP * kvHeads, Codes.THREADS},
                                "score", new int[] {STEP * kvHeads * tileCount, CodeScores.THREADS},
                                "shares", new int[] {STEP * kvHeads * tileCount, Shortlist.THREADS},
                                "choose", new int[] {STEP * kvHeads, Choose.THREADS},
                                "look",
                                        new int[] {
                                            STEP * kvHeads * Shortlist.groups(geometry, choices - 1), Shortlist.THREADS
                                        },
                                "keep", new int[] {STEP * kvHeads, Choose.THREADS}),
                        new Object[] {step, tables, qkv, bias, angles, h, b, none},
                        new Object[] {f, q, anchors, scores, each, tiles, masses},
                        new Object[] {chosen, index},
                        graph -> {
                            graph = graph.task(
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
                                    page,
                                    geometry,
                                    0,
                                    0,
                                    0);
                            return graph.task(
                                            "settle",
                                            Anchor::settle,
                                            context,
                                            step,
                                            tables,
                                            f,
                                            h,
                                            b,
                                            q,
                                            anchors,
                                            page,
                                            geometry)
                                    .task(
                                            "seal",
                                            Codes::seal,
                                            context,
                                            step,
                                            tables,
                                            f,
                                            h,
                                            b,
                                            q,
                                            index,
                                            anchors,
                                            page,
                                            geometry)
                                    .task(
                                            "score",
                                            CodeScores::score,
                                            context,
                                            step,
                                            tables,
                                            qkv,
                                            f,
                                            h,
                                            b,
                                            q,
                                            index,
                                            anchors,
                                            each,
                                            tiles,
                                            page,
                                            geometry,
                                            capacity,
                                            scale)
                                    .task(
                                            "shares",
                                            Shortlist::shares,
                                            context,
                                            step,
                                            each,
                                            tiles,
                                            scores,
                                            geometry,
                                            capacity)
                                    .task(
                                            "choose",
                                            Choose::choose,
                                            context,
                                            step,
                                            scores,
                                            chosen,
                                            geometry,
                                            choices,
                                            capacity,
                                            Shortlist.MORE)
                                    .task(
                                            "look",
                                            Shortlist::look,
                                            context,
                                            step,
                                            tables,
                                            chosen,
                                            qkv,
                                            f,
                                            h,
                                            b,
                                            q,
                                            masses,
                                            page,
                                            geometry,
                                            choices,
                                            scale)
                                    .task(
                                            "keep",
                                            Shortlist::keep,
                                            context,
                                            step,
                                            tiles,
                                            masses,
                                            scores,
                                            chosen,
                                            geometry,
                                            choices,
                                            capacity);
                        })) {
            for (int from = 0; from < tokens; ) {
                // a step begins with the token that completes the anchor: on the CPU all of a step's tokens have it
                // then
                int until = from < Anchor.TOKENS - 1 ? Anchor.TOKENS - 1 : tokens;
                int rows = Math.min(STEP, until - from);
                float[] input = Kernel.floats(rows * units * headDim, random);
                for (int i = 0; i < input.length; i++) {
                    int unit = i / headDim % units;
                    if (unit >= heads && unit < heads + kvHeads) {
                        input[i] = centre[i % headDim] + spread[i % headDim] * input[i];
                    }
                    qkv.set(i, input[i]);
                }
                step.set(Step.ROWS, rows);
                for (int r = 0; r < rows; r++) {
                    Step.set(step, r, 0, from + r, 0);
                    reading.place(step, r, from + r + 1);
                }
                plan.execute();
                truth.append(input, from, rows);
                for (int r = 0; r < rows; r++) {
                    for (int head = 0; head < kvHeads; head++) {
                        assertThat(list(chosen, (r * kvHeads + head) * choices))
                                .as("position " + (from + r) + ", head " + head)
                                .isEqualTo(truth.choose(input, r, from + r, head));
                    }
                }
                from += rows;
            }
            for (int i = 0; i < tokens / pageTokens; i++) {
                for (int head = 0; head < kvHeads; head++) {
                    int at = (tables.get(i) * kvHeads + head) * Codes.ints(geometry);
                    assertThat(bytes(index, at, Codes.ints(geometry)))
                            .as("page " + i + ", head " + head)
                            .isEqualTo(truth.index(head, i));
                }
            }
        }
    }

    private static List<Integer> list(IntArray chosen, int at) {
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < chosen.get(at); i++) {
            found.add(chosen.get(at + 1 + i));
        }
        return found;
    }

    private static byte[] bytes(IntArray ints, int at, int count) {
        byte[] bytes = new byte[4 * count];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (ints.get(at + i / 4) >> 8 * (i % 4));
        }
        return bytes;
    }
}
