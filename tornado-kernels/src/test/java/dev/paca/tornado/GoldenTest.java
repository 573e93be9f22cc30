package dev.paca.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.Storage;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import dev.paca.model.json.Json;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole model on the device, against what an independent implementation computed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GoldenTest {
    private static final KvPolicy EXACT = new KvPolicy(Storage.F32, Storage.F32, 16);
    /** Of the norm, in F32: sums in another order, approximate exponentials. */
    private static final double TOLERANCE = 1e-4;

    private Json.Obj golden;
    private TornadoDecoder decoder;

    @BeforeAll
    void load() throws IOException {
        golden = Golden.read();
        TornadoOptions options = new TornadoOptions("auto", 512, EXACT, 64L << 20, 32, 4, true);
        decoder = TornadoDecoder.of(Golden.model(), options);
    }

    @AfterAll
    void close() {
        decoder.close();
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(strings = {"prose0", "prose1", "prose2", "prose3", "prose5"})
    void promptsInChunks(String name) throws IOException {
        int[] ids = ids(find("logits", "file", "logits/" + name + ".f32"), "ids");
        try (KvCache cache = decoder.pool().open(EXACT)) {
            cache.reserve(ids.length);
            Logits logits = decoder.forward(List.of(new Slice(cache, ids, 0, ids.length, Phase.PREFILL_END, 1)));
            assertNear(logits, 0, expected(name));
        }
    }

    @Test
    void aPromptTokenByToken() throws IOException {
        int[] ids = ids(find("logits", "file", "logits/prose3.f32"), "ids");
        try (KvCache cache = decoder.pool().open(EXACT)) {
            Logits logits = new Logits(new float[0], 0, 0);
            for (int i = 0; i < ids.length; i++) {
                cache.reserve(1);
                logits = decoder.forward(List.of(new Slice(cache, ids, i, 1, Phase.DECODE, 1)));
            }
            assertNear(logits, 0, expected("prose3"));
        }
    }

    @Test
    void greedyText() {
        Json.Obj example =
                (Json.Obj) ((Json.Arr) golden.get("generate")).items().getFirst();
        int[] prompt = ids(example, "ids");
        int[] expected = ids(example, "greedy");
        try (KvCache cache = decoder.pool().open(EXACT)) {
            // token by token, which takes the kernels of one graph only
            for (int i = 0; i < prompt.length - 1; i++) {
                cache.reserve(1);
                decoder.forward(List.of(new Slice(cache, prompt, i, 1, Phase.DECODE, 0)));
            }
            int[] found = new int[expected.length];
            int next = prompt[prompt.length - 1];
            for (int i = 0; i < found.length; i++) {
                cache.reserve(1);
                found[i] = decoder.likeliest(List.of(new Slice(cache, new int[] {next}, 0, 1, Phase.DECODE, 1)))[0];
                next = found[i];
            }
            assertThat(found).isEqualTo(expected);
        }
    }

    @Tag("slow")
    @Test
    void sequencesOfABatchDoNotSeeEachOther() throws IOException {
        int[] ids = ids(find("logits", "file", "logits/prose3.f32"), "ids");
        int[] other = ids(find("logits", "file", "logits/prose2.f32"), "ids");
        int n = ids.length;
        try (KvCache a = decoder.pool().open(EXACT);
                KvCache b = decoder.pool().open(EXACT);
                KvCache c = decoder.pool().open(EXACT)) {
            // one chunk with pieces of two sequences, then one step with three, one of which only begins
            a.reserve(n);
            b.reserve(n);
            c.reserve(1);
            decoder.forward(List.of(
                    new Slice(a, ids, 0, n - 1, Phase.PREFILL_END, 0),
                    new Slice(b, other, 0, other.length, Phase.PREFILL_END, 0)));
            Logits logits = decoder.forward(List.of(
                    new Slice(c, ids, 0, 1, Phase.DECODE, 0),
                    new Slice(a, ids, n - 1, 1, Phase.DECODE, 1),
                    new Slice(b, other, 0, 1, Phase.DECODE, 1)));
            assertThat(logits.rows()).isEqualTo(2);
            assertNear(logits, 0, expected("prose3"));
        }
    }

    @Tag("slow")
    @Test
    void forksAndPrefixesSharePages() throws IOException {
        int[] ids = ids(find("logits", "file", "logits/prose5.f32"), "ids");
        int n = ids.length;
        long before = decoder.pool().usage().pages();
        KvCache first = decoder.pool().open(EXACT);
        first.reserve(n - 1);
        decoder.forward(List.of(new Slice(first, ids, 0, n - 1, Phase.PREFILL_END, 0)));
        KvCache fork = first.fork();
        // the fork writes to the page that both hold: a copy on the device
        fork.reserve(1);
        decoder.forward(List.of(new Slice(fork, new int[] {7}, 0, 1, Phase.DECODE, 0)));
        first.reserve(1);
        Logits logits = decoder.forward(List.of(new Slice(first, ids, n - 1, 1, Phase.DECODE, 1)));
        assertNear(logits, 0, expected("prose5"));
        first.close();
        fork.close();
        assertThat(decoder.pool().usage().pages()).isEqualTo(before);
        try (KvCache again = decoder.pool().open(EXACT, ids)) {
            assertThat(again.length()).isEqualTo((n - 1) / 16 * 16);
            int rest = n - again.length();
            again.reserve(rest);
            logits = decoder.forward(List.of(new Slice(again, ids, n - rest, rest, Phase.PREFILL_END, 1)));
            assertNear(logits, 0, expected("prose5"));
        }
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> decoder.pool().open(KvPolicy.DENSE))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("laid out for");
        try (KvCache cache = decoder.pool().open(EXACT)) {
            assertThatThrownBy(() -> decoder.forward(List.of(new Slice(cache, new int[] {1}, 0, 1, Phase.DECODE, 1))))
                    .hasMessageContaining("reserve");
            assertThatThrownBy(() -> cache.reserve(1 << 20)).hasMessageContaining("pages left");
            cache.reserve(1);
            assertThatThrownBy(
                            () -> decoder.forward(List.of(new Slice(cache, new int[] {8192}, 0, 1, Phase.DECODE, 1))))
                    .hasMessageContaining("vocabulary of 8192");
        }
    }

    private static void assertNear(Logits found, int row, float[] expected) {
        Golden.assertNear(found, row, expected, TOLERANCE);
    }

    private static float[] expected(String name) throws IOException {
        return Golden.floats("logits/" + name + ".f32");
    }

    private Json.Obj find(String list, String key, String value) {
        return (Json.Obj) ((Json.Arr) golden.get(list))
                .items().stream()
                        .filter(item -> ((Json.Obj) item).get(key) instanceof Json.Str text
                                && text.value().equals(value))
                        .findFirst()
                        .orElseThrow();
    }

    private static int[] ids(Json.Obj example, String key) {
        return Golden.ids(example, key);
    }
}
