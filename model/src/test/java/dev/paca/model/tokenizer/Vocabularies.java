package dev.paca.model.tokenizer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Small vocabularies of our own. */
final class Vocabularies {
    private Vocabularies() {}

    /** The 256 bytes, ids 0 to 255; then what the merges make; then BOS, EOS (control) and {@code <tag>} (never cut). */
    static Vocabulary bytePairs(String preTokenizer, String... merges) {
        ByteAlphabet alphabet = new ByteAlphabet();
        List<String> tokens = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            tokens.add(Character.toString(alphabet.character(b)));
        }
        for (String merge : merges) {
            tokens.add(merge.replace(" ", ""));
        }
        List<TokenType> types = new ArrayList<>(Collections.nCopies(tokens.size(), TokenType.NORMAL));
        int bos = tokens.size();
        tokens.addAll(List.of("<|bos|>", "<|im_end|>", "<tag>"));
        types.addAll(List.of(TokenType.CONTROL, TokenType.CONTROL, TokenType.USER_DEFINED));
        return new Vocabulary(
                "test",
                "gpt2",
                preTokenizer,
                tokens,
                types,
                new float[0],
                List.of(merges),
                Map.of(Role.BOS, bos, Role.EOS, bos + 1),
                Vocabulary.Flags.none());
    }
}
