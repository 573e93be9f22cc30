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

    /**
     * Unknown, BOS and EOS; the 256 bytes from id 3; then from id 259: ▁, a, b, c, ▁a, ab, bc, ▁ab, ▁▁, é, aa, aaa; then
     * {@code <tag>}, never cut, as 271.
     */
    static Vocabulary sentencePieces(Vocabulary.Flags flags) {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        List<TokenType> types = new ArrayList<>(List.of(TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL));
        for (int b = 0; b < 256; b++) {
            tokens.add(String.format("<0x%02X>", b));
            types.add(TokenType.BYTE);
        }
        List<String> pieces = List.of("▁", "a", "b", "c", "▁a", "ab", "bc", "▁ab", "▁▁", "é", "aa", "aaa");
        float[] pieceScores = {-9, -10, -11, -12, -3, -2, -1, -4, -5, -13, -6, -6};
        float[] scores = new float[tokens.size() + pieces.size() + 1];
        System.arraycopy(pieceScores, 0, scores, tokens.size(), pieceScores.length);
        tokens.addAll(pieces);
        types.addAll(Collections.nCopies(pieces.size(), TokenType.NORMAL));
        tokens.add("<tag>");
        types.add(TokenType.USER_DEFINED);
        Map<Role, Integer> roles = Map.of(Role.UNKNOWN, 0, Role.BOS, 1, Role.EOS, 2);
        return new Vocabulary("test", "llama", "default", tokens, types, scores, List.of(), roles, flags);
    }
}
