package dev.paca.tornado.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.Budget;
import dev.paca.kv.Eviction;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PolicyText;
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
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** Pages that kernels choose are the CPU's, on the same keys. */
class SelectionTest {
    private static final long SEED = 11;
    private static final int STEP = 64;

    @ParameterizedTest
    @CsvSource({
        // method, storage, head dim, page, KV heads, group, tokens, budget, sinks, window, threshold
        "QUEST, FP8_E4M3, 80, 8, 1, 5, 330, 64, 9, 20, none",
        "QUEST, F32, 64, 8, 2, 2, 300, 128, 4, 16, top-p:0.6",
        "QUEST, F32, 64, 8, 2, 3, 330, 160, 4, 16, progressive:0.7",
        "QUEST_MEAN, F32, 256, 16, 1, 1, 130, 32, 0, 0, none"
    })
    void choosesWhatTheCpuChooses(
            Selection.Method method,
            Storage storage,
            int headDim,
            int pageTokens,
            int kvHeads,
            int group,
            int tokens,
            int budget,
            int sinks,
            int window,
            String threshold)
            throws TornadoExecutionPlanException {
        choose(method, storage, headDim, pageTokens, kvHeads, group, tokens, budget, sinks, window, threshold, false);
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({
        // method, storage, head dim, page, KV heads, group, tokens, budget, sinks, window, threshold
        "QUEST, F32, 64, 16, 2, 4, 200, 64, 0, 0, none",
        "QUEST_MEAN, INT8, 96, 16, 2, 1, 257, 48, 0, 33, none",
        "QUEST, F32, 128, 32, 1, 7, 500, 100, 4, 0, none",
        "QUEST, INT8, 64, 16, 1, 4, 300, 160, 0, 0, top-p:0.85",
        "QUEST_MEAN, FP8_E4M3, 80, 16, 1, 5, 700, 700, 0, 0, progressive:0.9",
        "QUEST, INT8, 128, 32, 1, 1, 500, 256, 64, 70, progressive:0.8"
    })
    void choosesWhatTheCpuChoosesInOtherShapesToo(
            Selection.Method method,
            Storage storage,
            int headDim,
            int pageTokens,
            int kvHeads,
            int group,
            int tokens,
            int budget,
            int sinks,
            int window,
            String threshold)
            throws TornadoExecutionPlanException {
        choose(method, storage, headDim, pageTokens, kvHeads, group, tokens, budget, sinks, window, threshold, false);
    }

    /** Page scores on tensor cores, where TornadoVM's first backend is PTX; elsewhere they do not run. */
    @ParameterizedTest
    @CsvSource({
        // method, storage, head dim, page, KV heads, group, tokens, budget, sinks, window, threshold
        "QUEST, FP8_E4M3, 128, 8, 2, 4, 1200, 128, 9, 20, none",
        "QUEST, F32, 64, 16, 2, 1, 500, 64, 0, 0, none",
        "QUEST_MEAN, INT8, 80, 8, 1, 7, 1100, 96, 0, 33, none",
        "QUEST, F32, 128, 32, 1, 8, 700, 160, 4, 0, none",
        "QUEST, F32, 72, 8, 3, 9, 330, 64, 4, 16, none",
        "QUEST_MEAN, F32, 256, 16, 1, 17, 130, 32, 0, 0, none",
        "QUEST, INT8, 64, 8, 2, 4, 300, 160, 0, 0, top-p:0.85",
        "QUEST, F32, 64, 8, 1, 12, 330, 160, 4, 16, progressive:0.7"
    })
    void choosesWhatTheCpuChoosesOnTensorCoresToo(
            Selection.Method method,
            Storage storage,
            int headDim,
            int pageTokens,
            int kvHeads,
            int group,
            int tokens,
            int budget,
            int sinks,
            int window,
            String threshold)
            throws TornadoExecutionPlanException {
        Kernel.assumePtx();
        choose(method, storage, headDim, pageTokens, kvHeads, group, tokens, budget, sinks, window, threshold, true);
    }

    private static void choose(
            Selection.Method method,
            Storage storage,
            int headDim,
            int pageTokens,
            int kvHeads,
            int group,
            int tokens,
            int budget,
            int sinks,
            int window,
            String threshold,
            boolean tensors)
            throws TornadoExecutionPlanException {
        Selection selection = new Selection(method, Budget.tokens(budget), 0, sinks, window, 0);
        Pruning pruning = PolicyText.pruning(threshold);
        KvPolicy policy = new KvPolicy(storage, storage, pageTokens, selection, pruning, Eviction.NONE);
        int capacity = (tokens + pageTokens - 1) / pageTokens + 3;
        Reading reading = Reading.of(policy, capacity, 1);
        int page = storage == Storage.F32 ? Page.F32 : storage == Storage.INT8 ? Page.INT8 : Page.FP8;
        int units = kvHeads * group + 2 * kvHeads;
        int geometry = Geometry.pack(headDim, pageTokens, kvHeads, group);
        int elements = 2 * kvHeads * headDim * pageTokens / Page.packed(page) * capacity;
        FloatArray f = HostArrays.floats(page == Page.F32 ? elements : Page.scales(geometry, page) * capacity + 1);
        HalfFloatArray h = HostArrays.halves(1);
        ShortArray b = HostArrays.shorts(1);
        IntArray q = HostArrays.ints(page == Page.F32 ? 1 : elements);
        IntArray index = HostArrays.ints(kvHeads * headDim * capacity);
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
        FloatArray each = HostArrays.floats(STEP * kvHeads * group * capacity);
        FloatArray tiles = HostArrays.floats(TileScores.tiles(STEP * kvHeads, capacity, group));
        FloatArray masses = HostArrays.floats(STEP * kvHeads * group * reading.choices());
        IntArray chosen = HostArrays.ints(STEP * kvHeads * reading.choices());
        float scale = (float) ((float) (1 / Math.sqrt(headDim)) * 1.4426950408889634);
        int single = reading.prunes() ? 1 : 0;
        KernelContext context = new KernelContext();
        Random random = new Random(SEED);
        CpuChoice truth = new CpuChoice(policy, kvHeads, group, headDim, tokens);
        try (TornadoExecutionPlan plan = Kernel.plan(
                Map.of(
                        "append", new int[] {STEP * units, Append.THREADS},
                        "seal", new int[] {STEP * kvHeads, Index.SEAL_THREADS},
                        "score",
                                tensors
                                        ? new int[] {TileScores.groups(STEP * kvHeads, capacity), TileScores.THREADS}
                                        : new int[] {
                                            STEP * kvHeads * ((capacity + Index.PAGES - 1) / Index.PAGES), Index.THREADS
                                        },
                        "choose", new int[] {STEP * kvHeads, Choose.THREADS},
                        "look",
                                new int[] {
                                    STEP * kvHeads * Shortlist.groups(geometry, reading.choices() - 1),
                                    Shortlist.THREADS
                                },
                        "prune", new int[] {STEP * kvHeads, Prune.THREADS}),
                new Object[] {step, tables, qkv, bias, angles, h, b},
                new Object[] {f, q, index, scores, each, tiles, masses},
                new Object[] {chosen},
                graph -> {
                    TaskGraph tasks = graph.task(
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
                            index,
                            page,
                            geometry,
                            0,
                            0,
                            0);
                    tasks = tasks.task(
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
                            index,
                            each,
                            page,
                            geometry,
                            reading.form(),
                            capacity,
                            single,
                            scale);
                    tasks = tensors
                            ? tasks.task(
                                    "score",
                                    TileScores::score,
                                    context,
                                    step,
                                    tables,
                                    qkv,
                                    index,
                                    scores,
                                    each,
                                    tiles,
                                    geometry,
                                    capacity,
                                    single,
                                    scale)
                            : tasks.task(
                                    "score",
                                    Index::score,
                                    context,
                                    step,
                                    tables,
                                    qkv,
                                    index,
                                    scores,
                                    each,
                                    geometry,
                                    capacity,
                                    single,
                                    scale);
                    tasks = tasks.task(
                            "choose",
                            Choose::choose,
                            context,
                            step,
                            scores,
                            chosen,
                            geometry,
                            reading.choices(),
                            capacity,
                            0);
                    if (reading.progresses()) {
                        return tasks.task(
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
                                        reading.choices(),
                                        scale)
                                .task(
                                        "prune",
                                        Prune::progressive,
                                        context,
                                        step,
                                        scores,
                                        each,
                                        masses,
                                        chosen,
                                        geometry,
                                        reading.choices(),
                                        capacity,
                                        (float) pruning.mass());
                    }
                    return single == 0
                            ? tasks
                            : tasks.task(
                                    "prune",
                                    Prune::topP,
                                    context,
                                    step,
                                    scores,
                                    each,
                                    chosen,
                                    geometry,
                                    reading.choices(),
                                    capacity,
                                    (float) pruning.mass());
                })) {
            int leftOut = 0;
            for (int from = 0; from < tokens; from += STEP) {
                int rows = Math.min(STEP, tokens - from);
                float[] input = Kernel.floats(rows * units * headDim, random);
                if (reading.progresses()) {
                    alike(input, from, rows, headDim, kvHeads, group, pageTokens);
                }
                for (int i = 0; i < input.length; i++) {
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
                        int list = (r * kvHeads + head) * reading.choices();
                        List<Integer> found = new ArrayList<>();
                        for (int i = 0; i < chosen.get(list); i++) {
                            found.add(chosen.get(list + 1 + i));
                        }
                        assertThat(found)
                                .as("position " + (from + r) + ", head " + head)
                                .isEqualTo(truth.choose(input, r, from + r, head));
                        leftOut += Step.wanted(step, r) - found.size();
                    }
                }
            }
            assertThat(leftOut > 0).as("a threshold leaves pages out").isEqualTo(!pruning.isOff());
        }
        truth.close();
    }

    /** Keys of a page become alike, so that bounds tell what they hold, and queries sharp, so that few pages hold much. */
    private static void alike(float[] input, int from, int rows, int headDim, int kvHeads, int group, int pageTokens) {
        int heads = kvHeads * group;
        for (int r = 0; r < rows; r++) {
            Random page = new Random((from + r) / pageTokens);
            int row = r * (heads + 2 * kvHeads) * headDim;
            for (int i = 0; i < heads * headDim; i++) {
                input[row + i] *= 2;
            }
            for (int i = heads * headDim; i < (heads + kvHeads) * headDim; i++) {
                input[row + i] = (float) page.nextGaussian() + input[row + i] / 50;
            }
        }
    }
}
