package dev.paca.kv.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.Budget;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvMemoryException;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.LayerUsage;
import dev.paca.kv.Phase;
import dev.paca.kv.PolicyText;
import dev.paca.kv.PoolUsage;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import dev.paca.kv.Workers;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.page.PageTable;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random operations on a small pool, many of which the limit refuses. After each one every reference count and every byte
 * is counted by hand, and keys and values are those that the tokens up to them determine.
 */
class StressTest {
    private static final long SEED = 20_261_126;
    private static final int OPERATIONS = 10_000;
    private static final KvShape SHAPE = new KvShape(2, 4, 2, 8);
    private static final long LIMIT = 300_000;
    private static final List<KvPolicy> POLICIES = List.of(
            new KvPolicy(Storage.F32, Storage.F32, 4),
            new KvPolicy(Storage.F32, Storage.F32, 8),
            new KvPolicy(Storage.F32, Storage.F32, 4).with(Selection.of(Selection.Method.QUEST, Budget.tokens(8))),
            new KvPolicy(Storage.KIVI2, Storage.FP8_E4M3_HEAD, 8),
            new KvPolicy(Storage.FP8_E5M2_TENSOR, Storage.F16, 16),
            evicting(new KvPolicy(Storage.F32, Storage.F32, 4), "h2o:budget=13,window=4,every=3"),
            evicting(new KvPolicy(Storage.F32, Storage.INT8, 8), "ada-snapkv:budget=11,window=3,safeguard=0.5"),
            evicting(new KvPolicy(Storage.F32, Storage.F32, 4), "streaming-llm:budget=9,sinks=2,every=1")
                    .with(Selection.of(Selection.Method.QUEST, Budget.tokens(8))),
            evicting(
                    new KvPolicy(Storage.KIVI4, Storage.FP8_E4M3_HEAD, 8), "scissorhands:budget=40,history=5,every=4"));

    private final Random random = new Random(SEED);
    private final HostPool pool = new HostPool(SHAPE, LIMIT);
    /** In the order in which they came: another order would make another run of the same seed. */
    private final Map<KvCache, List<Integer>> tokens = new LinkedHashMap<>();

    private PoolUsage before = pool.usage();
    private int refused;
    private int reused;
    private int evictions;

    @Test
    void everyReferenceAndByteIsRight() throws IOException {
        for (int i = 0; i < OPERATIONS; i++) {
            int operation = random.nextInt(20);
            before = pool.usage();
            try {
                run(operation);
            } catch (KvMemoryException e) {
                refused++;
                PoolUsage after = pool.usage();
                assertThat(after.pages()).as("operation %d of seed %d", i, SEED).isEqualTo(before.pages());
                assertThat(after.sharedPages()).isEqualTo(before.sharedPages());
                assertThat(after.tableBytes()).isEqualTo(before.tableBytes());
            }
            check("operation " + i + " of kind " + operation + ", seed " + SEED);
            if (i % 400 == 0) {
                checkContents();
            }
        }
        assertThat(refused).as("refusals").isGreaterThan(50);
        assertThat(evictions).as("steps after which less was held than before").isGreaterThan(50);
        assertThat(reused).as("caches that began with pages of others").isGreaterThan(50);
        tokens.keySet().forEach(KvCache::close);
        assertThat(pool.usage().pages()).isZero();
        assertThat(pool.usage().tableBytes()).isZero();
        pool.forgetPrefixes();
        assertThat(pool.usage().freeBytes()).isZero();
    }

    private void run(int operation) throws IOException {
        KvCache cache = any();
        if (cache == null || operation < 2) {
            open();
        } else if (operation < 10) {
            append(List.of(cache), true);
        } else if (operation < 12) {
            append(List.copyOf(new LinkedHashSet<>(Arrays.asList(cache, any(), any()))), random.nextInt(4) != 0);
        } else if (operation < 14) {
            KvCache fork = cache.fork();
            tokens.put(fork, new ArrayList<>(tokens.get(cache)));
        } else if (operation < 15) {
            int length = random.nextInt(cache.length() + 1);
            if (!cache.canTruncate(length)) {
                assertThatThrownBy(() -> cache.truncate(length))
                        .hasMessageContaining("only shorter lengths are possible");
                return;
            }
            cache.truncate(length);
            tokens.put(cache, new ArrayList<>(tokens.get(cache).subList(0, length)));
        } else if (operation < 16) {
            cache.reserve(random.nextInt(40));
        } else if (operation < 17) {
            saveAndRestore(cache);
        } else if (operation < 18 && random.nextInt(10) == 0) {
            pool.forgetPrefixes();
        } else if (tokens.size() > 3) {
            tokens.remove(cache);
            cache.close();
        }
    }

