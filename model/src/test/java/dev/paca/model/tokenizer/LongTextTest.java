package dev.paca.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A quarter of a megabyte that is one word, one run of spaces, or nearly a special token everywhere. */
class LongTextTest {
    /** Measured: at most 0.1 s. What is quadratic takes minutes. */
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final int LENGTH = 1 << 18;

    static Stream<Tokenizer> tokenizers() {
        String[] merges = {"a a", "aa aa", "aaaa aaaa", "Ġ Ġ", "ĠĠ ĠĠ", "Ċ Ċ", "a b", "ab ab", "1 1"};
        Stream<Vocabulary> bytePairs = Stream.of("llama-bpe", "qwen2", "gpt-2", "smollm", "tekken", "default")
                .map(preTokenizer -> Vocabularies.bytePairs(preTokenizer, merges));
        return Stream.concat(bytePairs, Stream.of(Vocabularies.sentencePieces(Vocabulary.Flags.none())))
                .map(Tokenizer::of);
    }

    @ParameterizedTest
    @MethodSource("tokenizers")
    void takesTimeInProportion(Tokenizer tokenizer) {
        Random random = new Random(7);
        StringBuilder word = new StringBuilder();
        while (word.length() < LENGTH) {
            word.append((char) ('a' + random.nextInt(26)));
        }
        List<String> texts = List.of(
                word.toString(),
                "a".repeat(LENGTH),
                " ".repeat(LENGTH),
                "\n".repeat(LENGTH),
                "1".repeat(LENGTH),
                "'".repeat(LENGTH),
                "A".repeat(LENGTH),
                "\u0301A".repeat(LENGTH / 3),
                "<|im_en".repeat(LENGTH / 7),
                ("\n" + " ".repeat(1000)).repeat(LENGTH / 1001));
        for (String text : texts) {
            int[] ids = assertTimeoutPreemptively(LIMIT, () -> tokenizer.encode(text, true));
            assertThat(tokenizer.decode(ids).equals(text)).isTrue();
        }
    }
}
