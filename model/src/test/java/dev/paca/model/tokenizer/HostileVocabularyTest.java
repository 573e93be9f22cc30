package dev.paca.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.PacaException;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.gguf.GgufWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Vocabularies that cannot be right are refused in a sentence. */
class HostileVocabularyTest {
    private static final Vocabulary GOOD = Vocabularies.bytePairs("qwen2", "t h");
    private static final Vocabulary PIECES = Vocabularies.sentencePieces(Vocabulary.Flags.none());

    @TempDir
    private Path folder;

    private static Vocabulary tokens(Vocabulary from, Consumer<List<String>> change) {
        List<String> tokens = new ArrayList<>(from.tokens());
        change.accept(tokens);
        return new Vocabulary(
                from.source(),
                from.model(),
                from.preTokenizer(),
                tokens,
                from.types(),
                from.scores(),
                from.merges(),
                from.roles(),
                from.flags());
    }

    private static Vocabulary bytePairs(String model, String preTokenizer, List<String> merges) {
        return new Vocabulary(
                "test", model, preTokenizer, GOOD.tokens(), GOOD.types(), new float[0], merges, Map.of(), GOOD.flags());
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> refused(Vocabulary vocabulary) {
        return assertThatThrownBy(() -> Tokenizer.of(vocabulary)).isInstanceOf(PacaException.class);
    }

    private AbstractThrowableAssert<?, ? extends Throwable> refused(GgufWriter file) {
        Path path = folder.resolve("hostile.gguf");
        file.write(path);
        return assertThatThrownBy(() -> {
                    try (Gguf gguf = Gguf.open(path)) {
                        Tokenizer.of(gguf.metadata());
                    }
                })
                .isInstanceOf(PacaException.class);
    }

    @Test
    void mergesThatNameNoTokensOrAreNone() {
        refused(bytePairs("gpt2", "qwen2", List.of("t h", "h e")))
                .hasMessageStartingWith(
                        "test: tokenizer.ggml.merges[1] is \"h e\", but tokenizer.ggml.tokens has no \"he\".");
        refused(bytePairs("gpt2", "qwen2", List.of("t ☃"))).hasMessageContaining("has no \"☃\"");
        refused(bytePairs("gpt2", "qwen2", List.of("th"))).hasMessageContaining("a merge is two tokens");
        refused(bytePairs("gpt2", "qwen2", List.of(""))).hasMessageContaining("a merge is two tokens");
        refused(bytePairs("gpt2", "qwen2", List.of("t "))).hasMessageContaining("has no \"\"");
    }

    @Test
    void aModelOrPreTokenizerThatIsNotKnown() {
        refused(bytePairs("bert", "qwen2", List.of()))
                .hasMessageContaining("tokenizer.ggml.model is \"bert\"")
                .hasMessageContaining("supported: gpt2, llama");
        refused(bytePairs("gpt2", "kimi-k2", List.of())).hasMessageContaining("tokenizer.ggml.pre is \"kimi-k2\"");
    }

    @Test
    void bytesWithoutTokens() {
        refused(tokens(GOOD, tokens -> tokens.set('A', "changed")))
                .hasMessageContaining("no token \"A\" for the byte 65");
        refused(tokens(PIECES, tokens -> tokens.set(3 + 0xAB, "changed")))
                .hasMessageContaining("no byte token \"<0xAB>\"");
    }

    @Test
    void aTextThatTwoTokensHave() {
        refused(tokens(GOOD, tokens -> tokens.set(0, "th"))).hasMessageContaining("has \"th\" twice, as 0 and 256");
    }

    @Test
    void aBosThatIsWantedButIsNone() {
        Vocabulary.Flags flags = new Vocabulary.Flags(Optional.of(true), Optional.empty(), Optional.empty());
        refused(new Vocabulary(
                        "test", "gpt2", "qwen2", GOOD.tokens(), GOOD.types(), new float[0], List.of(), Map.of(), flags))
                .hasMessageContaining("add_bos_token is true, but there is no tokenizer.ggml.bos_token_id");
    }

    @Test
    void arraysThatAreMissingOrOfOtherLengths() {
        refused(new GgufWriter().put("tokenizer.ggml.model", "gpt2")).hasMessageContaining("tokenizer.ggml.tokens");
        refused(file("gpt2")).hasMessageContaining("tokenizer.ggml.tokens is empty");
        refused(file("gpt2", "a", "b").put("tokenizer.ggml.token_type", new int[] {1}))
                .hasMessageContaining("token_type has 1 entries, but there are 2 tokens");
        refused(file("llama", "a", "b").put("tokenizer.ggml.scores", new float[] {0, 1, 2}))
                .hasMessageContaining("scores has 3 entries, but there are 2 tokens");
        refused(file("llama", "a", "b", "c")).hasMessageContaining("scores is missing or empty");
    }

    @Test
    void idsAndTypesOutOfRange() {
        refused(file("gpt2", "a", "b").put("tokenizer.ggml.eos_token_id", 2))
                .hasMessageContaining("eos_token_id is 2, but token ids go from 0 to 1");
        refused(file("gpt2", "a", "b").put("tokenizer.ggml.token_type", new int[] {1, 7}))
                .hasMessageContaining("token_type of token 1 is 7");
    }

    @Test
    void aRoleOfMinusOneIsNone() {
        GgufWriter file = new GgufWriter();
        file.put("tokenizer.ggml.model", "gpt2").put("tokenizer.ggml.pre", "qwen2");
        file.put("tokenizer.ggml.tokens", GOOD.tokens().toArray(String[]::new));
        file.put("tokenizer.ggml.bos_token_id", -1);
        Path path = folder.resolve("none.gguf");
        file.write(path);
        try (Gguf gguf = Gguf.open(path)) {
            assertThat(Tokenizer.of(gguf.metadata()).bos()).isEmpty();
        }
    }

    @Test
    void anIdThatDoesNotExist() {
        Tokenizer tokenizer = Tokenizer.of(GOOD);
        assertThatThrownBy(() -> tokenizer.bytes(260))
                .isInstanceOf(PacaException.class)
                .hasMessage("Token id 260 does not exist: this model's ids go from 0 to 259.");
        assertThatThrownBy(() -> tokenizer.endsGeneration(-1)).isInstanceOf(PacaException.class);
    }

    private static GgufWriter file(String model, String... tokens) {
        return new GgufWriter().put("tokenizer.ggml.model", model).put("tokenizer.ggml.tokens", tokens);
    }
}