    private @Nullable KvCache any() {
        List<KvCache> all = List.copyOf(tokens.keySet());
        return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
    }

    private void open() {
        int[] prompt = new int[1 + random.nextInt(40)];
        int family = random.nextInt(3);
        for (int i = 0; i < prompt.length; i++) {
            prompt[i] = i < 24 ? family : random.nextInt(2);
        }
        KvCache cache = pool.open(POLICIES.get(random.nextInt(POLICIES.size())), prompt);
        List<Integer> known = new ArrayList<>();
        for (int i = 0; i < cache.length(); i++) {
            known.add(prompt[i]);
        }
        tokens.put(cache, known);
        before = pool.usage();
        assertThat(cache.length()).isLessThan(prompt.length);
        reused += cache.length() > 0 ? 1 : 0;
        step(List.of(cache), List.of(Arrays.copyOfRange(prompt, cache.length(), prompt.length)), Phase.PREFILL, true);
    }

    private void append(List<KvCache> caches, boolean finish) {
        List<int[]> ids = new ArrayList<>();
        // Prompts end rarely, and answers go on for a while.
        Phase phase = List.of(Phase.DECODE, Phase.DECODE, Phase.PREFILL, Phase.PREFILL_END)
                .get(random.nextInt(4));
        for (KvCache cache : caches) {
            int[] some = new int[Math.min(1 + random.nextInt(12), cache.stepTokens(phase))];
            Arrays.setAll(some, j -> random.nextInt(3));
            ids.add(some);
        }
        step(caches, ids, phase, finish);
    }

    private static KvPolicy evicting(KvPolicy policy, String eviction) {
        return policy.with(PolicyText.eviction(eviction));
    }

    private static long held(List<KvCache> caches) {
        return caches.stream()
                .flatMap(cache -> cache.usage().layers().stream())
                .mapToLong(LayerUsage::heldTokens)
                .sum();
    }

    private void step(List<KvCache> caches, List<int[]> ids, Phase phase, boolean finish) {
        List<KvStep.Span> spans = new ArrayList<>();
        int rows = 0;
        for (int i = 0; i < caches.size(); i++) {
            spans.add(new KvStep.Span(caches.get(i), rows, ids.get(i).length, phase, ids.get(i), 0));
            rows += ids.get(i).length;
        }
        KvStep step = pool.step(spans, Workers.serial());
        for (int layer = 0; layer < SHAPE.layers(); layer++) {
            float[] k = new float[rows * SHAPE.kvDim()];
            float[] v = new float[rows * SHAPE.kvDim()];
            for (KvStep.Span span : spans) {
                List<Integer> all = new ArrayList<>(tokens.get(span.cache()));
                for (int i = 0; i < span.tokens(); i++) {
                    all.add(span.ids()[i]);
                    fill(k, v, (span.row() + i) * SHAPE.kvDim(), all, all.size(), layer, finish);
                }
            }
            step.append(layer, k, v);
            step.attend(layer, new float[rows * SHAPE.queryDim()], new float[rows * SHAPE.queryDim()]);
        }
        if (finish) {
            long held = held(caches);
            step.finish();
            evictions += held(caches) < held + (long) rows * SHAPE.layers() * SHAPE.kvHeads() ? 1 : 0;
            for (int i = 0; i < caches.size(); i++) {
                for (int id : ids.get(i)) {
                    tokens.get(caches.get(i)).add(id);
                }
            }
        }
    }

    /** Keys and values of a token: numbers that all tokens up to it determine. A step that fails writes others. */
    private static void fill(float[] k, float[] v, int at, List<Integer> all, int count, int layer, boolean right) {
        int hash = all.subList(0, count).hashCode() * 31 + layer + (right ? 0 : 977);
        for (int i = 0; i < SHAPE.kvDim(); i++) {
            k[at + i] = (hash ^ i * 7919) % 1000 / 8f;
            v[at + i] = (hash ^ i * 104729) % 1000 / 8f;
        }
    }

