package dev.paca.kv.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.Budget;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvMemoryException;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import dev.paca.kv.Workers;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Copies of a sequence that go on under another policy. */
class ForkTest {
    private static final long ROOMY = 1L << 30;
    private static final KvShape SHAPE = new KvShape(2, 4, 2, 64);

    /** Double Sparsity learns its channels while the prompt runs. */
    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"ALL", "DOUBLE_SPARSITY"})
    void goesOnAsIfItHadBeenThePolicyFromTheBeginning(Selection.Method method) {
        for (Storage storage : new Storage[] {Storage.F16, Storage.FP8_E4M3, Storage.FP8_E4M3_HEAD, Storage.KIVI2}) {
            // Before codes of keys have their anchor, and after.
            for (int prompt : new int[] {200, 403}) {
                KvPolicy dense = new KvPolicy(storage, storage, 16);
                KvPolicy policy = dense.with(Selection.of(method, Budget.tokens(64)));
                Sequence sequence = new Sequence(SHAPE, prompt + 100, 3);
                try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
                    KvCache first = pool.open(dense);
                    sequence.run(pool, first, 0, prompt, Phase.PREFILL_END, Workers.serial());
                    KvCache fork = first.fork(policy);
                    KvCache own = pool.open(policy);
                    sequence.run(pool, own, 0, prompt, Phase.PREFILL_END, Workers.serial());
                    for (int t = prompt; t < sequence.tokens; t++) {
                        float[] expected = sequence.run(pool, own, t, t + 1, Phase.DECODE, Workers.serial());
                        float[] actual = sequence.run(pool, fork, t, t + 1, Phase.DECODE, Workers.serial());
                        assertThat(Arrays.equals(actual, expected))
                                .as("%s, %s, token %d after %d", method, storage, t, prompt)
                                .isTrue();
                    }
                    assertThat(fork.usage().pages()).isEqualTo(own.usage().pages());
                    assertThat(fork.usage().readBytes()).isEqualTo(own.usage().readBytes());
                    fork.close();
                    own.close();
                    first.close();
                    pool.forgetPrefixes();
                    assertThat(pool.usage().pages()).isZero();
                }
            }
        }
    }

    @Test
    void refusesAnotherStorageAndWhatTheLimitDoesNotAllow() {
        KvPolicy quest = KvPolicy.DENSE.with(Selection.of(Selection.Method.QUEST, Budget.tokens(64)));
        Sequence sequence = new Sequence(SHAPE, 4000, 4);
        try (HostPool pool = new HostPool(SHAPE, 6L << 20)) {
            KvCache cache = pool.open(KvPolicy.DENSE);
            sequence.run(pool, cache, 0, sequence.tokens, Phase.PREFILL_END, Workers.serial());
            assertThatThrownBy(() -> cache.fork(new KvPolicy(Storage.FP8_E4M3, Storage.F16, 16)))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("F16 and F16 in pages of 16")
                    .hasMessageContaining("FP8_E4M3 and F16");
            long pages = pool.usage().pages();
            assertThatThrownBy(() -> cache.fork(quest)).isInstanceOf(KvMemoryException.class);
            assertThat(pool.usage().pages()).isEqualTo(pages);
        }
    }
}
