package dev.paca.kv.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.Phase;
import dev.paca.kv.Storage;
import dev.paca.kv.Workers;
import dev.paca.kv.attention.ScalarAttention;
import dev.paca.kv.index.ScalarScorer;
import dev.paca.kv.vector.VectorAttention;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionTest {
    private static final long ROOMY = 1L << 30;
    private static final int[] LENGTHS = {1, 2, 3, 7, 8, 13, 31, 32, 33, 63, 64, 65, 127, 128, 207};
    /** Outputs are means of values of size 1: float sums of a few hundred products lose a few units of 1e-7 each. */
    private static final float TOLERANCE = 2e-5f;

    @ParameterizedTest
    @ValueSource(ints = {7, 64, 80, 96, 128, 256})
    void vectorsAgreeWithTheDefinition(int headDim) {
        for (int group : new int[] {1, 2, 3, 4, 8}) {
            KvShape shape = new KvShape(1, 2 * group, 2, headDim);
            for (int length : LENGTHS) {
                for (Storage storage : storages(length)) {
                    List<Integer> pages = storage.waits() ? List.of(8, 16, 32, 64, 128) : List.of(8, 16, 32, 5, 48);
                    int page = pages.get(length % 5);
                    agree(shape, length, new KvPolicy(storage, storage, page));
                }
            }
        }
    }

    @Test
    void vectorsAgreeWithTheDefinitionOverManyParts() {
        agree(new KvShape(1, 2, 1, 64), 4098, KvPolicy.DENSE);
    }

    /** All forms take their turns with the lengths. */
    private static List<Storage> storages(int length) {
        Storage[] all = Storage.values();
        return List.of(Storage.F16, all[length % all.length], all[(length + group(length)) % all.length]);
    }

    private static int group(int length) {
        return 1 + length / 8 % 7;
    }

    private static void agree(KvShape shape, int length, KvPolicy policy) {
        Sequence sequence = new Sequence(shape, length, 31L * length + shape.headDim());
        int last = Math.max(0, length - 9);
        try (HostPool truth = new HostPool(shape, ROOMY, new ScalarAttention(), new ScalarScorer());
                HostPool pool = new HostPool(shape, ROOMY, new VectorAttention(), new ScalarScorer())) {
            KvCache expected = truth.open(policy);
            KvCache actual = pool.open(policy);
            int row = 0;
            for (int[] run : new int[][] {{0, last}, {last, length}}) {
                if (run[0] == run[1]) {
                    continue;
                }
                float[] a = sequence.run(truth, expected, run[0], run[1], Phase.PREFILL, Workers.serial());
                float[] b = sequence.run(pool, actual, run[0], run[1], Phase.PREFILL, Workers.serial());
                for (int i = 0; i < a.length; i++) {
                    if (Math.abs(a[i] - b[i]) > TOLERANCE) {
                        assertThat(b[i])
                                .as("%s, length %d, %s, index %d", shape, length, policy, i)
                                .isEqualTo(a[i]);
                    }
                }
                row++;
            }
            assertThat(row).isPositive();
        }
    }

    /** A token's attention has the same bits however the tokens before it and with it were run, and by how many threads. */
    @Test
    void bitsDependOnNothingElse() {
        KvShape shape = new KvShape(2, 4, 2, 64);
        Sequence sequence = new Sequence(shape, 2500, 5);
        try (HostPool pool = new HostPool(shape, ROOMY)) {
            float[] whole = run(pool, sequence, KvPolicy.DENSE, Workers.serial(), 2500);
            assertThat(run(pool, sequence, KvPolicy.DENSE, new Threads(3), 2500))
                    .isEqualTo(whole);
            assertThat(run(pool, sequence, KvPolicy.DENSE, new Threads(2), 64)).isEqualTo(whole);
            assertThat(run(pool, sequence, KvPolicy.DENSE, new Threads(5), 77)).isEqualTo(whole);
        }
    }

    /** Nor does it where tokens wait for their scales: a token sees its own window open, wherever a step begins. */
    @ParameterizedTest
    @EnumSource(Storage.class)
    void bitsDependOnNothingElseInAnyStorage(Storage storage) {
        KvShape shape = new KvShape(1, 4, 2, 64);
        Sequence sequence = new Sequence(shape, 170, 5);
        for (int page : new int[] {8, 32, 64}) {
            for (KvPolicy policy : List.of(
                    new KvPolicy(storage, storage, page),
                    new KvPolicy(storage, Storage.F16, page),
                    new KvPolicy(Storage.FP8_E5M2_HEAD, storage, page))) {
                try (HostPool pool = new HostPool(shape, ROOMY)) {
                    float[] whole = run(pool, sequence, policy, Workers.serial(), 170);
                    for (int chunk : new int[] {7, 32, 110}) {
                        assertThat(Arrays.equals(run(pool, sequence, policy, new Threads(2), chunk), whole))
                                .as("%s, chunks of %d", policy, chunk)
                                .isTrue();
                    }
                }
            }
        }
    }

    /**
     * Decode multiplies queries with a power of two where keys are short floats; some of these queries are too large for
     * that, and some are not.
     */
    @ParameterizedTest
    @EnumSource(
            value = Storage.class,
            names = {"F16", "BF16", "FP8_E4M3", "FP8_E5M2"})
    void bitsDependOnNothingElseWhereQueriesAreLarge(Storage storage) {
        Sequence sequence = new Sequence(new KvShape(1, 4, 2, 64), 170, 7);
        float large = storage == Storage.FP8_E4M3 ? 400 : 1e5f;
        for (int i = 0; i < sequence.q[0].length; i++) {
            sequence.q[0][i] *= large;
        }
        KvPolicy policy = new KvPolicy(storage, storage, 16);
        try (HostPool pool = new HostPool(sequence.shape, ROOMY)) {
            float[] whole = run(pool, sequence, policy, Workers.serial(), 170);
            assertThat(whole).doesNotContain(Float.NaN);
            assertThat(run(pool, sequence, policy, new Threads(2), 32)).isEqualTo(whole);
        }
    }

    private static float[] run(HostPool pool, Sequence sequence, KvPolicy policy, Workers workers, int chunk) {
        float[] all = new float[sequence.tokens * sequence.shape.queryDim()];
        try (KvCache cache = pool.open(policy)) {
            int at = 0;
            while (at < sequence.tokens) {
                // The last tokens one by one, as decode runs them.
                int next = at < sequence.tokens - 20 ? Math.min(sequence.tokens - 20, at + chunk) : at + 1;
                Phase phase = next == at + 1 ? Phase.DECODE : Phase.PREFILL;
                float[] out = sequence.run(pool, cache, at, chunk == sequence.tokens ? chunk : next, phase, workers);
                System.arraycopy(out, 0, all, at * sequence.shape.queryDim(), out.length);
                at = chunk == sequence.tokens ? chunk : next;
            }
        }
        return all;
    }

    /** Several sequences in one step give the bits that each gives alone. */
    @Test
    void othersInTheBatchChangeNothing() {
        KvShape shape = new KvShape(1, 4, 2, 64);
        Random random = new Random(3);
        int count = 9;
        Sequence[] sequences = new Sequence[count];
        float[][] alone = new float[count][];
        try (HostPool pool = new HostPool(shape, ROOMY)) {
            KvCache[] caches = new KvCache[count];
            for (int s = 0; s < count; s++) {
                int length = 1 + random.nextInt(s % 3 == 0 ? 1500 : 90);
                sequences[s] = new Sequence(shape, length + 1 + s % 4, s);
                KvPolicy policy = new KvPolicy(Storage.F16, s % 2 == 0 ? Storage.F16 : Storage.F32, 8 << s % 3);
                caches[s] = pool.open(policy);
                sequences[s].run(pool, caches[s], 0, length, Phase.PREFILL, Workers.serial());
                try (KvCache other = caches[s].fork()) {
                    alone[s] =
                            sequences[s].run(pool, other, length, sequences[s].tokens, Phase.DECODE, Workers.serial());
                }
            }
            List<KvStep.Span> spans = new java.util.ArrayList<>();
            int rows = 0;
            for (int s = 0; s < count; s++) {
                int tokens = sequences[s].tokens - caches[s].length();
                spans.add(new KvStep.Span(caches[s], rows, tokens, Phase.DECODE, new int[tokens], 0));
                rows += tokens;
            }
            float[] q = new float[rows * shape.queryDim()];
            float[] k = new float[rows * shape.kvDim()];
            float[] v = new float[rows * shape.kvDim()];
            for (KvStep.Span span : spans) {
                Sequence s = sequences[spans.indexOf(span)];
                copy(s.q[0], q, shape.queryDim(), span);
                copy(s.k[0], k, shape.kvDim(), span);
                copy(s.v[0], v, shape.kvDim(), span);
            }
            float[] out = new float[q.length];
            KvStep step = pool.step(spans, new Threads(3));
            step.append(0, k, v);
            step.attend(0, q, out);
            step.finish();
            for (KvStep.Span span : spans) {
                int from = span.row() * shape.queryDim();
                float[] together = Arrays.copyOfRange(out, from, from + span.tokens() * shape.queryDim());
                assertThat(together).isEqualTo(alone[spans.indexOf(span)]);
            }
        }
    }

    private static void copy(float[] from, float[] to, int width, KvStep.Span span) {
        System.arraycopy(from, span.cache().length() * width, to, span.row() * width, span.tokens() * width);
    }
}
