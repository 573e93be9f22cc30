package dev.paca.kv.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.Eviction;
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
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EvictionTest {
    private static final long ROOMY = 1L << 28;
    private static final KvShape SHAPE = new KvShape(3, 4, 2, 32);
    private static final int PROMPT = 150;
    private static final int NEXT_PROMPT = 230;
    private static final int LENGTH = 260;

    /** Every method, with neither sinks nor window a multiple of a page. */
    static final List<String> EVICTIONS = List.of(
            "streaming-llm:budget=60,sinks=3,every=5",
            "streaming-llm:budget=60,sinks=3,every=1",
            "h2o:budget=60,sinks=3,window=21,every=5",
            "h2o:budget=40%,window=9,every=7",
            "scissorhands:budget=60,sinks=3,window=10,history=40,every=5",
            "snapkv:budget=60,sinks=3,window=11",
            "snapkv:budget=30%,window=8,kernel=7,pool=max",
            "pyramidkv:budget=60,sinks=1,window=8",
            "tova:budget=60,sinks=2,every=5",
            "tova:budget=60,every=1",
            "ada-snapkv:budget=60,sinks=3,window=11",
            "ada-pyramidkv:budget=60,window=8,safeguard=0.5",
            "ada-h2o:budget=60,window=15,every=6",
            "ada-scissorhands:budget=60,history=20,every=6,safeguard=0");

    static List<String> evictions() {
        return EVICTIONS;
    }

    private static KvPolicy policy(String eviction, int page) {
        return new KvPolicy(Storage.F32, Storage.F32, page).with(PolicyText.eviction(eviction));
    }

    /** Two prompts and answers to both; prompts in chunks, answers in runs of tokens as long as they may be. */
    private static float[] run(
            HostPool pool, KvCache cache, Sequence sequence, int chunk, int answers, Workers workers) {
        prefill(pool, cache, sequence, PROMPT, chunk, workers);
        decode(pool, cache, sequence, PROMPT + 20, answers, workers);
        prefill(pool, cache, sequence, NEXT_PROMPT, chunk, workers);
        return decode(pool, cache, sequence, LENGTH, answers, workers);
    }

    private static void prefill(HostPool pool, KvCache cache, Sequence sequence, int to, int chunk, Workers workers) {
        while (cache.length() < to) {
            int end = Math.min(to, cache.length() + chunk);
            sequence.run(pool, cache, cache.length(), end, end == to ? Phase.PREFILL_END : Phase.PREFILL, workers);
        }
    }

    /** The last token's result. */
    private static float[] decode(HostPool pool, KvCache cache, Sequence sequence, int to, int most, Workers workers) {
        float[] out = new float[0];
        while (cache.length() < to) {
            int count = Math.min(Math.min(most, cache.stepTokens(Phase.DECODE)), to - cache.length());
            out = sequence.run(pool, cache, cache.length(), cache.length() + count, Phase.DECODE, workers);
        }
        return Arrays.copyOfRange(out, out.length - sequence.shape.queryDim(), out.length);
    }

    @ParameterizedTest
    @MethodSource("evictions")
    void keepsWhatTheMethodSays(String text) {
        for (int page : new int[] {8, 16}) {
            Sequence sequence = new Sequence(SHAPE, LENGTH, 11);
            KvPolicy policy = policy(text, page);
            SlowEviction slow = new SlowEviction(policy.eviction(), sequence);
            try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
                KvCache cache = pool.open(policy);
                prefill(pool, cache, sequence, PROMPT, 64, Workers.serial());
                slow.prompt(PROMPT);
                check(cache, slow, sequence, text + " after the prompt");
                for (int token = PROMPT; token < PROMPT + 20; token++) {
                    decode(pool, cache, sequence, token + 1, 1, Workers.serial());
                    slow.decode();
                    check(cache, slow, sequence, text + " after token " + token);
                }
                prefill(pool, cache, sequence, NEXT_PROMPT, 33, Workers.serial());
                slow.prompt(NEXT_PROMPT);
                check(cache, slow, sequence, text + " after the second prompt");
                decode(pool, cache, sequence, LENGTH, 1, Workers.serial());
                cache.close();
                assertThat(pool.usage().pages()).isZero();
                assertThat(pool.usage().tableBytes()).isZero();
            }
        }
    }

    /** The same tokens are held, with their own keys and values, in order, and every page is accounted for. */
    private static void check(KvCache cache, SlowEviction slow, Sequence sequence, String what) {
        float[] read = new float[SHAPE.headDim()];
        int pages = 0;
        for (int layer = 0; layer < SHAPE.layers(); layer++) {
            for (int head = 0; head < SHAPE.kvHeads(); head++) {
                PageTable table = ((HostCache) cache).table(layer, head);
                assertThat(SlowEviction.positions(table))
                        .as("%s: layer %d, head %d", what, layer, head)
                        .isEqualTo(slow.held.get(layer).get(head));
                for (int slot = 0; slot < table.tokens(); slot++) {
                    int at = table.position(slot) * SHAPE.kvDim() + head * SHAPE.headDim();
                    table.store().readKey(table.page(slot), table.place(slot), read, 0);
                    assertThat(read).isEqualTo(Arrays.copyOfRange(sequence.k[layer], at, at + read.length));
                    table.store().readValue(table.page(slot), table.place(slot), read, 0);
                    assertThat(read).isEqualTo(Arrays.copyOfRange(sequence.v[layer], at, at + read.length));
                }
                pages += Math.ceilDiv(table.tokens(), cache.policy().pageTokens());
            }
        }
        assertThat(cache.usage().pages()).as(what).isEqualTo(pages);
        assertThat(((HostCache) cache).pool().usage().pages()).as(what).isEqualTo(pages);
    }

    @ParameterizedTest
    @MethodSource("evictions")
    void neitherChunksNorThreadsMatter(String text) {
        for (Storage storage : List.of(Storage.F32, Storage.FP8_E4M3_HEAD, Storage.KIVI4)) {
            sameInChunks(text, policy(text, 8).with(storage, storage));
        }
    }

    private static void sameInChunks(String text, KvPolicy policy) {
        Sequence sequence = new Sequence(SHAPE, LENGTH, 12);
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            KvCache one = pool.open(policy);
            float[] expected = run(pool, one, sequence, 1000, 1, Workers.serial());
            for (int chunk : policy.k() == Storage.F32 ? new int[] {1, 37} : new int[] {37}) {
                KvCache other = pool.open(policy);
                float[] found = run(pool, other, sequence, chunk, 1000, new Threads(2));
                for (int layer = 0; layer < SHAPE.layers(); layer++) {
                    for (int head = 0; head < SHAPE.kvHeads(); head++) {
                        assertThat(SlowEviction.positions(((HostCache) other).table(layer, head)))
                                .as("%s in chunks of %d", text, chunk)
                                .isEqualTo(SlowEviction.positions(((HostCache) one).table(layer, head)));
                    }
                }
                assertThat(found).as("%s in chunks of %d", text, chunk).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("evictions")
    void copiesGoOnAsTheOriginalDoes(String text) throws IOException {
        copiesGoOn(policy(text, 8));
        copiesGoOn(policy(text, 8).with(Storage.KIVI4, Storage.FP8_E4M3_HEAD));
    }

    private static void copiesGoOn(KvPolicy policy) throws IOException {
        Sequence sequence = new Sequence(SHAPE, LENGTH, 13);
        Sequence other = new Sequence(SHAPE, LENGTH, 14);
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            KvCache cache = pool.open(policy);
            prefill(pool, cache, sequence, PROMPT, 64, Workers.serial());
            decode(pool, cache, sequence, PROMPT + 13, 1, Workers.serial());
            sequence.run(pool, cache, PROMPT + 13, PROMPT + 20, Phase.PREFILL, Workers.serial());
            KvCache fork = cache.fork();
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            pool.save(cache, stream);
            KvCache restored = pool.restore(policy, new ByteArrayInputStream(stream.toByteArray()));
            prefill(pool, fork, other, NEXT_PROMPT, 20, Workers.serial());
            decode(pool, fork, other, LENGTH, 1, Workers.serial());
            fork.close();
            prefill(pool, cache, sequence, NEXT_PROMPT, 20, Workers.serial());
            prefill(pool, restored, sequence, NEXT_PROMPT, 20, Workers.serial());
            float[] expected = decode(pool, cache, sequence, LENGTH, 1, Workers.serial());
            assertThat(decode(pool, restored, sequence, LENGTH, 1, Workers.serial()))
                    .isEqualTo(expected);
            try (KvCache alone = pool.open(policy)) {
                prefill(pool, alone, sequence, PROMPT, 64, Workers.serial());
                decode(pool, alone, sequence, PROMPT + 13, 1, Workers.serial());
                prefill(pool, alone, sequence, NEXT_PROMPT, 20, Workers.serial());
                assertThat(decode(pool, alone, sequence, LENGTH, 1, Workers.serial()))
                        .isEqualTo(expected);
            }
            cache.close();
            restored.close();
            assertThat(pool.usage().pages()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("evictions")
    void aStepThatIsNotFinishedLeavesNoTrace(String text) {
        Sequence sequence = new Sequence(SHAPE, LENGTH, 15);
        Sequence noise = new Sequence(SHAPE, LENGTH, 16);
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            KvCache one = pool.open(policy(text, 16));
            KvCache other = pool.open(policy(text, 16));
            prefill(pool, one, sequence, PROMPT, 64, Workers.serial());
            sequence.run(pool, other, 0, 80, Phase.PREFILL, Workers.serial());
            abandon(pool, other, noise, 80, 130, Phase.PREFILL);
            prefill(pool, other, sequence, PROMPT, 64, Workers.serial());
            abandon(pool, other, noise, PROMPT, PROMPT + 1, Phase.DECODE);
            assertThat(decode(pool, other, sequence, LENGTH, 1, Workers.serial()))
                    .isEqualTo(decode(pool, one, sequence, LENGTH, 1, Workers.serial()));
        }
    }

    private static void abandon(HostPool pool, KvCache cache, Sequence noise, int from, int to, Phase phase) {
        KvStep step = pool.step(
                List.of(new KvStep.Span(cache, 0, to - from, phase, new int[to - from], 0)), Workers.serial());
        for (int layer = 0; layer < SHAPE.layers(); layer++) {
            step.append(
                    layer,
                    Sequence.rows(noise.k[layer], SHAPE.kvDim(), from, to),
                    Sequence.rows(noise.v[layer], SHAPE.kvDim(), from, to));
            step.attend(
                    layer,
                    Sequence.rows(noise.q[layer], SHAPE.queryDim(), from, to),
                    new float[(to - from) * SHAPE.queryDim()]);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 16, 32})
    void keepingEverythingGivesTheBitsOfDenseAttention(int page) {
        for (int group : new int[] {1, 2, 4, 8}) {
            KvShape shape = new KvShape(1, 2 * group, 2, 32);
            Sequence sequence = new Sequence(shape, 110, page + group);
            try (HostPool pool = new HostPool(shape, ROOMY)) {
                for (Storage storage : Storage.values()) {
                    KvPolicy dense = new KvPolicy(storage, storage, page);
                    float[] expected;
                    try (KvCache cache = pool.open(dense)) {
                        expected = answer(pool, cache, sequence);
                    }
                    for (Eviction.Method method : Eviction.Method.values()) {
                        Eviction all = PolicyText.eviction(
                                method == Eviction.Method.NONE ? "none" : method.label() + ":budget=110");
                        try (KvCache cache = pool.open(dense.with(all))) {
                            assertThat(Arrays.equals(answer(pool, cache, sequence), expected))
                                    .as("%s, page %d, group %d, %s", all, page, group, storage)
                                    .isTrue();
                        }
                    }
                }
            }
        }
    }

    private static float[] answer(HostPool pool, KvCache cache, Sequence sequence) {
        prefill(pool, cache, sequence, 70, 40, Workers.serial());
        decode(pool, cache, sequence, 75, 1, Workers.serial());
        prefill(pool, cache, sequence, 100, 40, Workers.serial());
        return decode(pool, cache, sequence, 110, 1, Workers.serial());
    }

    @Test
    void survivorsOfAForkLeaveTheOthersPagesAlone() {
        Sequence sequence = new Sequence(SHAPE, LENGTH, 17);
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            KvPolicy dense = new KvPolicy(Storage.F32, Storage.F32, 16);
            KvCache whole = pool.open(dense);
            sequence.run(pool, whole, 0, PROMPT, Phase.PREFILL_END, Workers.serial());
            KvCache fork = whole.fork(dense.with(PolicyText.eviction("streaming-llm:budget=40,every=1")));
            decode(pool, fork, sequence, PROMPT + 5, 1, Workers.serial());
            assertThat(((HostCache) fork).table(0, 0).tokens()).isEqualTo(40);
            try (KvCache alone = pool.open(dense)) {
                sequence.run(pool, alone, 0, PROMPT, Phase.PREFILL_END, Workers.serial());
                assertThat(decode(pool, whole, sequence, LENGTH, 1, Workers.serial()))
                        .isEqualTo(decode(pool, alone, sequence, LENGTH, 1, Workers.serial()));
            }
            fork.close();
            whole.close();
            pool.forgetPrefixes();
            assertThat(pool.usage().pages()).isZero();
            assertThat(pool.usage().freeBytes()).isZero();
        }
    }

    @Test
    void onePageMoreIsEnoughAndIsAskedForBeforeTheStep() {
        // 150 tokens are 10 pages of 16, in each of 6 tables.
        long page = 2L * 16 * 32 * 4;
        Sequence sequence = new Sequence(SHAPE, LENGTH, 18);
        KvPolicy policy = policy("snapkv:budget=60", 16);
        try (HostPool tight = new HostPool(SHAPE, 60 * page + 2 * 64)) {
            KvCache cache = tight.open(policy);
            sequence.run(tight, cache, 0, 100, Phase.PREFILL, Workers.serial());
            assertThatThrownBy(() -> cache.reserve(50, Phase.PREFILL_END)).isInstanceOf(KvMemoryException.class);
            assertThat(cache.length()).isEqualTo(100);
        }
        try (HostPool pool = new HostPool(SHAPE, 61 * page + 2 * 64)) {
            assertThat(pool.bytes(policy, PROMPT, PROMPT)).isEqualTo(61 * page);
            KvCache cache = pool.open(policy);
            cache.reserve(PROMPT, Phase.PREFILL_END);
            assertThat(cache.usage().pages()).isEqualTo(61);
            sequence.run(pool, cache, 0, PROMPT, Phase.PREFILL_END, Workers.serial());
            assertThat(cache.usage().pages()).isEqualTo(6 * 4);
            assertThat(cache.usage().tokens()).isEqualTo(PROMPT);
        }
    }

    @Test
    void aSystemPromptIsKept() {
        Sequence sequence = new Sequence(SHAPE, LENGTH, 21);
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            for (String text : EVICTIONS) {
                KvCache cache = pool.open(policy(text, 8));
                cache.protect(30);
                run(pool, cache, sequence, 64, 1, Workers.serial());
                for (PageTable table : ((HostCache) cache).tables()) {
                    for (int i = 0; i < 30; i++) {
                        assertThat(table.position(i)).as(text).isEqualTo(i);
                    }
                    assertThat(table.tokens()).as(text).isLessThan(LENGTH);
                }
                cache.close();
            }
        }
    }

    @Test
    void whatCannotBeIsRefused() {
        Sequence sequence = new Sequence(SHAPE, LENGTH, 19);
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            KvCache cache = pool.open(policy("h2o:budget=60,every=4", 16));
            prefill(pool, cache, sequence, PROMPT, 64, Workers.serial());
            assertThat(cache.stepTokens(Phase.DECODE)).isEqualTo(4);
            assertThat(cache.stepTokens(Phase.PREFILL)).isEqualTo(Integer.MAX_VALUE);
            assertThatThrownBy(() -> sequence.run(pool, cache, PROMPT, PROMPT + 5, Phase.DECODE, Workers.serial()))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("evicted after 4");
            assertThat(cache.canTruncate(PROMPT - 1)).isFalse();
            assertThatThrownBy(() -> cache.truncate(100)).hasMessageContaining("cannot come back");
            cache.truncate(0);
            float[] again = run(pool, cache, sequence, 64, 1, Workers.serial());
            try (KvCache fresh = pool.open(cache.policy())) {
                assertThat(run(pool, fresh, sequence, 64, 1, Workers.serial())).isEqualTo(again);
            }
        }
    }

    @Test
    void answersCanBeCutBackToWhereThePromptEnded() {
        Sequence sequence = new Sequence(SHAPE, LENGTH, 20);
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            KvCache cache = pool.open(policy("snapkv:budget=60", 16));
            prefill(pool, cache, sequence, PROMPT, 64, Workers.serial());
            float[] expected = decode(pool, cache, sequence, PROMPT + 20, 1, Workers.serial());
            assertThat(cache.canTruncate(PROMPT - 1)).isFalse();
            cache.truncate(PROMPT + 3);
            assertThat(decode(pool, cache, sequence, PROMPT + 20, 1, Workers.serial()))
                    .isEqualTo(expected);
        }
    }
}
