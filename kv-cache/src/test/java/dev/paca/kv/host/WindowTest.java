package dev.paca.kv.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.Storage;
import dev.paca.kv.Workers;
import dev.paca.kv.page.PageTable;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tokens that wait in full precision for their scales. */
class WindowTest {
    private static final KvShape SHAPE = new KvShape(3, 4, 2, 64);
    private static final int TABLES = 6;
    /** Keys and values of 16 tokens of 64 channels in F16. */
    private static final long OPEN = 2 * 16 * 64 * 2;
    /** In 2 bits, with 4 bytes for each channel of the keys, and for two groups of each value. */
    private static final long KIVI2 = 2 * 16 * 64 / 4 + 64 * 4 + 16 * 2 * 4;

    private static final KvPolicy KIVI = new KvPolicy(Storage.KIVI2, Storage.KIVI2, 16);
    private static final KvPolicy SCALED = new KvPolicy(Storage.FP8_E4M3_HEAD, Storage.FP8_E4M3_TENSOR, 16);

    private static void prefill(HostPool pool, Sequence sequence, KvCache cache, int from, int to) {
        sequence.run(pool, cache, from, to, Phase.PREFILL, Workers.serial());
    }

    @Test
    void bytesAreThoseComputedByHand() {
        Sequence sequence = new Sequence(SHAPE, 120, 1);
        try (HostPool pool = new HostPool(SHAPE, 1L << 26)) {
            KvCache cache = pool.open(KIVI);
            int[] tokens = {1, 16, 31, 32, 33, 64, 79, 111, 120};
            int from = 0;
            for (int to : tokens) {
                prefill(pool, sequence, cache, from, to);
                from = to;
                long encoded = to / 32 * 2;
                long open = Math.ceilDiv(to % 32, 16);
                assertThat(pool.usage().residualBytes()).as("%d tokens", to).isEqualTo(TABLES * open * OPEN);
                assertThat(pool.usage().pageBytes()).isEqualTo(TABLES * (open * OPEN + encoded * KIVI2));
                assertThat(pool.usage().pages()).isEqualTo(TABLES * (open + encoded));
                long tables = pool.usage().tableBytes();
                assertThat(cache.usage().bytes()).isEqualTo(pool.usage().pageBytes() + tables);
                assertThat(pool.bytes(KIVI, to))
                        .isGreaterThanOrEqualTo(pool.usage().pageBytes());
            }
            cache.close();
            assertThat(pool.usage().pages()).isZero();
        }
    }

    @Test
    void scalesAreFixedByTheFirstWindowAndSaturateAfterIt() {
        Sequence sequence = new Sequence(SHAPE, 64, 1);
        float largest = 0;
        for (int i = 0; i < 32 * SHAPE.kvDim(); i++) {
            largest = Math.max(largest, Math.abs(sequence.v[0][i]));
        }
        // As it waited.
        largest = Float.float16ToFloat(Float.floatToFloat16(largest));
        int far = 40 * SHAPE.kvDim();
        sequence.v[0][far] = largest * 1.9f;
        sequence.v[0][far + 1] = -largest * 5;
        float[] value = new float[SHAPE.headDim()];
        try (HostPool pool = new HostPool(SHAPE, 1L << 26)) {
            HostCache cache = (HostCache) pool.open(SCALED);
            prefill(pool, sequence, cache, 0, 31);
            assertThat(pool.usage().residualBytes()).isEqualTo(TABLES * 2 * OPEN);
            prefill(pool, sequence, cache, 31, 50);
            assertThat(pool.usage().residualBytes()).isZero();
            PageTable table = cache.table(0, 0);
            PageTable other = cache.table(0, 1);
            assertThat(table.store().valueScale(table.page(0)))
                    .as("one scale for the values of a layer")
                    .isEqualTo(2 * largest / 448)
                    .isEqualTo(other.store().valueScale(other.page(49)));
            assertThat(table.store().keyScale(table.page(0)))
                    .as("one scale for the keys of a head")
                    .isEqualTo(table.store().keyScale(table.page(49)))
                    .isNotEqualTo(other.store().keyScale(other.page(0)));
            table.store().readValue(table.page(40), table.place(40), value, 0);
            assertThat(value[0]).as("a value within the room").isCloseTo(largest * 1.9f, byAtMost(largest * 0.12f));
            assertThat(value[1]).as("a value beyond it").isCloseTo(-2 * largest, byAtMost(1e-5f));
        }
    }