    private void saveAndRestore(KvCache cache) throws IOException {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        pool.save(cache, stream);
        KvCache again = pool.restore(cache.policy(), new ByteArrayInputStream(stream.toByteArray()));
        tokens.put(again, new ArrayList<>(tokens.get(cache)));
        assertThat(again.length()).isEqualTo(cache.length());
    }

    private void check(String what) {
        long bytes = 0;
        long residual = 0;
        long pages = 0;
        for (PageStore store : pool.stores()) {
            Map<Integer, Integer> references = new HashMap<>();
            for (HostCache cache : pool.caches()) {
                for (int page :
                        cache.table(0, 0).store() == store ? cache.spares().held() : new int[0]) {
                    references.merge(page, 1, Integer::sum);
                }
                for (PageTable table : cache.tables()) {
                    if (table.store() == store) {
                        for (int page : table.held()) {
                            references.merge(page, 1, Integer::sum);
                        }
                    }
                }
            }
            Set<Integer> used = new HashSet<>(references.keySet());
            for (int page : pool.prefixes().references(store)) {
                references.merge(page, 1, Integer::sum);
            }
            for (Map.Entry<Integer, Integer> page : references.entrySet()) {
                assertThat(store.references(page.getKey())).as(what).isEqualTo(page.getValue());
            }
            long open = used.stream().filter(page -> page < 0).count();
            assertThat(store.used()).as(what).isEqualTo(references.size() - open);
            if (store.hasOpen()) {
                assertThat(store.open().used()).as(what).isEqualTo(open);
            }
            pages += used.size();
            residual += open * store.open().format().bytes();
            bytes += (used.size() - open) * store.format().bytes();
        }
        bytes += residual;
        PoolUsage usage = pool.usage();
        assertThat(usage.pages()).as(what).isEqualTo(pages);
        assertThat(usage.pageBytes()).as(what).isEqualTo(bytes);
        assertThat(usage.residualBytes()).as(what).isEqualTo(residual);
        assertThat(usage.pageBytes() + usage.indexBytes() + usage.freeBytes())
                .as(what)
                .isLessThanOrEqualTo(LIMIT);
        for (Map.Entry<KvCache, List<Integer>> entry : tokens.entrySet()) {
            assertThat(entry.getKey().length())
                    .as(what)
                    .isEqualTo(entry.getValue().size());
        }
    }

    /** Against a cache that nothing happened to but that its tokens were written one by one. */
    private void checkContents() {
        float[] expected = new float[SHAPE.headDim()];
        float[] read = new float[SHAPE.headDim()];
        for (Map.Entry<KvCache, List<Integer>> entry : tokens.entrySet()) {
            HostCache cache = (HostCache) entry.getKey();
            if (cache.policy().k().isGrouped() && !cache.policy().eviction().isOff()) {
                // Survivors of groups are encoded anew.
                continue;
            }
            try (HostPool other = new HostPool(SHAPE, 100 * LIMIT)) {
                HostCache calm = (HostCache) other.open(cache.policy());
                for (int i = 0; i < cache.length(); i++) {
                    write(other, calm, entry.getValue().subList(0, i + 1));
                }
                for (int t = 0; t < cache.tables().length; t++) {
                    PageTable table = cache.tables()[t];
                    PageTable same = calm.tables()[t];
                    for (int slot = 0; slot < table.tokens(); slot++) {
                        int position = table.position(slot);
                        table.store().readKey(table.page(slot), table.place(slot), read, 0);
                        same.store().readKey(same.page(position), same.place(position), expected, 0);
                        assertThat(read).as("%s", cache.policy()).isEqualTo(expected);
                        table.store().readValue(table.page(slot), table.place(slot), read, 0);
                        same.store().readValue(same.page(position), same.place(position), expected, 0);
                        assertThat(read).as("%s", cache.policy()).isEqualTo(expected);
                    }
                }
            }
        }
    }

    /** Appends the last of some tokens. */
    private static void write(HostPool pool, KvCache cache, List<Integer> all) {
        KvStep step = pool.step(
                List.of(new KvStep.Span(cache, 0, 1, Phase.PREFILL, new int[] {all.getLast()}, 0)), Workers.serial());
        for (int layer = 0; layer < SHAPE.layers(); layer++) {
            float[] k = new float[SHAPE.kvDim()];
            float[] v = new float[SHAPE.kvDim()];
            fill(k, v, 0, all, all.size(), layer, true);
            step.append(layer, k, v);
        }
        step.finish();
    }
}
