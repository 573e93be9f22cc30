package dev.paca.tornado.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.tornado.memory.HostArrays;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Judging a prompt by its last tokens, and bringing together what survives, against plain Java. */
class EvictionKernelsTest {
    private static final long SEED = 9;
    private static final int UNIT = 1 << 23;
    /** Sums of 256 exponentials, which backends may approximate. */
    private static final double TOLERANCE = 1e-5;

    @ParameterizedTest
    @CsvSource({
        // storage, head dim, page, KV heads, group, slots, tokens
        "2, 80, 8, 1, 5, 65, 8",
        "3, 128, 32, 2, 4, 700, 33",
        "4, 16, 8, 1, 3, 17, 17"
    })
    void judges(int storage, int headDim, int pageTokens, int kvHeads, int group, int slots, int tokens) {
        Random random = new Random(SEED);
        int geometry = Geometry.pack(headDim, pageTokens, kvHeads, group);
        int blocks = (slots + pageTokens - 1) / pageTokens + 2;
        PageImage pages = pages(storage, geometry, blocks, random);
        IntArray tables = HostArrays.ints(blocks);
        for (int i = 0; i < blocks; i++) {
            tables.set(i, blocks - 1 - i);
        }
        int units = kvHeads * group + 2 * kvHeads;
        float[] qkv = Kernel.floats(tokens * units * headDim, random);
        IntArray step = HostArrays.ints(Step.size(tokens + 3));
        step.set(Step.JUDGED, tokens);
        for (int i = 0; i < tokens; i++) {
            Step.set(step, i, 0, slots - tokens + i, 1);
        }
        int most = slots + 100;
        int splits = (most + Judge.SPLIT - 1) / Judge.SPLIT;
        int capacity = (most + Judge.SLOTS - 1) / Judge.SLOTS * Judge.SLOTS;
        int rows = ((tokens + 3) * group + Judge.ROWS - 1) / Judge.ROWS * Judge.ROWS;
        FloatArray queries = HostArrays.floats(qkv);
        FloatArray sums = HostArrays.floats(kvHeads * splits * rows * 2);
        FloatArray totals = HostArrays.floats(kvHeads * rows * 2);
        IntArray masses = HostArrays.ints(2 * kvHeads * capacity);
        KernelContext context = new KernelContext();
        float scale = (float) (1 / Math.sqrt(headDim));
        Kernel.run(
                Map.of(
                        "sums", new int[] {kvHeads * splits * rows / Judge.ROWS, Judge.THREADS},
                        "totals", new int[] {kvHeads * rows, Judge.THREADS},
                        "masses", new int[] {kvHeads * capacity / Judge.SLOTS, Judge.THREADS}),
                new Object[] {step, tables, queries, pages.f(), pages.h(), pages.b(), pages.q(), sums, totals, masses},
                new Object[] {},
                new Object[] {masses},
                graph -> graph.task(
                                "sums",
                                Judge::sums,
                                context,
                                step,
                                tables,
                                queries,
                                pages.f(),
                                pages.h(),
                                pages.b(),
                                pages.q(),
                                sums,
                                storage,
                                geometry,
                                splits,
                                rows,
                                scale)
                        .task("totals", Judge::totals, context, step, sums, totals, geometry, splits, rows)
                        .task(
                                "masses",
                                Judge::masses,
                                context,
                                step,
                                tables,
                                queries,
                                pages.f(),
                                pages.h(),
                                pages.b(),
                                pages.q(),
                                totals,
                                masses,
                                storage,
                                geometry,
                                capacity,
                                rows,
                                1,
                                scale));
        for (int head = 0; head < kvHeads; head++) {
            double[] expected = masses(pages, tables, qkv, geometry, head, slots, tokens);
            for (int i = 0; i < slots; i++) {
                double found = masses.get((kvHeads + head) * capacity + i);
                // each weight is rounded down
                assertThat(found)
                        .as("slot " + i)
                        .isBetween(
                                expected[i] * (1 - TOLERANCE) - tokens * group - 1, expected[i] * (1 + TOLERANCE) + 1);
            }
        }
    }

    private static double[] masses(
            PageImage pages, IntArray tables, float[] qkv, int geometry, int head, int slots, int tokens) {
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int group = Geometry.group(geometry);
        int units = Geometry.kvHeads(geometry) * (group + 2);
        float[][] keys = new float[slots][headDim];
        float[] value = new float[headDim];
        for (int i = 0; i < slots; i++) {
            pages.read(tables.get(1 + i / pageTokens), head, i % pageTokens, keys[i], value, 0);
        }
        double[] sums = new double[slots];
        for (int row = 0; row < tokens * group; row++) {
            int seen = slots - tokens + row / group + 1;
            int at = (row / group * units + head * group + row % group) * headDim;
            double[] weights = new double[seen];
            double total = 0;
            for (int i = 0; i < seen; i++) {
                for (int d = 0; d < headDim; d++) {
                    weights[i] += (double) qkv[at + d] * keys[i][d] / Math.sqrt(headDim);
                }
                weights[i] = Math.exp(weights[i]);
                total += weights[i];
            }
            for (int i = 0; i < seen; i++) {
                sums[i] += weights[i] / total * UNIT / group;
            }
        }
        return sums;
    }

