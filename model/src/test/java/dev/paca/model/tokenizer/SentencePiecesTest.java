package dev.paca.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The expected ids are llama.cpp's, given these vocabularies as GGUF files. */
class SentencePiecesTest {
    private final Tokenizer tokenizer = Tokenizer.of(Vocabularies.sentencePieces(Vocabulary.Flags.none()));
    private final Tokenizer withoutSpace = Tokenizer.of(Vocabularies.sentencePieces(
            new Vocabulary.Flags(Optional.of(false), Optional.empty(), Optional.of(false))));

    @Test
    void mergesTheHighestScoreFirst() {
        assertThat(tokenizer.encode("ab", false)).containsExactly(266);
        assertThat(tokenizer.encode("abc", false)).containsExactly(263, 265);
        assertThat(tokenizer.encode("bc abc", false)).containsExactly(259, 265, 263, 265);
        assertThat(tokenizer.encode("a  b", false)).containsExactly(263, 267, 261);
    }

    @Test
    void mergesTheLeftmostOfEqualScores() {
        assertThat(tokenizer.encode("aaaa aaaaa", false)).containsExactly(263, 270, 263, 270, 260);
        assertThat(withoutSpace.encode("aaaa aaaaa", false)).containsExactly(270, 260, 263, 270, 260);
    }

    @Test
    void aCharacterThatIsNoTokenBecomesItsBytes() {
        assertThat(tokenizer.encode("é€", false)).containsExactly(259, 268, 229, 133, 175);
        assertThat(withoutSpace.encode("\n", false)).containsExactly(13);
        assertThat(tokenizer.bytes(229)).containsExactly(0xE2);
        assertThat(tokenizer.decode(new int[] {229, 133, 175})).isEqualTo("€");
    }

    @Test
    void aSpaceStandsBeforeTheFirstWordAndAfterEachSpecialToken() {
        assertThat(tokenizer.encode("<s>a<tag>b</s>c", true)).containsExactly(1, 263, 271, 259, 261, 2, 259, 262);
        assertThat(tokenizer.encode("<s>a<tag>b</s>c", false))
                .containsExactly(259, 63, 118, 65, 260, 271, 259, 261, 63, 50, 118, 65, 262);
        assertThat(withoutSpace.encode("abc", false)).containsExactly(260, 265);
        assertThat(tokenizer.encode("", false)).isEmpty();
    }

    @Test
    void theTextComesBackWithoutTheSpaceThatWasAdded() {
        for (String text : new String[] {"a  b", " ab", "é🦙\n", "", "bc abc "}) {
            assertThat(tokenizer.decode(tokenizer.encode(text, false))).isEqualTo(text);
            assertThat(withoutSpace.decode(withoutSpace.encode(text, false))).isEqualTo(text);
        }
    }

    @Test
    void promptsBeginWithBosUnlessTheFileSaysNo() {
        assertThat(tokenizer.addsBos()).isTrue();
        assertThat(withoutSpace.addsBos()).isFalse();
        assertThat(tokenizer.bos()).hasValue(1);
        assertThat(tokenizer.endsGeneration(2)).isTrue();
        assertThat(tokenizer.isSpecial(0)).isTrue();
    }
}
