package dev.paca.model.tokenizer;

import dev.paca.kv.PacaException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * SentencePiece's BPE (Kudo and Richardson 2018) with byte fallback: spaces become ▁, the two neighbours whose union is
 * the token of the highest score merge first, and a character that is no token becomes its bytes.
 */
final class SentencePieces implements Segmenter {
    private static final String SPACE = "▁";

    private final TokenTable tokens;
    /** Position of each token in the order of scores, highest first; the same for equal scores. */
    private final int[] ranks;

    private final byte[][] said;
    private final int[] ofByte = new int[256];
    private final boolean addsSpace;

    /** @param ids each token's id, by its text */
    SentencePieces(Vocabulary vocabulary, Map<String, Integer> ids) {
        if (vocabulary.scores().length == 0) {
            throw new PacaException(
                    vocabulary.source() + ": tokenizer.ggml.scores is missing or empty, but SentencePiece"
                            + " needs a score for each token. " + Vocabulary.DAMAGED);
        }
        for (int b = 0; b < 256; b++) {
            String text = byteText(b);
            Integer id = ids.get(text);
            if (id == null) {
                throw new PacaException(vocabulary.source() + ": tokenizer.ggml.tokens has no byte token "
                        + Vocabulary.shown(text) + ", but SentencePiece needs one for each byte. "
                        + Vocabulary.DAMAGED);
            }
            ofByte[b] = id;
        }
        addsSpace = vocabulary.flags().addsSpace().orElse(true);
        tokens = tokens(vocabulary);
        ranks = ranks(vocabulary.scores());
        said = said(vocabulary, ofByte);
    }

    private static String byteText(int b) {
        return "<0x" + HexFormat.of().withUpperCase().toHexDigits((byte) b) + ">";
    }

    /** Each token's bytes as they stand in the text that is merged, with ▁ for a space. */
    private static TokenTable tokens(Vocabulary vocabulary) {
        List<byte[]> bytes = new ArrayList<>(vocabulary.size());
        boolean[] findable = new boolean[vocabulary.size()];
        for (int id = 0; id < vocabulary.size(); id++) {
            TokenType type = vocabulary.types().get(id);
            findable[id] = type.ordinary();
            bytes.add(vocabulary.utf8(id));
        }
        return new TokenTable(bytes, findable);
    }

    private static byte[][] said(Vocabulary vocabulary, int[] ofByte) {
        byte[][] said = new byte[vocabulary.size()][];
        for (int id = 0; id < said.length; id++) {
            boolean normal = vocabulary.types().get(id) == TokenType.NORMAL;
            String text = vocabulary.tokens().get(id);
            said[id] = (normal ? text.replace(SPACE, " ") : text).getBytes(StandardCharsets.UTF_8);
        }
        for (int b = 0; b < 256; b++) {
            said[ofByte[b]] = new byte[] {(byte) b};
        }
        return said;
    }

    private static int[] ranks(float[] scores) {
        int[] byScore = IntStream.range(0, scores.length)
                .boxed()
                .sorted((a, b) -> Float.compare(scores[b], scores[a]))
                .mapToInt(Integer::intValue)
                .toArray();
        int[] ranks = new int[scores.length];
        for (int i = 1; i < byScore.length; i++) {
            int before = byScore[i - 1];
            ranks[byScore[i]] = scores[byScore[i]] == scores[before] ? ranks[before] : i;
        }
        return ranks;
    }

    @Override
    public byte[] bytes(int id) {
        return said[id].clone();
    }

    @Override
    public boolean addsBos() {
        return true;
    }

    @Override
    public boolean addsSpace() {
        return addsSpace;
    }

    @Override
    public void segment(String text, int from, int to, boolean first, Ids out) {
        String part = (first && addsSpace ? " " : "") + text.substring(from, to);
        byte[] bytes = part.replace(" ", SPACE).getBytes(StandardCharsets.UTF_8);
        Symbols symbols = new Symbols();
        for (int i = 0; i < bytes.length; ) {
            int end = i + Utf8.length(bytes[i]);
            symbols.add(tokens.find(bytes, i, end), i);
            i = end;
        }
        symbols.merge((left, right) -> {
            int id = tokens.find(bytes, symbols.start[left], symbols.end(right, bytes.length));
            return id < 0 ? -1 : (long) ranks[id] << 32 | id;
        });
        for (int s = 0; s >= 0; s = symbols.next[s]) {
            if (symbols.id[s] >= 0) {
                out.add(symbols.id[s]);
                continue;
            }
            for (int i = symbols.start[s]; i < symbols.end(s, bytes.length); i++) {
                out.add(ofByte[bytes[i] & 0xFF]);
            }
        }
    }
}
