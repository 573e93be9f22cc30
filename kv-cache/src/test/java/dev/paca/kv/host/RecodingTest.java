package dev.paca.kv.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.Budget;
import dev.paca.kv.Eviction;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvMemoryException;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import dev.paca.kv.Workers;
import dev.paca.kv.page.PageTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Copies of a sequence in another storage. */
class RecodingTest {
    private static final long ROOMY = 1L << 30;
    private static final KvShape SHAPE = new KvShape(2, 4, 2, 64);
    /** More than is decoded at once, and no whole page. */
    private static final int PROMPT = 603;

    private static final KvPolicy FULL = new KvPolicy(Storage.F32, Storage.F32, 16);
    private final Sequence sequence = new Sequence(SHAPE, PROMPT + 60, 5);

    @ParameterizedTest
    @EnumSource
    void ofFullPrecisionGoesOnAsIfItHadBeenStoredSoFromTheBeginning(Storage storage) {
        KvPolicy policy =
                new KvPolicy(storage, storage, 16).with(Selection.of(Selection.Method.QUEST, Budget.tokens(64)));
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            KvCache full = prompt(pool, FULL);
            KvCache copy = Recoding.of(full, policy, new Threads(3));
            KvCache own = prompt(pool, policy);
            full.close();
            for (int t = PROMPT; t < sequence.tokens; t++) {
                assertThat(sequence.run(pool, copy, t, t + 1, Phase.DECODE, Workers.serial()))
                        .as("token %d", t)
                        .isEqualTo(sequence.run(pool, own, t, t + 1, Phase.DECODE, Workers.serial()));
            }
            assertThat(copy.usage()).isEqualTo(own.usage());
        }
    }

    @ParameterizedTest
    @EnumSource
    void holdsWhatWasStored(Storage storage) {
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            HostCache stored = (HostCache) prompt(pool, new KvPolicy(storage, storage, 16));
            HostCache copy = (HostCache) Recoding.of(stored, FULL, Workers.serial());
            assertThat(copy.length()).isEqualTo(PROMPT);
            // Also of a copy that went on under another policy.
            try (KvCache fork = copy.fork(FULL.with(Selection.of(Selection.Method.QUEST, Budget.tokens(64))))) {
                assertThat(((HostCache) Recoding.of(fork, FULL, Workers.serial())).length())
                        .isEqualTo(PROMPT);
            }
            for (int t = 0; t < PROMPT; t++) {
                assertThat(token(copy.table(1, 1), t)).isEqualTo(token(stored.table(1, 1), t));
            }
        }
    }

    private static float[] token(PageTable table, int slot) {
        float[] both = new float[2 * SHAPE.headDim()];
        table.store().readKey(table.page(slot), table.place(slot), both, 0);
        table.store().readValue(table.page(slot), table.place(slot), both, SHAPE.headDim());
        return both;
    }

    @Test
    void takesAlongWhatAnEvictorAndASelectorHaveLearned() {
        KvPolicy labels = FULL.with(Selection.of(Selection.Method.DOUBLE_SPARSITY, Budget.tokens(64)));
        KvPolicy evicting = labels.with(Eviction.of(Eviction.Method.H2O, Budget.tokens(100)));
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            // H2O sums up the same whatever its budget.
            KvPolicy learning =
                    labels.with(Storage.F32, Storage.F32).with(Eviction.of(Eviction.Method.H2O, Budget.share(1)));
            KvCache full = pool.open(learning);
            sequence.run(pool, full, 0, PROMPT - 1, Phase.PREFILL, Workers.serial());
            KvCache copy = Recoding.of(full, evicting, Workers.serial());
            KvCache own = pool.open(evicting);
            sequence.run(pool, own, 0, PROMPT - 1, Phase.PREFILL, Workers.serial());
            for (KvCache each : new KvCache[] {copy, own}) {
                sequence.run(pool, each, PROMPT - 1, PROMPT, Phase.PREFILL_END, Workers.serial());
                assertThat(each.usage().layers().getFirst().heldTokens()).isEqualTo(2 * 100);
            }
            for (int head = 0; head < 2; head++) {
                int h = head;
                assertThat(((HostCache) copy).positions(((HostCache) copy).table(1, h), 100))
                        .isEqualTo(((HostCache) own).positions(((HostCache) own).table(1, h), 100));
            }
            assertThat(((HostCache) copy).learned().channelProducts()[3])
                    .isEqualTo(((HostCache) own).learned().channelProducts()[3]);
        }
    }

    @Test
    void isNotSharedWithSequencesThatBeginAlike() {
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            KvCache copy = Recoding.of(prompt(pool, FULL), KvPolicy.DENSE, Workers.serial());
            sequence.run(pool, copy, PROMPT, PROMPT + 40, Phase.PREFILL_END, Workers.serial());
            assertThat(pool.open(FULL, new int[PROMPT]).length()).isEqualTo(PROMPT / 16 * 16);
            assertThat(pool.open(KvPolicy.DENSE, new int[PROMPT]).length()).isZero();
        }
    }

    @Test
    void refusesWhatIsNotWholeAndWhatTheLimitDoesNotAllow() {
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            KvCache evicted = prompt(pool, FULL.with(PolicyText.eviction("streaming-llm:budget=40")));
            assertThatThrownBy(() -> Recoding.of(evicted, FULL, Workers.serial()))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("evicted");
        }
        // 603 tokens are 38 pages in 4 tables.
        long page = 2L * 16 * 64 * 4;
        try (HostPool pool = new HostPool(SHAPE, 160 * page)) {
            KvCache full = prompt(pool, FULL);
            long pages = pool.usage().pages();
            assertThatThrownBy(() -> Recoding.of(full, KvPolicy.DENSE, Workers.serial()))
                    .isInstanceOf(KvMemoryException.class);
            assertThat(pool.usage().pages()).isEqualTo(pages);
        }
    }

    private KvCache prompt(HostPool pool, KvPolicy policy) {
        KvCache cache = pool.open(policy);
        sequence.run(pool, cache, 0, PROMPT, Phase.PREFILL_END, Workers.serial());
        return cache;
    }
}
