package dev.paca.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.Phase;
import dev.paca.kv.Storage;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.json.Json;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every golden case on the device, up to the whole context: logits after the prompt, and the greedy answer. */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GoldenCasesTest {
    private static final KvPolicy EXACT = new KvPolicy(Storage.F32, Storage.F32, 16);
    private static final int CONTEXT = 28672;
    /** Of the norm: sums of up to 28074 tokens in another order, approximate exponentials. */
    private static final double TOLERANCE = 1e-3;

    private Json.Obj golden;
    private Gguf gguf;
    private TornadoDecoder decoder;

    @BeforeAll
    void load() throws IOException {
        golden = Golden.read();
        gguf = Golden.model();
        decoder = TornadoDecoder.of(gguf, new TornadoOptions("auto", CONTEXT, EXACT, 0, 128, 1, true));
    }

    @AfterAll
    void close() {
        decoder.close();
        gguf.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"smalltalk0", "facts1", "niah2"})
    void answers(String name) throws IOException {
        answer(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"vartrack6", "lines8", "kvjson7", "passkey3", "facts4", "niah5", "passkey9"})
    void answersAfterALongPrompt(String name) throws IOException {
        answer(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"prose0", "prose5"})
    void logitsOfProse(String name) throws IOException {
        logits(name);
    }

    @ParameterizedTest
    @ValueSource(strings = "prose7")
    void logitsOfLongProse(String name) throws IOException {
        logits(name);
    }

    private void logits(String name) throws IOException {
        Json.Obj example = find("logits", name);
        int[] ids = Golden.ids(example, "ids");
        try (KvCache cache = decoder.pool().open(EXACT)) {
            cache.reserve(ids.length);
            Logits logits = decoder.forward(List.of(new Slice(cache, ids, 0, ids.length, Phase.PREFILL_END, 1)));
            Golden.assertNear(logits, 0, Golden.floats("logits/" + name + ".f32"), TOLERANCE);
        }
    }

    private void answer(String name) throws IOException {
        Json.Obj example = find("generate", name);
        int[] prompt = Golden.ids(example, "ids");
        int[] expected = Golden.ids(example, "greedy");
        try (KvCache cache = decoder.pool().open(EXACT)) {
            cache.reserve(prompt.length);
            Logits logits = decoder.forward(List.of(new Slice(cache, prompt, 0, prompt.length, Phase.PREFILL_END, 1)));
            Golden.assertNear(logits, 0, Golden.floats("logits/gen_" + name + ".f32"), TOLERANCE);
            int[] found = new int[expected.length];
            found[0] = logits.likeliest()[0];
            for (int i = 1; i < found.length; i++) {
                cache.reserve(1);
                found[i] = decoder.likeliest(List.of(new Slice(cache, found, i - 1, 1, Phase.DECODE, 1)))[0];
            }
            assertThat(found).isEqualTo(expected);
        }
    }

    private Json.Obj find(String list, String name) {
        return (Json.Obj) ((Json.Arr) golden.get(list))
                .items().stream()
                        .filter(item -> ((Json.Obj) item).get("name") instanceof Json.Str text
                                && text.value().equals(name))
                        .findFirst()
                        .orElseThrow();
    }
}
