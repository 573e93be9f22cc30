package dev.paca.kv.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.Budget;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import dev.paca.kv.Workers;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PrefixTest {
    private static final KvShape SHAPE = new KvShape(3, 4, 2, 64);
    private static final int TABLES = 6;
    private static final long ROOMY = 1L << 27;
    private static final int[] IDS =
            IntStream.range(0, 700).map(i -> i * i % 101).toArray();

    private static float[] run(HostPool pool, Sequence sequence, KvCache cache, int to, Phase phase) {
        int from = cache.length();
        float[] out = new float[(to - from) * SHAPE.queryDim()];
        KvStep step = pool.step(List.of(new KvStep.Span(cache, 0, to - from, phase, IDS, from)), Workers.serial());
        for (int layer = 0; layer < SHAPE.layers(); layer++) {
            float[] k = Sequence.rows(sequence.k[layer], SHAPE.kvDim(), from, to);
            step.append(layer, k, Sequence.rows(sequence.v[layer], SHAPE.kvDim(), from, to));
            step.attend(layer, Sequence.rows(sequence.q[layer], SHAPE.queryDim(), from, to), out);
        }
        step.finish();
        return out;
    }

    @Test
    void aSecondSequenceBeginsWithTheFirstOnesPages() {
        Sequence sequence = new Sequence(SHAPE, 400, 1);
        for (Selection selection : List.of(
                Selection.ALL,
                Selection.of(Selection.Method.QUEST, Budget.tokens(64)),
                Selection.of(Selection.Method.KEY_CODES, Budget.tokens(64)),
                Selection.of(Selection.Method.SPARQ, Budget.tokens(64)))) {
            KvPolicy policy = KvPolicy.DENSE.with(selection);
            try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
                KvCache first = pool.open(policy, Arrays.copyOf(IDS, 300));
                assertThat(first.length()).isZero();
                run(pool, sequence, first, 300, Phase.PREFILL);
                float[] expected = run(pool, sequence, first, 310, Phase.DECODE);
                first.close();
                assertThat(pool.usage().pages()).isZero();
                KvCache second = pool.open(policy, Arrays.copyOf(IDS, 300));
                // Full pages only, and the last token of the prompt must run.
                assertThat(second.length()).as("%s", selection).isEqualTo(288);
                assertThat(pool.usage().pages()).isEqualTo(18L * TABLES);
                run(pool, sequence, second, 300, Phase.PREFILL);
                assertThat(run(pool, sequence, second, 310, Phase.DECODE))
                        .as("%s", selection)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void windowsAreSharedAsAWhole() {
        Sequence sequence = new Sequence(SHAPE, 400, 1);
        for (KvPolicy policy : List.of(
                new KvPolicy(Storage.KIVI2, Storage.KIVI2, 16),
                new KvPolicy(Storage.KIVI4, Storage.FP8_E4M3_TENSOR, 8)
                        .with(Selection.of(Selection.Method.KEY_CODES, Budget.tokens(64))),
                new KvPolicy(Storage.FP8_E4M3_HEAD, Storage.F16, 16))) {
            boolean groups = policy.k().isGrouped();
            try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
                KvCache first = pool.open(policy, IDS);
                run(pool, sequence, first, 310, Phase.PREFILL);
                float[] expected = run(pool, sequence, first, 330, Phase.DECODE);
                first.close();
                assertThat(pool.usage().pages()).isZero();
                KvCache second = pool.open(policy, Arrays.copyOf(IDS, 310));
                // Groups are shared window by window, 32 tokens; single pages once the scale is known.
                assertThat(second.length()).as("%s", policy).isEqualTo(groups ? 288 : 304);
                run(pool, sequence, second, 310, Phase.PREFILL);
                assertThat(run(pool, sequence, second, 330, Phase.DECODE))
                        .as("%s", policy)
                        .isEqualTo(expected);
                assertThat(pool.open(policy, Arrays.copyOf(IDS, 31)).length()).isZero();
            }
        }
    }

    @Test
    void onlyWhatIsTheSameIsShared() {
        Sequence sequence = new Sequence(SHAPE, 400, 1);
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            KvCache cache = pool.open(KvPolicy.DENSE, IDS);
            run(pool, sequence, cache, 64, Phase.PREFILL);
            int[] other = Arrays.copyOf(IDS, 64);
            other[20]++;
            assertThat(pool.open(KvPolicy.DENSE, other).length()).isEqualTo(16);
            other[0]++;
            assertThat(pool.open(KvPolicy.DENSE, other).length()).isZero();
            assertThat(pool.open(new KvPolicy(Storage.F32, Storage.F16, 16), IDS)
                            .length())
                    .isZero();
            assertThat(pool.open(KvPolicy.DENSE, Arrays.copyOf(IDS, 64)).length())
                    .isEqualTo(48);
            assertThat(pool.open(KvPolicy.DENSE, Arrays.copyOf(IDS, 65)).length())
                    .isEqualTo(64);
            assertThat(pool.open(KvPolicy.DENSE, Arrays.copyOf(IDS, 1)).length())
                    .isZero();
            assertThat(pool.open(KvPolicy.DENSE).length()).isZero();
        }
    }

    /** What decoding with a selection wrote is not what a prompt would have left, and is kept from others. */
    @Test
    void whatSparseDecodingWroteIsNotShared() {
        Sequence sequence = new Sequence(SHAPE, 400, 1);
        KvPolicy quest = KvPolicy.DENSE.with(Selection.of(Selection.Method.QUEST, Budget.tokens(64)));
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            KvCache cache = pool.open(quest, IDS);
            run(pool, sequence, cache, 100, Phase.PREFILL);
            run(pool, sequence, cache, 200, Phase.DECODE);
            run(pool, sequence, cache, 300, Phase.PREFILL);
            assertThat(pool.open(quest, Arrays.copyOf(IDS, 300)).length()).isEqualTo(96);
        }
    }

    @Test
    void unusedPagesGoWhenBytesAreNeededOldestFirst() {
        Sequence sequence = new Sequence(SHAPE, 400, 1);
        long page = 4096;
        // Ten pages a table.
        try (HostPool pool = new HostPool(SHAPE, 10 * TABLES * page + 1024)) {
            int[] a = IntStream.range(0, 65).toArray();
            int[] b = IntStream.range(100, 165).toArray();
            for (int[] prompt : List.of(a, b)) {
                try (KvCache cache = pool.open(KvPolicy.DENSE, prompt)) {
                    float[] zeros = new float[64 * SHAPE.kvDim()];
                    KvStep step = pool.step(
                            List.of(new KvStep.Span(cache, 0, 64, Phase.PREFILL, prompt, 0)), Workers.serial());
                    for (int layer = 0; layer < SHAPE.layers(); layer++) {
                        step.append(layer, zeros, zeros);
                    }
                    step.finish();
                }
            }
            pool.open(KvPolicy.DENSE, a).close();
            // Eight pages are kept; four more need two of them: b's, which were used before a's, from the end.
            KvCache cache = pool.open(KvPolicy.DENSE);
            cache.reserve(64);
            KvCache stillA = pool.open(KvPolicy.DENSE, a);
            assertThat(stillA.length()).isEqualTo(64);
            try (KvCache halfB = pool.open(KvPolicy.DENSE, b)) {
                assertThat(halfB.length()).isEqualTo(32);
            }
            assertThatThrownBy(() -> cache.reserve(64 + 48)).isInstanceOf(PacaException.class);
            // What was refused took nothing from those to come.
            try (KvCache halfB = pool.open(KvPolicy.DENSE, b)) {
                assertThat(halfB.length()).isEqualTo(32);
            }
            assertThat(sequence.tokens).isEqualTo(400);
        }
    }

    @Test
    void aSavedCacheGoesOnAsIfNothingHappened() throws IOException {
        Sequence sequence = new Sequence(SHAPE, 400, 1);
        for (KvPolicy policy : List.of(
                KvPolicy.DENSE,
                new KvPolicy(Storage.FP8_E4M3, Storage.INT8, 16)
                        .with(Selection.of(Selection.Method.QUEST, Budget.tokens(64))),
                new KvPolicy(Storage.KIVI2, Storage.KIVI4, 16)
                        .with(Selection.of(Selection.Method.KEY_CODES, Budget.tokens(64))),
                new KvPolicy(Storage.FP8_E4M3_HEAD, Storage.FP8_E5M2_TENSOR, 16),
                new KvPolicy(Storage.FP8_E4M3_HEAD, Storage.KIVI2, 8),
                KvPolicy.DENSE.with(Selection.of(Selection.Method.KEY_CODES, Budget.tokens(64))),
                KvPolicy.DENSE.with(Selection.of(Selection.Method.DOUBLE_SPARSITY, Budget.tokens(64))))) {
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            float[] expected;
            try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
                KvCache cache = pool.open(policy);
                run(pool, sequence, cache, 301, Phase.PREFILL);
                pool.save(cache, stream);
                expected = run(pool, sequence, cache, 310, Phase.DECODE);
            }
            try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
                KvCache cache = pool.restore(policy, new ByteArrayInputStream(stream.toByteArray()));
                assertThat(cache.length()).isEqualTo(301);
                assertThat(run(pool, sequence, cache, 310, Phase.DECODE))
                        .as("%s", policy)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void foreignAndBrokenStreamsAreRefusedInASentence() throws IOException {
        Sequence sequence = new Sequence(SHAPE, 400, 1);
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        try (HostPool pool = new HostPool(SHAPE, ROOMY);
                HostPool other = new HostPool(new KvShape(3, 4, 2, 32), ROOMY)) {
            KvCache cache = pool.open(KvPolicy.DENSE);
            run(pool, sequence, cache, 40, Phase.PREFILL);
            pool.save(cache, stream);
            cache.close();
            pool.forgetPrefixes();
            byte[] good = stream.toByteArray();
            for (int length : new int[] {0, 5, 8, 20, 60, good.length / 2, good.length - 1}) {
                refused(pool, Arrays.copyOf(good, length), length < 8 ? "no saved KV cache" : "ends too early");
            }
            byte[] damaged = good.clone();
            damaged[good.length / 2] ^= 4;
            refused(pool, damaged, "damaged");
            refused(
                    pool,
                    "A letter, no cache at all".getBytes(java.nio.charset.StandardCharsets.UTF_8),
                    "no saved KV cache");
            refused(other, good, "another model");
            assertThatThrownBy(() ->
                            pool.restore(new KvPolicy(Storage.F32, Storage.F32, 16), new ByteArrayInputStream(good)))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("another policy");
            assertThat(pool.usage().pages()).isZero();
            assertThat(pool.restore(KvPolicy.DENSE, new ByteArrayInputStream(good))
                            .length())
                    .isEqualTo(40);
        }
    }

    private static void refused(HostPool pool, byte[] bytes, String message) {
        assertThatThrownBy(() -> pool.restore(KvPolicy.DENSE, new ByteArrayInputStream(bytes)))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining(message);
    }
}
