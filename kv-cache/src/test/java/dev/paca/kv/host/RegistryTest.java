package dev.paca.kv.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.Budget;
import dev.paca.kv.CacheUsage;
import dev.paca.kv.Eviction;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.LayerUsage;
import dev.paca.kv.Phase;
import dev.paca.kv.Presets;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import dev.paca.kv.Workers;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageTable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every policy of the registry owes, with budgets that a short sequence exceeds. */
class RegistryTest {
    private static final long ROOMY = 1L << 28;
    private static final KvShape SHAPE = new KvShape(4, 4, 2, 32);
    private static final int PROMPT = 300;
    private static final int LENGTH = 330;
    private static final int SINKS = 5;
    private static final int WINDOW = 19;
    private static final int READ = 96;
    private static final int KEPT = 160;
    private static final int EVERY = 7;

    /** The presets, and each method of eviction with each kind of selection and storage. */
    static Map<String, KvPolicy> policies() {
        Map<String, KvPolicy> all = new LinkedHashMap<>();
        for (String name : Presets.names()) {
            all.put(name, small(Presets.named(name)));
        }
        Storage[] storages = Storage.values();
        Selection.Method[] selections = Selection.Method.values();
        int turn = 0;
        for (Eviction.Method method : Eviction.Method.values()) {
            for (int i = 0; i < selections.length; i++, turn++) {
                Selection selection = Selection.of(selections[i], Budget.tokens(512));
                Eviction eviction = Eviction.of(method, Budget.tokens(2048));
                boolean adaptive = method.scoresHeads() && turn % 2 == 0;
                KvPolicy policy = new KvPolicy(
                                storages[turn % storages.length], storages[turn * 5 % storages.length], 8 << turn % 3)
                        .with(selection)
                        .with(adaptive ? eviction.withSafeguard(Eviction.USUAL_SAFEGUARD) : eviction);
                all.put(policy.toString(), small(policy));
            }
        }
        return all;
    }

    static List<String> names() {
        return List.copyOf(policies().keySet());
    }

    /** The same method with a budget, sinks and a window that the test's sequence exceeds. */
    private static KvPolicy small(KvPolicy policy) {
        Selection selection = policy.selection();
        Eviction eviction = policy.eviction();
        if (selection.method() != Selection.Method.ALL) {
            int window = selection.method() == Selection.Method.STREAMING ? 0 : WINDOW;
            selection = new Selection(
                    selection.method(),
                    Budget.tokens(READ),
                    selection.method() == Selection.Method.STREAMING ? 0 : 2,
                    SINKS,
                    window,
                    Math.min(selection.channels(), 8));
        }
        if (!eviction.isOff()) {
            boolean streams = eviction.method() == Eviction.Method.STREAMING_LLM;
            eviction = new Eviction(
                    eviction.method(),
                    Budget.tokens(KEPT),
                    SINKS,
                    streams ? 0 : WINDOW,
                    eviction.method().evictsInDecode() ? EVERY : 0,
                    eviction.kernel(),
                    eviction.pool(),
                    Math.min(eviction.history(), 24),
                    eviction.safeguard());
        }
        return new KvPolicy(policy.k(), policy.v(), policy.pageTokens(), selection, policy.pruning(), eviction);
    }

