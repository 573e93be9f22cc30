package dev.paca.model.tokenizer;

import dev.paca.kv.PacaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Byte-level byte pair encoding (Radford et al. 2019): the words that the pre-tokenizer cuts, as bytes, merged in the
 * order in which the merges were learned. Needs no unknown token, as every byte is one; real vocabularies may lack bytes
 * that no text has, such as 0xC0, or hardly any, such as 0xF1: these are left out of the tokens, as in the reference
 * implementations.
 */
final class BytePairs implements Segmenter {
    private final PreTokenizers family;
    private final TokenTable tokens;
    private final MergeTable merges;
    /** The token of each byte; −1 where the vocabulary has none. */
    private final int[] ofByte = new int[256];

    /** @param ids each token's id, by its text */
    BytePairs(Vocabulary vocabulary, Map<String, Integer> ids) {
        family = PreTokenizers.named(vocabulary.preTokenizer(), vocabulary.source());
        ByteAlphabet alphabet = new ByteAlphabet();
        tokens = tokens(vocabulary, alphabet);
        merges = merges(vocabulary, ids);
        for (int b = 0; b < 256; b++) {
            ofByte[b] = tokens.find(new byte[] {(byte) b}, 0, 1);
            if (ofByte[b] < 0 && b >= ' ' && b <= '~') {
                throw new PacaException(vocabulary.source() + ": tokenizer.ggml.tokens has no token "
                        + Vocabulary.shown(Character.toString(alphabet.character(b))) + " for the byte " + b
                        + ", but byte-level BPE needs one for each byte. " + Vocabulary.DAMAGED);
            }
        }
    }

    private static TokenTable tokens(Vocabulary vocabulary, ByteAlphabet alphabet) {
        List<byte[]> bytes = new ArrayList<>(vocabulary.size());
        boolean[] findable = new boolean[vocabulary.size()];
        for (int id = 0; id < vocabulary.size(); id++) {
            TokenType type = vocabulary.types().get(id);
            byte[] said = type == TokenType.NORMAL
                    ? alphabet.bytes(vocabulary.tokens().get(id))
                    : null;
            findable[id] = said != null;
            bytes.add(said != null ? said : vocabulary.utf8(id));
        }
        return new TokenTable(bytes, findable);
    }

    private static MergeTable merges(Vocabulary vocabulary, Map<String, Integer> ids) {
        List<String> merges = vocabulary.merges();
        MergeTable table = new MergeTable(merges.size());
        for (int rank = 0; rank < merges.size(); rank++) {
            String merge = merges.get(rank);
            // The left token has at least one character, and that may be a space.
            int gap = merge.indexOf(' ', 1);
            if (gap < 0) {
                throw wrongMerge(vocabulary, rank, "but a merge is two tokens with a space between");
            }
            String left = merge.substring(0, gap);
            String right = merge.substring(gap + 1);
            table.add(
                    token(left, vocabulary, rank, ids),
                    token(right, vocabulary, rank, ids),
                    rank,
                    token(left + right, vocabulary, rank, ids));
        }
        return table;
    }

    private static int token(String text, Vocabulary vocabulary, int rank, Map<String, Integer> ids) {
        Integer id = ids.get(text);
        if (id == null) {
            throw wrongMerge(vocabulary, rank, "but tokenizer.ggml.tokens has no " + Vocabulary.shown(text));
        }
        return id;
    }

    private static PacaException wrongMerge(Vocabulary vocabulary, int rank, String why) {
        return new PacaException(vocabulary.source() + ": tokenizer.ggml.merges[" + rank + "] is "
                + Vocabulary.shown(vocabulary.merges().get(rank)) + ", " + why + ". " + Vocabulary.DAMAGED);
    }

    @Override
    public void segment(String text, int from, int to, boolean first, Ids out) {
        Word word = new Word(out);
        family.rules().split(text, from, to, (start, end) -> word.encode(text, start, end));
    }

    @Override
    public byte[] bytes(int id) {
        return tokens.bytes(id);
    }

    @Override
    public boolean addsBos() {
        return family.addsBos();
    }

    @Override
    public boolean addsSpace() {
        return false;
    }

    /** One word at a time, in arrays that are used again. */
    private final class Word {
        private final Symbols symbols = new Symbols();
        private final Symbols.Pairs pairs = (left, right) -> merges.find(symbols.id[left], symbols.id[right]);
        private final Ids out;
        private byte[] bytes = new byte[96];

        Word(Ids out) {
            this.out = out;
        }

        void encode(String text, int from, int to) {
            int room = Math.multiplyExact(to - from, 3);
            if (bytes.length < room) {
                bytes = new byte[Math.max(room, bytes.length * 2)];
            }
            int length = Utf8.encode(text, from, to, bytes);
            int whole = family.wholeWords() ? tokens.find(bytes, 0, length) : -1;
            if (whole >= 0) {
                out.add(whole);
                return;
            }
            symbols.clear();
            for (int i = 0; i < length; i++) {
                int token = ofByte[bytes[i] & 0xFF];
                if (token >= 0) {
                    symbols.add(token, i);
                }
            }
            if (!symbols.isEmpty()) {
                symbols.merge(pairs);
                for (int s = 0; s >= 0; s = symbols.next[s]) {
                    out.add(symbols.id[s]);
                }
            }
        }
    }
}
