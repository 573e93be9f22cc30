package dev.paca.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.PacaException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The expected words are what the families' own regular expressions gave, run by Hugging Face's tokenizers 0.23.2. */
class PreTokenizersTest {
    private static List<String> words(String name, String text) {
        List<String> words = new ArrayList<>();
        PreTokenizers.named(name, "test")
                .rules()
                .split(text, 0, text.length(), (from, to) -> words.add(text.substring(from, to)));
        assertThat(String.join("", words)).isEqualTo(text);
        return words;
    }

    @Test
    void llamaKeepsALeadingMarkWithItsWordAndThreeDigitsTogether() {
        assertThat(words("llama-bpe", "Hello (world) 12345!"))
                .containsExactly("Hello", " (", "world", ")", " ", "123", "45", "!");
        assertThat(words("llama-bpe", "a.b\tc ½² ١٢٣٤")).containsExactly("a", ".b", "\tc", " ", "½²", " ", "١٢٣", "٤");
    }

    @Test
    void contractionsAreCutInEitherCase() {
        assertThat(words("llama-bpe", "I'LL we've it'ſ can'T 'tis o'clock"))
                .containsExactly("I", "'LL", " we", "'ve", " it", "'ſ", " can", "'T", " '", "tis", " o", "'clock");
    }

    @Test
    void llamaGivesSpacesToLineBreaksFirstAndTheLastOneToTheWord() {
        assertThat(words("llama-bpe", "a   b \n\n  c  ")).containsExactly("a", "  ", " b", " \n\n", " ", " c", "  ");
        assertThat(words("llama-bpe", "x;\r\n\r\ny\u00A0\u3000z\u2028"))
                .containsExactly("x", ";\r\n\r\n", "y", "\u00A0", "\u3000z", "\u2028");
    }

    @Test
    void llamaLeavesMarksAndEmojiOutOfWords() {
        assertThat(words("llama-bpe", "e\u0301te\u0301 🦙🦙 नमस्ते"))
                .containsExactly("e", "\u0301te", "\u0301", " 🦙🦙", " नमस", "\u094Dत", "\u0947");
    }

    @Test
    void qwenCutsEachDigit() {
        assertThat(words("qwen2", "in 2026: 42%"))
                .containsExactly("in", " ", "2", "0", "2", "6", ":", " ", "4", "2", "%");
    }

    @Test
    void gpt2TakesASpaceIntoWordsNumbersAndMarksAndKnowsLowerContractionsOnly() {
        assertThat(words("gpt-2", "It's IT'S  12345 a--b\n\n c"))
                .containsExactly("It", "'s", " IT", "'", "S", " ", " 12345", " a", "--", "b", "\n\n", " c");
    }

    @Test
    void smollmCutsDigitsBeforeTheRest() {
        assertThat(words("smollm", "a 12  3 b½")).containsExactly("a", " ", "1", "2", "  ", "3", " b", "½");
    }

    @Test
    void tekkenBeginsAWordAtACapitalLetter() {
        assertThat(words("tekken", "myHTTPServer HTTPs ABC 42 a/b;\n/x"))
                .containsExactly("my", "HTTPServer", " HTTPs", " ABC", " ", "4", "2", " a", "/b", ";\n/", "x");
    }

    @Test
    void tekkenCountsMarksAndLettersWithoutCaseAsBoth() {
        assertThat(words("tekken", "A\u0301BC日本Xyz ʰA\u0301B नमस्ते \u0301AB ǅa"))
                .containsExactly("A\u0301BC日本Xyz", " ʰA\u0301", "B", " नमस्ते", " \u0301", "AB", " ǅa");
    }

    @Test
    void theDefaultCutsMarksOffAndDigitsByThree() {
        assertThat(words("default", "a-b 12345 $x`y"))
                .containsExactly("a", "-", "b", " ", "123", "45", " ", "$", "x", "`", "y");
    }

    @Test
    void spaceIsWhatUnicodeCallsSo() {
        assertThat(words("llama-bpe", "a\u001C\u001Cb\u0085c\u200Bd"))
                .containsExactly("a", "\u001C\u001C", "b", "\u0085c", "\u200Bd");
    }

    @Test
    void anUnknownNameIsRefusedWithTheNamesThatAreKnown() {
        assertThatThrownBy(() -> PreTokenizers.named("deepseek-v3", "x.gguf"))
                .isInstanceOf(PacaException.class)
                .hasMessageStartingWith("x.gguf: tokenizer.ggml.pre is \"deepseek-v3\"")
                .hasMessageContaining("llama-bpe")
                .hasMessageContaining("qwen2");
    }
}