    @ParameterizedTest
    @MethodSource("names")
    void keepsToItsBudgetsAndGivesEverythingBack(String name) {
        KvPolicy policy = policies().get(name);
        Sequence sequence = new Sequence(SHAPE, LENGTH, 77);
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            KvCache cache = pool.open(policy);
            sequence.run(pool, cache, 0, 200, Phase.PREFILL, Workers.serial());
            sequence.run(pool, cache, 200, PROMPT, Phase.PREFILL_END, Workers.serial());
            check(pool, (HostCache) cache);
            for (int token = PROMPT; token < LENGTH; token++) {
                sequence.run(pool, cache, token, token + 1, Phase.DECODE, Workers.serial());
                check(pool, (HostCache) cache);
            }
            assertThat(cache.length()).isEqualTo(LENGTH);
            checkReads(cache.usage(), policy);
            cache.close();
            assertThat(pool.usage().pages()).isZero();
            assertThat(pool.usage().tableBytes()).isZero();
            pool.forgetPrefixes();
            assertThat(pool.usage().freeBytes()).isZero();
        }
    }

    private static void check(HostPool pool, HostCache cache) {
        Eviction eviction = cache.policy().eviction();
        long pages = 0;
        long bytes = 0;
        for (int layer = 0; layer < SHAPE.layers(); layer++) {
            for (int head = 0; head < SHAPE.kvHeads(); head++) {
                PageTable table = cache.table(layer, head);
                checkPositions(SlowEviction.positions(table), cache.length(), eviction);
                assertThat(table.held()).doesNotHaveDuplicates();
                pages += table.held().length;
                bytes += table.heldBytes();
            }
        }
        checkHeld(cache);
        assertThat(pool.usage().pages())
                .isEqualTo(pages)
                .isEqualTo(cache.usage().pages());
        assertThat(pool.usage().pageBytes() + pool.usage().indexBytes()).isEqualTo(bytes);
        assertThat(cache.usage().bytes()).isEqualTo(bytes + pool.usage().tableBytes());
    }

    private static void checkPositions(List<Integer> positions, int length, Eviction eviction) {
        assertThat(positions).isSorted().doesNotHaveDuplicates();
        int sinks = eviction.isOff() ? length : eviction.sinks();
        for (int i = 0; i < Math.min(sinks, length); i++) {
            assertThat(positions.get(i)).isEqualTo(i);
        }
        for (int i = 0; i < Math.max(1, eviction.window()); i++) {
            assertThat(positions.get(positions.size() - 1 - i)).isEqualTo(length - 1 - i);
        }
    }

    /** The mean over the heads of a layer is the budget, or, for a pyramid, over all layers. */
    private static void checkHeld(HostCache cache) {
        Eviction eviction = cache.policy().eviction();
        List<LayerUsage> layers = cache.usage().layers();
        int decoded = cache.length() - PROMPT;
        if (eviction.isOff()) {
            assertThat(layers).allMatch(l -> l.leastHeld() == cache.length() && l.mostHeld() == cache.length());
            return;
        }
        int more = eviction.method().evictsInDecode() ? decoded % EVERY : decoded;
        if (eviction.method() == Eviction.Method.PYRAMIDKV) {
            long sum = layers.stream().mapToLong(LayerUsage::heldTokens).sum();
            int tables = SHAPE.layers() * SHAPE.kvHeads();
            // Each layer's share is rounded down.
            assertThat(sum).isBetween((long) tables * (KEPT - 1 + more), (long) tables * (KEPT + more));
            assertThat(layers.getFirst().heldTokens())
                    .isGreaterThan(layers.getLast().heldTokens());
            return;
        }
        assertThat(layers).allMatch(l -> l.heldTokens() == (long) SHAPE.kvHeads() * (KEPT + more));
        if (eviction.safeguard() == 1) {
            assertThat(layers).allMatch(l -> l.leastHeld() == l.mostHeld());
        }
    }

    private static void checkReads(CacheUsage usage, KvPolicy policy) {
        Selection selection = policy.selection();
        for (int layer = 0; layer < SHAPE.layers(); layer++) {
            LayerUsage read = usage.layers().get(layer);
            assertThat(read.reads()).isEqualTo((long) (LENGTH - PROMPT) * SHAPE.kvHeads());
            boolean selects = selection.method() != Selection.Method.ALL && layer >= selection.dense(SHAPE.layers());
            if (selects) {
                // Whole pages of sinks and window are read in any case, and a page that is not full counts as one.
                int page = policy.pageTokens();
                int always = selection.method().choosesTokens() || selection.method() == Selection.Method.STREAMING
                        ? READ
                        : Math.max(READ, (Math.ceilDiv(SINKS, page) + Math.ceilDiv(WINDOW, page) + 1) * page);
                assertThat(read.mostRead()).isLessThanOrEqualTo(always);
            } else if (policy.eviction().isOff()) {
                assertThat(read.leastRead()).isEqualTo(PROMPT + 1);
                assertThat(read.mostRead()).isEqualTo(LENGTH);
            }
            assertThat(read.mostRead()).isPositive();
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void withEverythingKeptAndReadItIsDense(String name) {
        KvPolicy policy = policies().get(name);
        Selection selection = policy.selection();
        Eviction eviction = policy.eviction();
        Budget all = Budget.tokens(LENGTH);
        if (selection.method() != Selection.Method.ALL) {
            selection = new Selection(selection.method(), all, 0, SINKS, 0, selection.channels());
        }
        if (!eviction.isOff()) {
            eviction = new Eviction(
                    eviction.method(),
                    Budget.tokens(LENGTH),
                    SINKS,
                    eviction.window(),
                    eviction.every() == 0 ? 0 : LENGTH,
                    eviction.kernel(),
                    eviction.pool(),
                    eviction.history(),
                    eviction.safeguard());
        }
        KvPolicy whole = new KvPolicy(
                policy.k(), policy.v(), policy.pageTokens(), selection, dev.paca.kv.Pruning.NONE, eviction);
        Sequence sequence = new Sequence(SHAPE, LENGTH, 78);
        assertThat(Arrays.equals(
                        answer(sequence, whole),
                        answer(sequence, new KvPolicy(policy.k(), policy.v(), policy.pageTokens()))))
                .as(name)
                .isTrue();
    }

    private static float[] answer(Sequence sequence, KvPolicy policy) {
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            KvCache cache = pool.open(policy);
            sequence.run(pool, cache, 0, PROMPT, Phase.PREFILL_END, Workers.serial());
            float[] out = new float[0];
            for (int token = PROMPT; token < PROMPT + 12; token++) {
                out = sequence.run(pool, cache, token, token + 1, Phase.DECODE, Workers.serial());
            }
            return out;
        }
    }

    /** Bytes that 30000 tokens come to at the end of a prompt, by hand. */
    @ParameterizedTest
    @MethodSource("presets")
    void holdsAsManyBytesAsComputedByHand(String name) {
        // 4 layers of 2 KV heads with 64 channels; pages of 16 tokens.
        KvShape shape = new KvShape(4, 2, 2, 64);
        long f16 = 16 * 64 * 2 * 2;
        long fp8 = 16 * 64 * 2;
        long middlesAndSpreads = 64 * 2 * 2;
        long codes = 64 * 16 * 2 / 8;
        long all = 8 * 1875;
        long some = 8 * 128;
        Map<String, Long> expected = new LinkedHashMap<>();
        for (String dense :
                List.of("dense", "double-sparsity", "sparq", "streaming", "oracle-tokens", "oracle-pages")) {
            expected.put(dense, all * f16);
        }
        expected.put("dense-f32", all * f16 * 2);
        for (String quest : List.of("quest", "quest-mean", "quest-progressive", "quest-top-p")) {
            expected.put(quest, all * (f16 + middlesAndSpreads));
        }
        expected.put("key-codes", all * (f16 + codes));
        expected.put("fp8", all * fp8);
        expected.put("quest+fp8", all * (fp8 + middlesAndSpreads));
        for (String evicting : List.of("streaming-llm", "h2o", "scissorhands", "snapkv", "tova")) {
            expected.put(evicting, some * f16);
        }
        // Beside a window of 8: 3978, 2686, 1394 and 102 tokens, 2040 on the mean.
        expected.put("pyramidkv", 2 * (250 + 169 + 88 + 7) * f16);
        // Heads share 4096 tokens of a layer: up to a page more, where neither fills its last.
        expected.put("ada-snapkv", some * f16);
        expected.put("snapkv+quest+fp8", 8 * 256 * (fp8 + middlesAndSpreads));
        assertThat(expected).as("a preset is missing here").containsKey(name);
        long held = held(shape, Presets.named(name), 30_000);
        if (name.equals("ada-snapkv")) {
            assertThat(held).isBetween(some * f16, (some + 4) * f16);
        } else {
            assertThat(held).isEqualTo(expected.get(name));
        }
        if (name.equals("fp8")) {
            assertThat(held * 2).isEqualTo(all * f16);
        }
        if (name.equals("snapkv")) {
            assertThat((double) held / (all * f16)).isBetween(0.068, 0.069);
        }
    }

    static List<String> presets() {
        return Presets.names();
    }

    /** Only the end of the prompt is attended to: what is held does not depend on the rest. */
    private static long held(KvShape shape, KvPolicy policy, int tokens) {
        Sequence chunk = new Sequence(shape, 1000, 79);
        try (HostPool pool = new HostPool(shape, 1L << 30)) {
            KvCache cache = pool.open(policy);
            while (cache.length() + 1000 < tokens) {
                append(pool, cache, chunk, 1000);
            }
            append(pool, cache, chunk, 900);
            chunk.run(pool, cache, 900, 1000, Phase.PREFILL_END, Workers.serial());
            assertThat(cache.length()).isEqualTo(tokens);
            PageFormat format = ((HostCache) cache).table(0, 0).store().format();
            assertThat(pool.usage().pageBytes() + pool.usage().indexBytes())
                    .isEqualTo(cache.usage().pages() * (format.bytes() + format.indexBytes()));
            return pool.usage().pageBytes() + pool.usage().indexBytes();
        }
    }

    /** The first tokens of a chunk, which nobody attends to. */
    private static void append(HostPool pool, KvCache cache, Sequence chunk, int count) {
        KvShape shape = chunk.shape;
        KvStep step = pool.step(
                List.of(new KvStep.Span(cache, 0, count, Phase.PREFILL, new int[count], 0)), Workers.serial());
        for (int layer = 0; layer < shape.layers(); layer++) {
            step.append(
                    layer,
                    Sequence.rows(chunk.k[layer], shape.kvDim(), 0, count),
                    Sequence.rows(chunk.v[layer], shape.kvDim(), 0, count));
        }
        step.finish();
    }
}
