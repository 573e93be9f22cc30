package dev.paca.kv.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.Budget;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.Phase;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Pruning;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import dev.paca.kv.Workers;
import dev.paca.kv.index.Sketch;
import dev.paca.kv.page.PageFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class SelectionTest {
    private static final long ROOMY = 1L << 30;
    private static final int LENGTH = 700;
    private static final int PROMPT = 690;

    /** A needle's keys, where others have a deviation of 1.5: so large that it stands out in the bounds of its page. */
    private static final float NEEDLE = 6;

    @ParameterizedTest
    @EnumSource(Storage.class)
    void readingEverythingGivesTheBitsOfDenseAttention(Storage storage) {
        for (int page : new int[] {8, 16, 32}) {
            for (int group : new int[] {1, 2, 4, 8}) {
                KvShape shape = new KvShape(1, group, 1, 64);
                Sequence sequence = new Sequence(shape, 294, page + group);
                KvPolicy dense = new KvPolicy(storage, storage, page);
                float[] expected = decode(sequence, dense, 284, Workers.serial());
                for (Selection.Method method : Selection.Method.values()) {
                    if (method == Selection.Method.ALL) {
                        continue;
                    }
                    Selection all = Selection.of(method, Budget.tokens(300));
                    float[] selected = decode(sequence, dense.with(dense(all, 0)), 284, Workers.serial());
                    assertThat(Arrays.equals(selected, expected))
                            .as("%s, page %d, group %d, %s", method, page, group, storage)
                            .isTrue();
                }
            }
        }
    }

    /** Tokens that wait for their scales are scored and read as any others, and the mean value counts them once. */
    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "ALL")
    void choosesAlikeInAnyRunWhereTokensWait(Selection.Method method) {
        KvShape shape = new KvShape(2, 4, 2, 64);
        Sequence sequence = new Sequence(shape, 420, 17);
        for (KvPolicy storage : List.of(
                new KvPolicy(Storage.KIVI2, Storage.KIVI4, 16),
                new KvPolicy(Storage.FP8_E4M3_TENSOR, Storage.FP8_E4M3_HEAD, 8))) {
            KvPolicy policy = storage.with(dense(Selection.of(method, Budget.tokens(64)), 1));
            // Decode begins in the middle of a window, and fills others.
            float[] one = decode(sequence, policy, 300, Workers.serial());
            try (HostPool pool = new HostPool(shape, ROOMY)) {
                KvCache cache = pool.open(policy);
                sequence.run(pool, cache, 0, 300, Phase.PREFILL_END, Workers.serial());
                float[] together = sequence.run(pool, cache, 300, 420, Phase.DECODE, new Threads(2));
                assertThat(Arrays.equals(together, one)).as("%s", policy).isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"ALL", "STREAMING"})
    void findsTheNeedle(Selection.Method method) {
        for (int page : new int[] {8, 16, 32}) {
            KvShape shape = new KvShape(1, 4, 2, 64);
            Sequence sequence = new Sequence(shape, LENGTH, 11);
            int needle = 401;
            hide(sequence, needle);
            KvPolicy policy = new KvPolicy(Storage.F16, Storage.F16, page)
                    .with(dense(Selection.of(method, Budget.tokens(64)), 0));
            float[] out = decode(sequence, policy, PROMPT, Workers.serial());
            float[] value = Sequence.rows(sequence.v[0], shape.kvDim(), needle, needle + 1);
            for (int d = 0; d < 64; d++) {
                // Nearly all of the attention is on the needle.
                assertThat(out[d])
                        .as("%s, page %d, channel %d", method, page, d)
                        .isCloseTo(value[d], within(0.05f));
            }
        }
    }

    /** Selected pages and slots are read in every storage as dense attention reads them. */
    @ParameterizedTest
    @EnumSource(Storage.class)
    void findsTheNeedleInEveryStorage(Storage storage) {
        Sequence sequence = new Sequence(new KvShape(1, 4, 2, 64), LENGTH, 11);
        hide(sequence, 401);
        KvPolicy all = new KvPolicy(storage, storage, 16);
        float[] expected = decode(sequence, all, PROMPT, Workers.serial());
        for (Selection.Method method : Selection.Method.values()) {
            if (method == Selection.Method.ALL || method == Selection.Method.STREAMING) {
                continue;
            }
            Selection some = dense(Selection.of(method, Budget.tokens(64)), 0);
            float[] actual = decode(sequence, all.with(some), PROMPT, Workers.serial());
            for (int i = 0; i < expected.length; i++) {
                assertThat(actual[i]).as("%s, %s, index %d", method, storage, i).isCloseTo(expected[i], within(0.05f));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "ALL")
    void keepsToItsBudget(Selection.Method method) {
        KvShape shape = new KvShape(2, 4, 2, 64);
        Sequence sequence = new Sequence(shape, LENGTH, 12);
        for (int page : new int[] {8, 16, 32}) {
            KvPolicy policy = new KvPolicy(Storage.F16, Storage.F16, page)
                    .with(dense(Selection.of(method, Budget.tokens(128)), 1));
            try (HostPool pool = new HostPool(shape, ROOMY)) {
                KvCache cache = pool.open(policy);
                sequence.run(pool, cache, 0, LENGTH - 1, Phase.PREFILL_END, Workers.serial());
                sequence.run(pool, cache, LENGTH - 1, LENGTH, Phase.DECODE, Workers.serial());
                long token = 2 * 2 * 64;
                long index = cache.usage().bytes() - cache.usage().pages() * page * token;
                long channels = (LENGTH + page) * token / 2 * 16 / 64 * 2;
                long layerDense = 2L * (LENGTH + page) * token;
                // Single tokens touch the keys of their neighbours: at most all.
                long neighbours = method.choosesTokens() ? 2L * (LENGTH + page) * token / 2 : 0;
                // Of codes' shortlist the keys are read.
                long listed = method == Selection.Method.KEY_CODES ? 2L * 16 * page * token / 2 : 0;
                long layerSparse = 2L * (128 + page) * token + neighbours + listed;
                assertThat(cache.usage().readBytes())
                        .isGreaterThan(layerDense / 2)
                        .isLessThanOrEqualTo(layerDense + layerSparse + index + channels);
            }
        }
    }

    /** Keys stored a second time are read to the same effect, and cost what they save. */
    @Test
    void keysStoredTwiceGiveTheSameBits() {
        KvShape shape = new KvShape(2, 4, 2, 64);
        Sequence sequence = new Sequence(shape, LENGTH, 18);
        for (Storage storage : Storage.values()) {
            for (Storage values : List.of(storage, Storage.KIVI4)) {
                KvPolicy once = new KvPolicy(storage, values, 16)
                        .with(dense(Selection.of(Selection.Method.SPARQ, Budget.tokens(32)), 0));
                String text = once.selection() + ",rows=1";
                if (storage.waits()) {
                    assertThatThrownBy(() -> once.with(PolicyText.selection(text)))
                            .hasMessageContaining("are stored once");
                    continue;
                }
                KvPolicy twice = once.with(PolicyText.selection(text));
                assertThat(Arrays.equals(
                                decode(sequence, twice, PROMPT, Workers.serial()),
                                decode(sequence, once, PROMPT, Workers.serial())))
                        .as("%s %s", storage, values)
                        .isTrue();
                assertThat(readBytes(sequence, twice)).isLessThan(readBytes(sequence, once));
            }
        }
        assertThatThrownBy(() -> PolicyText.selection("quest:rows=1")).hasMessageContaining("no parameter rows");
        assertThatThrownBy(() -> PolicyText.selection("sparq:rows=yes")).hasMessageContaining("neither 0 nor 1");
        try (HostPool pool = new HostPool(shape, ROOMY)) {
            KvPolicy twice = KvPolicy.DENSE.with(PolicyText.selection("sparq:rows=1"));
            assertThat(2 * pool.bytes(twice, 1024))
                    .as("keys and values, and keys once more")
                    .isEqualTo(3 * pool.bytes(KvPolicy.DENSE, 1024));
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "ALL")
    void choosesAlikeOnAnyNumberOfThreadsAndInAnyRun(Selection.Method method) {
        KvShape shape = new KvShape(2, 4, 2, 64);
        Sequence sequence = new Sequence(shape, LENGTH, 13);
        KvPolicy policy = KvPolicy.DENSE.with(dense(Selection.of(method, Budget.share(0.1)), 1));
        float[] one = decode(sequence, policy, PROMPT, Workers.serial());
        assertThat(Arrays.equals(decode(sequence, policy, PROMPT, new Threads(3)), one))
                .isTrue();
        try (HostPool pool = new HostPool(shape, ROOMY)) {
            KvCache cache = pool.open(policy);
            sequence.run(pool, cache, 0, PROMPT, Phase.PREFILL_END, Workers.serial());
            float[] together = sequence.run(pool, cache, PROMPT, LENGTH, Phase.DECODE, new Threads(2));
            assertThat(Arrays.equals(together, one)).isTrue();
        }
    }

    @Test
    void readsLessWhereTheThresholdIsReached() {
        KvShape shape = new KvShape(1, 4, 2, 64);
        Sequence sequence = new Sequence(shape, LENGTH, 14);
        for (int i = 0; i < 12; i++) {
            hide(sequence, 20 + 50 * i);
        }
        for (Selection.Method method :
                List.of(Selection.Method.QUEST, Selection.Method.KEY_CODES, Selection.Method.ORACLE_TOKENS)) {
            List<Long> read = new ArrayList<>();
            for (double mass : new double[] {0.5, 0.9, 0.999, 1}) {
                KvPolicy policy = KvPolicy.DENSE
                        .with(dense(Selection.of(method, Budget.tokens(512)), 0))
                        .with(new Pruning(Pruning.Method.TOP_P, mass));
                read.add(readBytes(sequence, policy));
            }
            assertThat(read).as("%s", method).isSorted();
            assertThat(read.getFirst()).as("%s", method).isLessThan(read.getLast() / 2);
        }
    }

    @Test
    void progressiveReadingReachesTheMassThatWasAsked() {
        KvShape shape = new KvShape(1, 2, 1, 64);
        Sequence sequence = new Sequence(shape, LENGTH, 15);
        hide(sequence, 123);
        KvPolicy dense = KvPolicy.DENSE;
        KvPolicy policy = dense.with(dense(Selection.of(Selection.Method.KEY_CODES, Budget.tokens(640)), 0))
                .with(new Pruning(Pruning.Method.PROGRESSIVE, 0.95));
        float[] expected = decode(sequence, dense, PROMPT, Workers.serial());
        float[] actual = decode(sequence, policy, PROMPT, Workers.serial());
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            error += Math.pow(expected[i] - actual[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        assertThat(Math.sqrt(error / norm)).isLessThan(0.05);
        assertThat(readBytes(sequence, policy)).isLessThan(readBytes(sequence, dense) / 2);
    }

    /** With pages of 8 tokens these are enough for sketches. */
    @ParameterizedTest
    @EnumSource(names = {"QUEST", "QUEST_MEAN"})
    void choosesBySketchesAlikeInAnyRun(Selection.Method method) {
        KvShape shape = new KvShape(2, 4, 2, 64);
        Sequence sequence = new Sequence(shape, LENGTH, 19);
        for (Storage storage : List.of(Storage.F16, Storage.KIVI4, Storage.FP8_E4M3_HEAD)) {
            KvPolicy policy = new KvPolicy(storage, storage, 8).with(dense(Selection.of(method, Budget.tokens(64)), 0));
            int prompt = 600;
            float[] one = decode(sequence, policy, prompt, Workers.serial());
            try (HostPool pool = new HostPool(shape, ROOMY)) {
                KvCache cache = pool.open(policy);
                sequence.run(pool, cache, 0, 500, Phase.PREFILL, Workers.serial());
                sequence.run(pool, cache, 500, prompt, Phase.PREFILL_END, Workers.serial());
                KvCache other = pool.open(policy);
                sequence.run(pool, other, 0, prompt, Phase.PREFILL_END, Workers.serial());
                other.truncate(storage == Storage.KIVI4 ? 544 : 550);
                sequence.run(pool, other, other.length(), prompt, Phase.PREFILL_END, Workers.serial());
                for (KvCache each : List.of(cache.fork(policy), other, cache)) {
                    float[] together = sequence.run(pool, each, prompt, LENGTH, Phase.DECODE, new Threads(2));
                    assertThat(Arrays.equals(together, one)).as("%s", policy).isTrue();
                }
                long tables = pool.usage().tableBytes();
                assertThat(tables).isGreaterThan(3 * 4 * Sketch.bytes(80, 64));
                if (!storage.waits()) {
                    assertThat(cache.usage().readBytes()).isEqualTo(readBySketches(policy, prompt, LENGTH));
                }
            }
        }
    }

    /**
     * Bytes that 4 KV heads read of 8 pages a token, of the sketch, and of the indexes of pages after it; and of those of 24
     * pages that it finds, where they are scored again.
     */
    private static long readBySketches(KvPolicy policy, int from, int to) {
        PageFormat format = HostPool.format(policy, new KvShape(2, 4, 2, 64));
        int again = policy.selection().method() == Selection.Method.QUEST_MEAN ? 24 : 0;
        long sum = 0;
        for (int slot = from; slot < to; slot++) {
            int sketched = Sketch.before(slot, 8);
            int indexes = (slot + 1) / 8 - sketched + again;
            sum += 8 * format.bytes() + indexes * format.indexBytes() + Sketch.bytes(sketched, 64);
        }
        return 4 * sum;
    }

    @ParameterizedTest
    @EnumSource(names = {"QUEST", "QUEST_MEAN"})
    void scoresAllPagesByTheirIndexesWhereItIsToBeExact(Selection.Method method) {
        KvShape shape = new KvShape(2, 4, 2, 64);
        Sequence sequence = new Sequence(shape, LENGTH, 19);
        Selection selection = dense(Selection.of(method, Budget.tokens(64)), 0);
        assertThat(PolicyText.selection(selection + ",exact=1")).isEqualTo(selection.exactly());
        KvPolicy exact = new KvPolicy(Storage.F16, Storage.F16, 8).with(selection.exactly());
        PageFormat format = HostPool.format(exact, shape);
        long read = 0;
        for (int slot = 600; slot < LENGTH; slot++) {
            read += 4 * (8 * format.bytes() + (slot + 1) / 8 * format.indexBytes());
        }
        try (HostPool pool = new HostPool(shape, ROOMY)) {
            KvCache sketched = pool.open(exact.with(selection));
            sequence.run(pool, sketched, 0, 600, Phase.PREFILL_END, Workers.serial());
            KvCache cache = sketched.fork(exact);
            sequence.run(pool, cache, 600, LENGTH, Phase.DECODE, Workers.serial());
            assertThat(cache.usage().readBytes() - sketched.usage().readBytes()).isEqualTo(read);
        }
        assertThatThrownBy(() -> PolicyText.selection("key-codes:exact=1")).hasMessageContaining("no parameter exact");
    }

    @Test
    void refusesToLeaveNoLayerToChooseFrom() {
        try (HostPool pool = new HostPool(new KvShape(8, 2, 1, 32), ROOMY)) {
            pool.open(KvPolicy.DENSE.with(PolicyText.selection("quest:layers=7")))
                    .close();
            for (int layers : new int[] {8, 99}) {
                KvPolicy all = KvPolicy.DENSE.with(PolicyText.selection("quest:layers=" + layers));
                assertThatThrownBy(() -> pool.bytes(all, 100)).hasMessageContaining("the model has no more than 8");
                assertThatThrownBy(() -> pool.open(all)).hasMessageContaining("layers=" + layers);
            }
        }
    }

    private static long readBytes(Sequence sequence, KvPolicy policy) {
        try (HostPool pool = new HostPool(sequence.shape, ROOMY)) {
            KvCache cache = pool.open(policy);
            sequence.run(pool, cache, 0, PROMPT, Phase.PREFILL_END, Workers.serial());
            sequence.run(pool, cache, PROMPT, LENGTH, Phase.DECODE, Workers.serial());
            return cache.usage().readBytes();
        }
    }

    /** Makes the queries of the last tokens look for one token, in every head. */
    private static void hide(Sequence sequence, int needle) {
        KvShape shape = sequence.shape;
        for (int t = PROMPT - 40; t < LENGTH; t++) {
            for (int h = 0; h < shape.heads(); h++) {
                for (int d = 0; d < shape.headDim(); d++) {
                    int k = needle * shape.kvDim() + h / shape.group() * shape.headDim() + d;
                    float key = sequence.k[0][k];
                    sequence.q[0][t * shape.queryDim() + h * shape.headDim() + d] = 1.5f * Math.signum(key);
                    sequence.k[0][k] = Math.signum(key) * NEEDLE;
                }
            }
        }
    }

    private static Selection dense(Selection selection, int layers) {
        return new Selection(
                selection.method(),
                selection.budget(),
                layers,
                selection.sinks(),
                selection.window(),
                selection.channels());
    }

    /** Prefills {@code prompt} tokens and decodes the rest one by one. */
    private static float[] decode(Sequence sequence, KvPolicy policy, int prompt, Workers workers) {
        try (HostPool pool = new HostPool(sequence.shape, ROOMY)) {
            KvCache cache = pool.open(policy);
            sequence.run(pool, cache, 0, prompt, Phase.PREFILL_END, workers);
            float[] all = new float[0];
            for (int t = prompt; t < sequence.tokens; t++) {
                float[] row = sequence.run(pool, cache, t, t + 1, Phase.DECODE, workers);
                all = Arrays.copyOf(all, all.length + row.length);
                System.arraycopy(row, 0, all, all.length - row.length, row.length);
            }
            return all;
        }
    }

    private static org.assertj.core.data.Offset<Float> within(float value) {
        return org.assertj.core.data.Offset.offset(value);
    }
}
