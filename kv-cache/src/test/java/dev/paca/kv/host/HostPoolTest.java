package dev.paca.kv.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvMemoryException;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Storage;
import dev.paca.kv.Workers;
import dev.paca.kv.page.PageTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class HostPoolTest {
    private static final KvShape SHAPE = new KvShape(3, 4, 2, 64);
    /** Keys and values of 16 tokens of 64 channels in 2 bytes. */
    private static final long PAGE = 2 * 16 * 64 * 2;
    /** Page tables of a sequence: one for each KV head of each layer. */
    private static final int TABLES = 6;

    @Test
    void countsPagesAndBytes() {
        try (HostPool pool = new HostPool(SHAPE, 1L << 26)) {
            KvCache cache = pool.open(KvPolicy.DENSE);
            new Sequence(SHAPE, 33, 1).run(pool, cache, 0, 33, Phase.PREFILL, Workers.serial());
            assertThat(cache.length()).isEqualTo(33);
            assertThat(pool.usage().pages()).isEqualTo(3 * TABLES);
            assertThat(pool.usage().pageBytes()).isEqualTo(3 * TABLES * PAGE);
            assertThat(cache.usage().pages()).isEqualTo(3 * TABLES);
            assertThat(cache.usage().denseBytes()).isEqualTo(3 * TABLES * PAGE);
            cache.truncate(32);
            assertThat(pool.usage().pages()).isEqualTo(2 * TABLES);
            cache.close();
            cache.close();
            assertThat(pool.usage().pages()).isZero();
            assertThat(pool.usage().tableBytes()).isZero();
        }
    }

    @Test
    void givesKeysAndValuesOut() {
        Sequence sequence = new Sequence(SHAPE, 40, 4);
        try (HostPool pool = new HostPool(SHAPE, 1L << 26)) {
            KvCache cache = pool.open(new KvPolicy(Storage.F32, Storage.F32, 16));
            sequence.run(pool, cache, 0, 40, Phase.PREFILL, Workers.serial());
            assertThat(pool.contents(cache).ids()).isEqualTo(new int[40]);
            float[] k = new float[11 * SHAPE.kvDim()];
            float[] v = new float[11 * SHAPE.kvDim()];
            pool.read(cache, 2, 14, 11, k, v);
            assertThat(k).isEqualTo(Sequence.rows(sequence.k[2], SHAPE.kvDim(), 14, 25));
            assertThat(v).isEqualTo(Sequence.rows(sequence.v[2], SHAPE.kvDim(), 14, 25));
        }
    }

    @Test
    void takesInWhatAnotherPoolHolds() {
        Sequence sequence = new Sequence(SHAPE, 60, 4);
        KvPolicy policy = new KvPolicy(Storage.F32, Storage.F32, 16)
                .with(PolicyText.eviction("pyramidkv:budget=20,window=4,sinks=2"));
        try (HostPool pool = new HostPool(SHAPE, 1L << 26);
                HostPool other = new HostPool(SHAPE, 1L << 26)) {
            KvCache cache = pool.open(policy);
            sequence.run(pool, cache, 0, 50, Phase.PREFILL_END, Workers.serial());
            Contents contents = pool.contents(cache);
            KvCache copy = other.open(policy, contents, 16, (from, tokens, k, v) -> {
                for (int l = 0; l < SHAPE.layers(); l++) {
                    int held = contents.positions()[l * SHAPE.kvHeads()].length;
                    pool.read(cache, l, from, Math.clamp(held - from, 0, tokens), k[l], v[l]);
                }
            });
            assertThat(copy.length()).isEqualTo(50);
            assertThat(other.contents(copy).positions()).isEqualTo(contents.positions());
            assertThat(copy.usage().layers()).isEqualTo(cache.usage().layers());
            assertThat(copy.canTruncate(49)).isFalse();
            assertThat(sequence.run(other, copy, 50, 60, Phase.DECODE, Workers.serial()))
                    .isEqualTo(sequence.run(pool, cache, 50, 60, Phase.DECODE, Workers.serial()));
        }
    }

    @Test
    void forksShareUntilOneWrites() {
        Sequence sequence = new Sequence(SHAPE, 50, 2);
        Sequence other = new Sequence(SHAPE, 50, 3);
        try (HostPool pool = new HostPool(SHAPE, 1L << 26)) {
            KvCache first = pool.open(KvPolicy.DENSE);
            sequence.run(pool, first, 0, 40, Phase.PREFILL, Workers.serial());
            KvCache second = first.fork();
            assertThat(pool.usage().pages()).isEqualTo(3 * TABLES);
            assertThat(pool.usage().sharedPages()).isEqualTo(3 * TABLES);
            other.run(pool, second, 40, 44, Phase.DECODE, Workers.serial());
            assertThat(pool.usage().pages()).isEqualTo(4 * TABLES);
            assertThat(pool.usage().sharedPages()).isEqualTo(2 * TABLES);
            float[] expected;
            try (KvCache alone = pool.open(KvPolicy.DENSE)) {
                sequence.run(pool, alone, 0, 40, Phase.PREFILL, Workers.serial());
                expected = sequence.run(pool, alone, 40, 50, Phase.DECODE, Workers.serial());
            }
            second.close();
            assertThat(sequence.run(pool, first, 40, 50, Phase.DECODE, Workers.serial()))
                    .isEqualTo(expected);
            first.close();
            assertThat(pool.usage().pages()).isZero();
        }
    }

    @Test
    void keepsToItsLimitAllOrNothing() {
        // Room for exactly 4 pages a table, in two chunks, each with 64 bytes of slack.
        long limit = 4 * TABLES * PAGE + 2 * 64;
        try (HostPool pool = new HostPool(SHAPE, limit)) {
            Sequence sequence = new Sequence(SHAPE, 70, 4);
            KvCache a = pool.open(KvPolicy.DENSE);
            KvCache b = pool.open(KvPolicy.DENSE);
            sequence.run(pool, a, 0, 48, Phase.PREFILL, Workers.serial());
            assertThatThrownBy(() -> b.reserve(17))
                    .isInstanceOf(KvMemoryException.class)
                    .hasMessageContaining("--kv-memory");
            List<KvStep.Span> both = List.of(
                    new KvStep.Span(a, 0, 1, Phase.DECODE, new int[1], 0),
                    new KvStep.Span(b, 1, 1, Phase.PREFILL, new int[1], 0));
            long before = pool.usage().pages();
            assertThatThrownBy(() -> pool.step(both, Workers.serial())).isInstanceOf(KvMemoryException.class);
            assertThat(pool.usage().pages()).isEqualTo(before);
            a.truncate(32);
            sequence.run(pool, b, 0, 32, Phase.PREFILL, Workers.serial());
            assertThat(pool.usage().pages()).isEqualTo(4 * TABLES);
            a.close();
            // Memory of one format comes back for another.
            KvCache wide = pool.open(new KvPolicy(Storage.F32, Storage.F16, 16));
            b.close();
            wide.reserve(32);
            assertThat(pool.usage().pageBytes()).isEqualTo(2 * TABLES * PAGE * 3 / 2);
        }
    }

    @Test
    void anAbandonedStepChangesNothing() {
        Sequence sequence = new Sequence(SHAPE, 60, 6);
        Sequence noise = new Sequence(SHAPE, 60, 7);
        try (HostPool pool = new HostPool(SHAPE, 1L << 26)) {
            KvCache expected = pool.open(KvPolicy.DENSE);
            KvCache cache = pool.open(KvPolicy.DENSE);
            sequence.run(pool, expected, 0, 30, Phase.PREFILL, Workers.serial());
            sequence.run(pool, cache, 0, 30, Phase.PREFILL, Workers.serial());
            KvStep step =
                    pool.step(List.of(new KvStep.Span(cache, 0, 30, Phase.PREFILL, new int[30], 0)), Workers.serial());
            step.append(0, noise.k[0], noise.v[0]);
            assertThat(cache.length()).isEqualTo(30);
            assertThat(sequence.run(pool, cache, 30, 60, Phase.PREFILL, Workers.serial()))
                    .isEqualTo(sequence.run(pool, expected, 30, 60, Phase.PREFILL, Workers.serial()));
        }
    }

    @Test
    void refusesWhatCannotBe() {
        try (HostPool pool = new HostPool(SHAPE, 1L << 26);
                HostPool other = new HostPool(SHAPE, 1L << 26)) {
            KvCache cache = pool.open(KvPolicy.DENSE);
            KvStep.Span span = new KvStep.Span(cache, 0, 1, Phase.PREFILL, new int[1], 0);
            assertThatThrownBy(() -> pool.step(List.of(span, span), Workers.serial()))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("once");
            assertThatThrownBy(() -> other.step(List.of(span), Workers.serial()))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("another pool");
            assertThatThrownBy(() -> cache.truncate(1)).isInstanceOf(PacaException.class);
            assertThatThrownBy(() -> cache.reserve(-1)).isInstanceOf(PacaException.class);
            cache.close();
            assertThatThrownBy(() -> pool.step(List.of(span), Workers.serial()))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("closed");
            assertThatThrownBy(cache::fork).isInstanceOf(PacaException.class);
        }
        assertThatThrownBy(() -> new HostPool(SHAPE, 0)).isInstanceOf(PacaException.class);
    }

    /** Resident bytes, as the system counts them. */
    private static long resident() throws IOException {
        String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ");
        return Long.parseLong(pages[1]) * 4096;
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theSystemGetsBackWhatWasEvicted() throws IOException {
        int tokens = 131_072;
        long wanted = tokens / 16 * TABLES * PAGE;
        // The heap and the compiler come and go beside it.
        long noise = 48L << 20;
        KvPolicy policy = KvPolicy.DENSE.with(PolicyText.eviction("ada-snapkv:budget=2048"));
        Sequence chunk = new Sequence(SHAPE, 64, 9);
        float[] keys = new float[4096 * SHAPE.kvDim()];
        try (HostPool pool = new HostPool(SHAPE, 2 * wanted)) {
            long before = resident();
            KvCache cache = pool.open(policy);
            for (int from = 0; from < tokens; from += 4096) {
                KvStep step = pool.step(
                        List.of(new KvStep.Span(cache, 0, 4096, Phase.PREFILL, new int[4096], 0)), Workers.serial());
                for (int layer = 0; layer < SHAPE.layers(); layer++) {
                    step.append(layer, keys, keys);
                }
                step.finish();
            }
            assertThat(resident() - before).isGreaterThan(wanted - noise);
            chunk.run(pool, cache, 0, 64, Phase.PREFILL_END, Workers.serial());
            assertThat(pool.usage().pages()).isLessThanOrEqualTo(TABLES * (2048 / 16 + 1));
            // Survivors stand close together, so that few chunks are held: at most twice what they need.
            assertThat(pool.usage().freeBytes()).isLessThan(pool.usage().pageBytes() + (4L << 20));
            assertThat(resident() - before).isLessThan(noise + 2 * pool.usage().pageBytes());
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theSystemGetsItsMemoryBack() throws IOException {
        long wanted = 192L << 20;
        // The heap and the compiler come and go beside it.
        long noise = 48L << 20;
        try (HostPool pool = new HostPool(SHAPE, 2 * wanted)) {
            long before = resident();
            KvCache cache = pool.open(KvPolicy.DENSE);
            cache.reserve((int) (wanted / (TABLES * PAGE)) * 16);
            assertThat(pool.usage().pageBytes()).isBetween(wanted - TABLES * PAGE, wanted);
            // The system gives memory when it is first written.
            float[] token = new float[SHAPE.headDim()];
            for (PageTable table : ((HostCache) cache).tables()) {
                for (int i = 0; i < table.pageCount(); i++) {
                    table.store().write(table.pages()[i], 0, token, token, 0);
                }
            }
            assertThat(resident() - before).isGreaterThan(wanted - noise);
            cache.close();
            assertThat(resident() - before).isLessThan(noise);
        }
    }
}
