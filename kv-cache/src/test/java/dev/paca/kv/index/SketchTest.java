package dev.paca.kv.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageMemory;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.page.PageTable;
import dev.paca.kv.page.Tables;
import dev.paca.kv.select.Picks;
import dev.paca.kv.select.Request;
import dev.paca.kv.select.Selector;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SketchTest {
    private static final int DIMS = 64;
    private static final int PAGE = 4;
    private static final int PAGES = 192;
    private static final int TOKENS = PAGES * PAGE + 1;

    /** Keys that drift as rotated ones do, and pages whose keys lie apart from their neighbours'. */
    private static float[] keys(long seed) {
        Random random = new Random(seed);
        float[] k = new float[TOKENS * DIMS];
        float[] page = new float[DIMS];
        for (int t = 0; t < TOKENS; t++) {
            for (int d = 0; d < DIMS; d++) {
                page[d] = t % PAGE == 0 ? (float) random.nextGaussian() : page[d];
                double drift = 3 * Math.sin(t * Math.pow(2, -4 - d % 8));
                k[t * DIMS + d] = (float) (drift + page[d] + 0.5 * random.nextGaussian());
            }
        }
        return k;
    }

    @ParameterizedTest
    @EnumSource(names = {"MIN_MAX", "MEAN_DEVIATION"})
    void findsThePagesThatTheIndexFinds(IndexForm form) {
        float[] k = keys(1);
        try (PageStore store = store(form)) {
            PageTable table = new PageTable(store);
            Sketch sketch = new Sketch(DIMS);
            append(table, sketch, k, TOKENS);
            assertThat(sketch.pages()).isEqualTo(PAGES);
            assertThat(Sketch.bytes(PAGES, DIMS)).isLessThan(PAGES * 4L * DIMS / 3);
            // Room for the means of as many groups as lie side by side.
            assertThat(sketch.bytes()).isEqualTo(PAGES * DIMS + Sketch.GROUPS * DIMS * 4L);
            Random random = new Random(2);
            ScalarScorer scorer = new ScalarScorer();
            int found = 0;
            for (int round = 0; round < 20; round++) {
                Queries queries = queries(random);
                float[] estimated = new float[PAGES];
                scorer.sketched(sketch, PAGES, queries, estimated, scorer.scratch());
                float[] scores = new float[PAGES];
                Reads reads = new Reads(store, table.pages(), TOKENS);
                scorer.pages(reads, null, PAGES, queries, scores, PAGES, scorer.scratch());
                Set<Integer> best = best(scores);
                best.retainAll(best(estimated));
                found += best.size();
            }
            // Of 16 of 192 pages; by chance it would be 1.3.
            assertThat(found / 20.0).isGreaterThan(13);
        }
    }

    /** By means and deviations nearly the pages that their indexes choose, which the sketch alone does not find. */
    @Test
    void choosesByMeansAsTheIndexesDo() {
        float[] k = keys(5);
        try (PageStore store = store(IndexForm.MEAN_DEVIATION)) {
            PageTable table = new PageTable(store);
            Sketch sketch = new Sketch(DIMS);
            append(table, sketch, k, TOKENS);
            Reads reads = new Reads(store, table.pages(), TOKENS);
            Scorer scorer = new ScalarScorer();
            Selection selection = PolicyText.selection("quest-mean:budget=" + 16 * PAGE);
            Selector selector = Selector.of(KvPolicy.DENSE.with(selection), scorer);
            Random random = new Random(6);
            int found = 0;
            int rounds = 20;
            for (int round = 0; round < rounds; round++) {
                Queries queries = queries(random);
                Set<Integer> best = chosen(selector, new Request(table, reads, queries, null, null), scorer, 0);
                best.retainAll(chosen(selector, new Request(table, reads, queries, null, sketch), scorer, PAGES));
                found += best.size();
            }
            assertThat(found).isGreaterThan(rounds * 16 * 97 / 100);
        }
    }

    private static Set<Integer> chosen(Selector selector, Request request, Scorer scorer, int sketched) {
        Picks picks = new Picks();
        selector.select(request, picks, new Selector.Scratch(scorer));
        assertThat(picks.count()).isEqualTo(16);
        assertThat(picks.sketched()).isEqualTo(sketched);
        assertThat(picks.indexes()).isEqualTo(sketched == 0 ? PAGES : 2 * 16);
        return Arrays.stream(picks.chosen(), 0, picks.count()).boxed().collect(Collectors.toSet());
    }

    /** A step that is begun again, with other tokens, leaves nothing of the first. */
    @Test
    void isTheSameHoweverItCameAbout() {
        float[] k = keys(3);
        float[] others = keys(4);
        try (PageStore store = store(IndexForm.MIN_MAX)) {
            Sketch whole = new Sketch(DIMS);
            append(new PageTable(store), whole, k, TOKENS);
            Sketch parts = new Sketch(DIMS);
            PageTable table = new PageTable(store);
            while (table.tokens() < TOKENS) {
                int some = Math.min(37, TOKENS - table.tokens());
                for (float[] from : new float[][] {others, k}) {
                    int at = table.tokens() * DIMS;
                    float[] rows = Arrays.copyOfRange(from, at, at + some * DIMS);
                    Tables.Step step = Tables.append(table, some, rows, rows);
                    Sealer.seal(step.growth());
                    parts.extend(step.growth());
                    if (from == k) {
                        step.close();
                    }
                }
            }
            assertSame(parts, whole);
            Sketch shared = new Sketch(DIMS);
            shared.share(whole);
            assertSame(shared, whole);
            table.truncate(100 * PAGE);
            append(table, parts, Arrays.copyOfRange(others, 100 * PAGE * DIMS, 140 * PAGE * DIMS), 40 * PAGE);
            assertThat(parts.pages()).isEqualTo(128);
            assertThat(parts.codes(0)).isEqualTo(whole.codes(0));
            assertThat(parts.codes(1)).isNotEqualTo(whole.codes(1));
            assertThat(shared.codes(1)).as("has blocks of its own").isEqualTo(whole.codes(1));
        }
    }

    private static void assertSame(Sketch found, Sketch expected) {
        assertThat(found.pages()).isEqualTo(expected.pages());
        for (int b = 0; b < expected.pages() / Sketch.BLOCK; b++) {
            assertThat(found.codes(b)).isEqualTo(expected.codes(b));
        }
        for (int i = 0; i * Sketch.GROUPS * Sketch.GROUP < expected.pages(); i++) {
            assertThat(found.means(i)).isEqualTo(expected.means(i));
        }
    }

    private static Queries queries(Random random) {
        float[] q = new float[2 * DIMS];
        for (int i = 0; i < q.length; i++) {
            q[i] = (float) random.nextGaussian();
        }
        return new Queries(q, 0, 2 * DIMS, 1, 1, DIMS, TOKENS, 0.125f);
    }

    private static Set<Integer> best(float[] scores) {
        return new HashSet<>(IntStream.range(0, scores.length)
                .boxed()
                .sorted((a, b) -> Float.compare(scores[b], scores[a]))
                .limit(16)
                .toList());
    }

    private static PageStore store(IndexForm form) {
        return new PageStore(new PageFormat(Storage.F16, Storage.F16, PAGE, DIMS, form), new PageMemory(1L << 26));
    }

    private static void append(PageTable table, Sketch sketch, float[] k, int tokens) {
        Tables.Step step = Tables.append(table, tokens, k, k);
        Sealer.seal(step.growth());
        sketch.extend(step.growth());
        step.close();
    }
}
