package dev.paca.kv.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.Storage;
import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.index.ScalarScorer;
import dev.paca.kv.index.Scorer;
import dev.paca.kv.index.Sealer;
import dev.paca.kv.index.Sketch;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageMemory;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.page.PageTable;
import dev.paca.kv.page.Tables;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class VectorScorerTest {
    /** Scores are sums of 512 products of size 2: float sums lose a few units of 1e-7 of each. */
    private static final float TOLERANCE = 2e-4f;

    private static final double LOG2_E = 1.4426950408889634;
    private static final int GROUP = 3;

    @ParameterizedTest
    @ValueSource(ints = {7, 64, 80, 96, 128, 256})
    void agreesWithTheDefinition(int headDim) {
        for (IndexForm form : IndexForm.values()) {
            for (int pageTokens : new int[] {5, 8, 16, 32, 48}) {
                for (int tokens : new int[] {1, 31, 64, 65, 256, 417}) {
                    compare(new PageFormat(Storage.F16, Storage.F16, pageTokens, headDim, form), tokens);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Storage.class)
    void readsKeysInEveryStorage(Storage storage) {
        for (IndexForm form : IndexForm.values()) {
            compare(new PageFormat(storage, storage, 16, 80, form), 417);
        }
        if (!storage.waits()) {
            compare(new PageFormat(storage, Storage.F16, 5, 64, IndexForm.NONE), 33);
        }
    }

    /** To the bit, so that which pages are chosen does not depend on the machine. */
    @ParameterizedTest
    @ValueSource(ints = {7, 64, 80, 128, 256})
    void estimatesBySketchesAsDefined(int headDim) {
        for (IndexForm form : new IndexForm[] {IndexForm.MIN_MAX, IndexForm.MEAN_DEVIATION}) {
            for (int pages : new int[] {64, 80, 128, 208}) {
                int tokens = 5 * pages + 3;
                Random random = new Random(pages * 31L + headDim);
                float[] q = gaussian(random, GROUP * headDim);
                float[] k = gaussian(random, tokens * headDim);
                PageFormat format = new PageFormat(Storage.F16, Storage.F16, 5, headDim, form);
                try (PageStore store = new PageStore(format, new PageMemory(1L << 28))) {
                    Sketch sketch = new Sketch(headDim);
                    Tables.Step step = Tables.append(new PageTable(store), tokens, k, k);
                    Sealer.seal(step.growth());
                    sketch.extend(step.growth());
                    assertThat(sketch.pages()).isEqualTo(pages);
                    Queries queries = new Queries(q, 0, GROUP * headDim, 1, GROUP, headDim, tokens, 0.125f);
                    float[] defined = new float[pages];
                    new ScalarScorer().sketched(sketch, pages, queries, defined, scratch(new ScalarScorer()));
                    float[] found = new float[pages];
                    new VectorScorer().sketched(sketch, pages, queries, found, scratch(new VectorScorer()));
                    assertThat(found)
                            .as("%s, sketch of %d pages", format, pages)
                            .isEqualTo(defined);
                    VectorSketch.Memory memory = new VectorSketch.Memory();
                    float scale = (float) (queries.scale() * LOG2_E);
                    VectorSketch.scores(sketch, pages, queries, scale, found, memory, false);
                    assertThat(found).as("%s, computed entries", format).isEqualTo(defined);
                }
            }
        }
    }

    private static void compare(PageFormat format, int tokens) {
        Random random = new Random(format.tokens() * 31L + tokens);
        int dims = format.headDim();
        float[] q = gaussian(random, GROUP * dims);
        float[] k = gaussian(random, tokens * dims);
        try (PageStore store = new PageStore(format, new PageMemory(1L << 28))) {
            PageTable table = new PageTable(store);
            Tables.Step step = Tables.append(table, tokens, k, k);
            Sealer.seal(step.growth());
            step.close();
            Reads reads = new Reads(store, table.pages(), tokens);
            Queries queries = new Queries(q, 0, GROUP * dims, 1, GROUP, dims, tokens, 0.125f);
            int[] some = {0, dims / 3, dims - 1};
            for (int[] channels : new int[][] {null, some}) {
                int first = tokens / 5;
                float[][] both = new float[2][GROUP * tokens];
                new ScalarScorer()
                        .tokens(reads, first, tokens, channels, queries, both[0], tokens, scratch(new ScalarScorer()));
                new VectorScorer()
                        .tokens(reads, first, tokens, channels, queries, both[1], tokens, scratch(new VectorScorer()));
                assertClose(both, format + ", " + tokens + " tokens");
            }
            int full = tokens / format.tokens();
            boolean indexed =
                    format.index().scores() && (format.index() != IndexForm.KEY_CODES || table.anchor() != null);
            if (indexed && full > 0) {
                float[][] both = new float[2][GROUP * full];
                new ScalarScorer()
                        .pages(reads, table.anchor(), full, queries, both[0], full, scratch(new ScalarScorer()));
                new VectorScorer()
                        .pages(reads, table.anchor(), full, queries, both[1], full, scratch(new VectorScorer()));
                assertClose(both, format + ", pages of " + tokens + " tokens");
            }
        }
    }

    private static void assertClose(float[][] both, String what) {
        for (int i = 0; i < both[0].length; i++) {
            float error = Math.abs(both[0][i] - both[1][i]);
            assertThat(error).as("%s, index %d", what, i).isLessThanOrEqualTo(TOLERANCE);
        }
    }

    private static Scorer.Scratch scratch(Scorer scorer) {
        return scorer.scratch();
    }

    private static float[] gaussian(Random random, int size) {
        float[] x = new float[size];
        for (int i = 0; i < size; i++) {
            x[i] = (float) random.nextGaussian() * 1.5f;
        }
        return x;
    }
}
