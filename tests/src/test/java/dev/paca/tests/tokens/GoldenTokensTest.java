package dev.paca.tests.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.model.gguf.Gguf;
import dev.paca.model.json.Json;
import dev.paca.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The tokens that Hugging Face's tokenizers gave for Paca 28M's vocabulary, special tokens parsed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GoldenTokensTest {
    private Gguf gguf;
    private Tokenizer tokenizer;
    private Json.Obj golden;

    @BeforeAll
    void open() throws IOException, URISyntaxException {
        gguf = Gguf.open(resource("/golden/paca-28m-f16.gguf"));
        tokenizer = Tokenizer.of(gguf.metadata());
        golden = Json.parseObject(Files.readString(resource("/golden/golden.json")));
    }

    @AfterAll
    void close() {
        gguf.close();
    }

    @Test
    void textsHaveTheSameIdsAndComeBack() {
        List<Json> cases = items(golden, "tokenizer");
        assertThat(cases).hasSize(153);
        for (Json each : cases) {
            check((Json.Obj) each, "text");
        }
    }

    @Test
    void promptsOfWholeConversationsHaveTheSameIdsAndComeBack() {
        List<Json> cases = items(golden, "generate");
        assertThat(cases).isNotEmpty();
        for (Json each : cases) {
            check((Json.Obj) each, "prompt");
        }
    }

    @Test
    void answersHaveTheSameTextAndAnEnd() {
        for (Json each : items(golden, "generate")) {
            int[] greedy = ids((Json.Obj) each, "greedy");
            int last = greedy.length - 1;
            assertThat(tokenizer.endsGeneration(greedy[last])).isTrue();
            assertThat(tokenizer.isSpecial(greedy[last])).isTrue();
            assertThat(tokenizer.decode(Arrays.copyOf(greedy, last))).isEqualTo(text((Json.Obj) each, "text"));
        }
    }

    private void check(Json.Obj expected, String text) {
        String source = text(expected, text);
        int[] ids = tokenizer.encode(source, true);
        assertThat(ids).as(source).isEqualTo(ids(expected, "ids"));
        assertThat(tokenizer.decode(ids)).isEqualTo(source);
    }

    private static Path resource(String name) throws URISyntaxException {
        URL url = Objects.requireNonNull(GoldenTokensTest.class.getResource(name), name);
        return Path.of(url.toURI());
    }

    private static List<Json> items(Json.Obj object, String name) {
        return ((Json.Arr) Objects.requireNonNull(object.get(name), name)).items();
    }

    private static String text(Json.Obj object, String name) {
        return ((Json.Str) Objects.requireNonNull(object.get(name), name)).value();
    }

    private static int[] ids(Json.Obj object, String name) {
        return items(object, name).stream()
                .mapToInt(id -> ((Json.Num) id).toInt())
                .toArray();
    }
}
