package dev.paca.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The expected ids are llama.cpp's, given these vocabularies as GGUF files. */
class BytePairsTest {
    private static final String[] MERGES = {"t h", "h e", "th e", "Ġ t", "Ġt he", "a a", "aa aa", "1 2"};
    private static final int TH = 256, HE = 257, THE = 258, SPACE_THE = 260, AA = 261, AAAA = 262, TWELVE = 263;
    private static final int BOS = 264, END = 265, TAG = 266;

    private final Tokenizer llama = Tokenizer.of(Vocabularies.bytePairs("llama-bpe", MERGES));
    private final Tokenizer qwen = Tokenizer.of(Vocabularies.bytePairs("qwen2", MERGES));

    @Test
    void mergesInTheOrderOfTheMergesNotOfTheText() {
        assertThat(qwen.encode("the he", false)).containsExactly(THE, ' ', HE);
        assertThat(qwen.encode("than the", false)).containsExactly(TH, 'a', 'n', ' ', THE);
        assertThat(qwen.encode("aaaaaaa", false)).containsExactly(AAAA, AA, 'a');
    }

    @Test
    void aWordThatIsATokenIsThatTokenOnlyWhereTheFamilySaysSo() {
        assertThat(llama.encode("x the", false)).containsExactly('x', SPACE_THE);
        assertThat(qwen.encode("x the", false)).containsExactly('x', ' ', THE);
    }

    @Test
    void neverMergesAcrossWords() {
        assertThat(llama.encode("12 1212", false)).containsExactly(TWELVE, ' ', TWELVE, '1', '2');
        assertThat(qwen.encode("12", false)).containsExactly('1', '2');
    }

    @Test
    void controlTokensAreTextUnlessParsedAndOthersAreNeverCut() {
        String text = "<|bos|>a<tag><|im_end|>";
        assertThat(llama.encode(text, true)).containsExactly(BOS, 'a', TAG, END);
        assertThat(llama.encode(text, false))
                .containsExactly(
                        '<', '|', 'b', 'o', 's', '|', '>', 'a', TAG, '<', '|', 'i', 'm', '_', 'e', 'n', 'd', '|', '>');
        assertThat(llama.decode(llama.encode(text, true))).isEqualTo(text);
    }

    @Test
    void anyTextComesBackAsItWas() {
        String text = "naïve 🦙 the\r\n\t\u0000 नमस्ते  ";
        assertThat(llama.decode(llama.encode(text, false))).isEqualTo(text);
        assertThat(llama.bytes(llama.encode("é", false)[0])).containsExactly(0xC3);
    }

    @Test
    void aSurrogateWithoutItsPartnerIsTheReplacementCharacter() {
        assertThat(llama.encode("a\uD83Eb\uDD99", false)).isEqualTo(llama.encode("a\uFFFDb\uFFFD", false));
    }

    @Test
    void saysWhatItsTokensAre() {
        assertThat(llama.size()).isEqualTo(267);
        assertThat(llama.bos()).hasValue(BOS);
        assertThat(llama.addsBos()).isTrue();
        assertThat(qwen.addsBos()).isFalse();
        assertThat(llama.endsGeneration(END)).isTrue();
        assertThat(llama.endsGeneration(BOS)).isFalse();
        assertThat(llama.isSpecial(BOS)).isTrue();
        assertThat(llama.isSpecial(TAG)).isFalse();
        assertThat(llama.id("<|im_end|>")).hasValue(END);
        assertThat(llama.id("no such token")).isEmpty();
        assertThat(llama.piece(SPACE_THE)).isEqualTo("Ġthe");
    }
}
