package dev.paca.kv.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.Budget;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageMemory;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.page.PageTable;
import dev.paca.kv.select.Picks;
import dev.paca.kv.select.Request;
import dev.paca.kv.select.Selector;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyCodesTest {
    private static final int DIMS = 64;
    private static final int PAGES = 256;
    private static final int QUERIES = 20;
    private static final double LOG2_E = 1.4426950408889634;

    /**
     * Of a key's score, in the mean: 1.75 bits of a normal variable leave 0.2 of its variance, clipping and rounding some
     * more. The best of 16 estimates is off by more than one.
     */
    private static final double ERROR = 0.65;

    /** A table whose keys' middle moves with their position, as rotated keys' does, further in some channels. */
    private static PageTable table(PageStore store, int pageTokens, Random random) {
        int tokens = PAGES * pageTokens;
        PageTable table = new PageTable(store);
        store.grow(PAGES, 0);
        table.reserve(tokens);
        float[] keys = new float[tokens * DIMS];
        for (int i = 0; i < keys.length; i++) {
            double drift = 2 * Math.sin(0.3 * (i % DIMS) + (double) (i / DIMS) / tokens * 3);
            keys[i] = (float) (drift + scale(i % DIMS) * random.nextGaussian());
        }
        for (int t = 0; t < tokens; t++) {
            store.write(table.page(t), table.place(t), keys, keys, t * DIMS);
        }
        table.advance(tokens, 0);
        Sealer.sealAll(table);
        return table;
    }

    private static double scale(int channel) {
        return channel < 6 ? 2 : 0.7;
    }

    private static PageStore store(int pageTokens, IndexForm form) {
        return new PageStore(
                new PageFormat(Storage.F32, Storage.F32, pageTokens, DIMS, form), new PageMemory(1L << 26));
    }

    private static Queries queries(Random random, int tokens) {
        float[] q = new float[2 * DIMS];
        for (int d = 0; d < q.length; d++) {
            q[d] = (float) random.nextGaussian();
        }
        return new Queries(q, 0, 2 * DIMS, 1, 2, DIMS, tokens, 1 / 8f);
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 16, 32})
    void tellAPagesBestScoreHoweverFarKeysDrift(int pageTokens) {
        Random random = new Random(pageTokens);
        try (PageStore store = store(pageTokens, IndexForm.KEY_CODES)) {
            PageTable table = table(store, pageTokens, random);
            Reads reads = new Reads(store, table.pages(), table.tokens());
            ScalarScorer scorer = new ScalarScorer();
            double squares = 0;
            for (int n = 0; n < QUERIES; n++) {
                Queries queries = queries(random, table.tokens());
                float[] scores = new float[2 * PAGES];
                float[] exact = new float[2 * table.tokens()];
                scorer.pages(reads, table.anchor(), PAGES, queries, scores, PAGES, scorer.scratch());
                scorer.tokens(reads, 0, table.tokens(), null, queries, exact, table.tokens(), scorer.scratch());
                for (int i = 0; i < 2 * PAGES; i++) {
                    float best = scorer.largest(exact, i * pageTokens, pageTokens);
                    squares += Math.pow(scores[i] - best, 2) / (2 * PAGES * QUERIES);
                }
            }
            double deviation = 0;
            for (int d = 0; d < DIMS; d++) {
                deviation += Math.pow(scale(d) / 8 * LOG2_E, 2);
            }
            assertThat(Math.sqrt(squares)).isLessThan(ERROR * Math.sqrt(deviation));
        }
    }

    /** With as many bytes as Quest, and a second look at 16 pages, it reads nearly the attention that the oracle does. */
    @Test
    void findThePagesThatTheOracleReads() {
        double[] mass = new double[3];
        Selection.Method[] methods = {Selection.Method.KEY_CODES, Selection.Method.QUEST, Selection.Method.ORACLE_PAGES
        };
        IndexForm[] forms = {IndexForm.KEY_CODES, IndexForm.MIN_MAX, IndexForm.NONE};
        for (int m = 0; m < methods.length; m++) {
            Random random = new Random(7);
            try (PageStore store = store(16, forms[m])) {
                PageTable table = table(store, 16, random);
                Reads reads = new Reads(store, table.pages(), table.tokens());
                ScalarScorer scorer = new ScalarScorer();
                Selection selection = Selection.of(methods[m], Budget.tokens(64));
                Selector selector = Selector.of(KvPolicy.DENSE.with(selection), scorer);
                for (int n = 0; n < QUERIES; n++) {
                    Queries queries = queries(random, table.tokens());
                    Picks picks = new Picks();
                    selector.select(new Request(table, reads, queries, null), picks, new Selector.Scratch(scorer));
                    assertThat(picks.count()).isEqualTo(4);
                    mass[m] += mass(reads, queries, picks, scorer);
                }
            }
        }
        assertThat(mass[0] / mass[2]).isGreaterThan(0.97);
        assertThat(mass[1] / mass[2]).isLessThan(0.9);
    }

    /** The share of attention that was read, of the first head and the second together. */
    private static double mass(Reads reads, Queries queries, Picks picks, Scorer scorer) {
        float[] exact = new float[2 * reads.tokens()];
        scorer.tokens(reads, 0, reads.tokens(), null, queries, exact, reads.tokens(), scorer.scratch());
        double share = 0;
        for (int h = 0; h < 2; h++) {
            int at = h * reads.tokens();
            float max = scorer.largest(exact, at, reads.tokens());
            double read = 0;
            for (int i = 0; i < picks.count(); i++) {
                read += scorer.mass(exact, at + 16 * picks.chosen()[i], 16, max);
            }
            share += read / scorer.mass(exact, at, reads.tokens(), max);
        }
        return share;
    }
}