    @ParameterizedTest
    @CsvSource({
        // storage, head dim, page, KV heads, pages, kept
        "2, 80, 8, 1, 9, 17",
        "3, 128, 32, 2, 3, 64",
        "4, 16, 8, 3, 6, 33"
    })
    void bringsTogether(int storage, int headDim, int pageTokens, int kvHeads, int blocks, int kept) {
        Random random = new Random(SEED);
        int geometry = Geometry.pack(headDim, pageTokens, kvHeads, 2);
        PageImage pages = pages(storage, geometry, blocks, random);
        int stagePages = (kept + pageTokens - 1) / pageTokens + 1;
        int elements = 2 * kvHeads * Page.values(geometry, storage);
        int scales = Page.scales(geometry, storage);
        PageImage stage = PageImage.of(storage, geometry, stagePages, elements);
        IntArray sources = HostArrays.ints(2 * kvHeads * stagePages * pageTokens);
        sources.init(-1);
        float[][] expected = new float[kvHeads * kept][];
        for (int head = 0; head < kvHeads; head++) {
            TreeSet<Integer> some = new TreeSet<>();
            while (some.size() < kept) {
                some.add(random.nextInt(blocks * pageTokens));
            }
            int i = 0;
            for (int place : some) {
                sources.set((kvHeads + head) * stagePages * pageTokens + i, place);
                expected[head * kept + i++] = token(pages, geometry, place / pageTokens, head, place % pageTokens);
            }
        }
        // onto the pages that they come from
        IntArray targets = HostArrays.ints(stagePages);
        targets.init(-1);
        for (int i = 0; i < stagePages - 1; i++) {
            targets.set(i, i);
        }
        float[] untouched = token(pages, geometry, blocks - 1, 0, pageTokens - 1);
        KernelContext context = new KernelContext();
        int groups = (elements * stagePages + 127) / 128;
        Kernel.run(
                Map.of("gather", new int[] {groups, 128}, "scatter", new int[] {groups, 128}),
                new Object[] {
                    sources, targets, pages.f(), pages.h(), pages.b(), pages.q(), stage.f(), stage.h(), stage.b(),
                    stage.q()
                },
                new Object[] {},
                new Object[] {pages.f(), pages.b(), pages.q()},
                graph -> graph.task(
                                "gather",
                                Evict::gather,
                                context,
                                sources,
                                pages.f(),
                                pages.h(),
                                pages.b(),
                                pages.q(),
                                stage.f(),
                                stage.h(),
                                stage.b(),
                                stage.q(),
                                storage,
                                geometry,
                                elements,
                                stagePages,
                                1)
                        .task(
                                "scatter",
                                Evict::scatter,
                                context,
                                targets,
                                pages.f(),
                                pages.h(),
                                pages.b(),
                                pages.q(),
                                stage.f(),
                                stage.h(),
                                stage.b(),
                                stage.q(),
                                storage,
                                elements,
                                scales,
                                stagePages));
        for (int i = 0; i < expected.length; i++) {
            int slot = i % kept;
            float[] found = token(pages, geometry, slot / pageTokens, i / kept, slot % pageTokens);
            assertThat(found).as("token " + i).isEqualTo(expected[i]);
        }
        assertThat(stagePages - 1).isLessThan(blocks);
        assertThat(token(pages, geometry, blocks - 1, 0, pageTokens - 1)).isEqualTo(untouched);
    }

    private static PageImage pages(int storage, int geometry, int blocks, Random random) {
        int headDim = Geometry.headDim(geometry);
        int elements = 2 * Geometry.kvHeads(geometry) * Page.values(geometry, storage);
        PageImage pages = PageImage.of(storage, geometry, blocks, elements);
        for (int block = 0; block < blocks; block++) {
            for (int head = 0; head < Geometry.kvHeads(geometry); head++) {
                for (int slot = 0; slot < Geometry.pageTokens(geometry); slot++) {
                    pages.write(block, head, slot, Kernel.floats(headDim, random), Kernel.floats(headDim, random), 0);
                }
            }
        }
        return pages;
    }

    private static float[] token(PageImage pages, int geometry, int block, int head, int slot) {
        int headDim = Geometry.headDim(geometry);
        float[] k = new float[headDim];
        float[] v = new float[headDim];
        pages.read(block, head, slot, k, v, 0);
        float[] both = Arrays.copyOf(k, 2 * headDim);
        System.arraycopy(v, 0, both, headDim, headDim);
        return both;
    }
}