    @Test
    void forksShareWindowsUntilOneWrites() {
        for (KvPolicy policy : List.of(KIVI, SCALED)) {
            Sequence sequence = new Sequence(SHAPE, 110, 2);
            Sequence other = new Sequence(SHAPE, 110, 3);
            try (HostPool pool = new HostPool(SHAPE, 1L << 26)) {
                KvCache first = pool.open(policy);
                prefill(pool, sequence, first, 0, 20);
                KvCache second = first.fork();
                assertThat(pool.usage().sharedPages()).isEqualTo(2 * TABLES);
                other.run(pool, second, 20, 110, Phase.DECODE, Workers.serial());
                float[] expected;
                try (KvCache alone = pool.open(policy)) {
                    prefill(pool, sequence, alone, 0, 20);
                    expected = sequence.run(pool, alone, 20, 110, Phase.DECODE, Workers.serial());
                }
                assertThat(sequence.run(pool, first, 20, 110, Phase.DECODE, Workers.serial()))
                        .as("%s", policy)
                        .isEqualTo(expected);
                first.close();
                second.close();
                assertThat(pool.usage().pages()).isZero();
            }
        }
    }

    @Test
    void anAbandonedStepChangesNothing() {
        for (KvPolicy policy : List.of(KIVI, SCALED)) {
            Sequence sequence = new Sequence(SHAPE, 120, 6);
            Sequence noise = new Sequence(SHAPE, 120, 7);
            try (HostPool pool = new HostPool(SHAPE, 1L << 26)) {
                KvCache expected = pool.open(policy);
                KvCache cache = pool.open(policy);
                prefill(pool, sequence, expected, 0, 30);
                prefill(pool, sequence, cache, 0, 30);
                KvStep step = pool.step(
                        List.of(new KvStep.Span(cache, 0, 90, Phase.PREFILL, new int[90], 0)), Workers.serial());
                step.append(0, noise.k[0], noise.v[0]);
                step.attend(0, noise.q[0], new float[90 * SHAPE.queryDim()]);
                assertThat(cache.length()).isEqualTo(30);
                assertThat(sequence.run(pool, cache, 30, 120, Phase.PREFILL, Workers.serial()))
                        .as("%s", policy)
                        .isEqualTo(sequence.run(pool, expected, 30, 120, Phase.PREFILL, Workers.serial()));
            }
        }
    }

    @Test
    void goesBackOnlyToWhereNothingIsParted() {
        Sequence sequence = new Sequence(SHAPE, 120, 2);
        try (HostPool pool = new HostPool(SHAPE, 1L << 26)) {
            KvCache cache = pool.open(KIVI);
            prefill(pool, sequence, cache, 0, 110);
            assertThat(cache.canTruncate(100)).as("within the open window").isTrue();
            assertThat(cache.canTruncate(96)).isTrue();
            assertThat(cache.canTruncate(64)).as("between windows").isTrue();
            assertThat(cache.canTruncate(65)).isFalse();
            assertThatThrownBy(() -> cache.truncate(65))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("encoded together cannot be parted");
            float[] expected = sequence.run(pool, cache.fork(), 110, 120, Phase.DECODE, Workers.serial());
            cache.truncate(100);
            prefill(pool, sequence, cache, 100, 110);
            assertThat(sequence.run(pool, cache.fork(), 110, 120, Phase.DECODE, Workers.serial()))
                    .isEqualTo(expected);
            cache.truncate(64);
            prefill(pool, sequence, cache, 64, 110);
            assertThat(sequence.run(pool, cache.fork(), 110, 120, Phase.DECODE, Workers.serial()))
                    .isEqualTo(expected);
            KvCache scaled = pool.open(SCALED);
            prefill(pool, sequence, scaled, 0, 110);
            assertThat(scaled.canTruncate(33)).isTrue();
            assertThat(scaled.canTruncate(31)).as("before the scale was known").isFalse();
            assertThat(scaled.canTruncate(0)).isTrue();
            scaled.truncate(0);
            prefill(pool, sequence, scaled, 0, 31);
            assertThat(scaled.canTruncate(7)).isTrue();
        }
    }

    @Test
    void refusesPagesThatWindowsDoNotFit() {
        for (int page : new int[] {1, 4, 12, 24, 48}) {
            assertThatThrownBy(() -> new KvPolicy(Storage.KIVI2, Storage.F16, page))
                    .isInstanceOf(PacaException.class)
                    .hasMessage("Storage kivi2 takes pages of 8, 16, 32, 64, 128 or 256 tokens, found " + page
                            + ". Choose one of these, or a storage that encodes each token at once, such as"
                            + " fp8_e4m3_token.");
        }
    }

    private static org.assertj.core.data.Offset<Float> byAtMost(float value) {
        return org.assertj.core.data.Offset.offset(value);
    }
}
