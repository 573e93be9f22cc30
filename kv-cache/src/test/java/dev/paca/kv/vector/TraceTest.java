package dev.paca.kv.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.paca.kv.Storage;
import dev.paca.kv.attention.AttentionKernel;
import dev.paca.kv.attention.Partial;
import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.attention.ScalarAttention;
import dev.paca.kv.attention.Trace;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageMemory;
import dev.paca.kv.page.PageStore;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What kernels leave of their scores, and the weights made of it. */
class TraceTest {
    private static final int PAGE = 16;
    private static final int DIMS = 64;
    private static final int GROUP = 3;
    private static final double LOG2_E = 1.4426950408889634;
    /** Scores are sums of 64 products of numbers of size 1, in single precision. */
    private static final double TOLERANCE = 1e-4;

    private final Random random = new Random(20_261_126);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 8, 13, 31, 32, 33, 63, 64, 65, 127, 128, 207})
    void scoresAreProductsAndWeightsAddUpToOne(int slots) {
        try (PageStore store = store(slots)) {
            int[] pages = new int[Math.ceilDiv(slots, PAGE)];
            float[][] keys = fill(store, pages, slots);
            int tokens = Math.min(slots, 5);
            float[] q = gaussian(tokens * GROUP * DIMS);
            Queries queries = new Queries(
                    q, 0, GROUP * DIMS, tokens, GROUP, DIMS, slots - tokens + 1, 1 / (float) Math.sqrt(DIMS));
            for (AttentionKernel kernel : new AttentionKernel[] {new ScalarAttention(), new VectorAttention()}) {
                Trace trace = new Trace();
                int first = queries.rows() / 2;
                trace.begin(first, queries.rows(), slots);
                Partial whole = new Partial();
                Partial part = new Partial();
                whole.clear(queries.rows(), kernel.stride(DIMS));
                for (int from = 0; from < slots; from += 2 * AttentionKernel.TILE) {
                    part.clear(queries.rows(), kernel.stride(DIMS));
                    part.trace(trace);
                    kernel.attend(
                            new Reads(store, pages, slots),
                            queries,
                            from,
                            from + 2 * AttentionKernel.TILE,
                            part,
                            kernel.scratch());
                    whole.merge(part);
                }
                for (int r = first; r < queries.rows(); r++) {
                    checkRow(kernel, trace, whole, queries, r, keys);
                }
            }
        }
    }

    private static void checkRow(
            AttentionKernel kernel, Trace trace, Partial whole, Queries queries, int row, float[][] keys) {
        int seen = queries.visible(row);
        for (int i = 0; i < seen; i++) {
            double product = 0;
            for (int d = 0; d < DIMS; d++) {
                product += (double) queries.values()[queries.at(row) + d] * keys[i][d];
            }
            assertThat((double) trace.scores()[trace.at(row) + i])
                    .as("%s, row %d of %d slots, slot %d", kernel.getClass().getSimpleName(), row, seen, i)
                    .isCloseTo(product * queries.scale() * LOG2_E, within(TOLERANCE));
        }
        int[] weights = new int[seen];
        float factor = Trace.UNIT / whole.sum[row];
        kernel.weigh(trace.scores(), trace.at(row), seen, whole.max[row], factor, weights);
        int[] defined = new int[seen];
        new ScalarAttention().weigh(trace.scores(), trace.at(row), seen, whole.max[row], factor, defined);
        assertThat(weights).isEqualTo(defined);
        long sum = 0;
        for (int weight : weights) {
            sum += weight;
        }
        // Each is rounded down by less than a unit; the sum that divides them is in single precision.
        assertThat(sum).isBetween(Trace.UNIT - seen - 8L, Trace.UNIT + 8L);
    }

    private static PageStore store(int slots) {
        PageStore store = new PageStore(
                new PageFormat(Storage.F32, Storage.F32, PAGE, DIMS, IndexForm.NONE), new PageMemory(1L << 28));
        store.grow(Math.ceilDiv(slots, PAGE), 0);
        return store;
    }

    private float[][] fill(PageStore store, int[] pages, int slots) {
        float[][] keys = new float[slots][];
        for (int i = 0; i < slots; i++) {
            if (i % PAGE == 0) {
                pages[i / PAGE] = store.take();
            }
            keys[i] = gaussian(DIMS);
            store.write(pages[i / PAGE], i % PAGE, keys[i], gaussian(DIMS), 0);
        }
        return keys;
    }

    private float[] gaussian(int size) {
        float[] x = new float[size];
        for (int i = 0; i < size; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }
}
