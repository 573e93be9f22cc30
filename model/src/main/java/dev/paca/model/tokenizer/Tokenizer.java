package dev.paca.model.tokenizer;

import dev.paca.kv.PacaException;
import dev.paca.model.gguf.Metadata;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * From text to token ids and back, with the vocabulary that a model was trained with. Shared by threads.
 *
 * <p>The ids are llama.cpp's, but for two deliberate differences: Tekken's words are cut as its own expression says, where
 * llama.cpp goes by ASCII's letters; and text never becomes a control token, whatever its scores, unless special tokens are
 * parsed. Like llama.cpp, and unlike Hugging Face's tokenizers for Qwen, it does not compose characters first (NFC): the
 * text comes back byte for byte.
 */
public final class Tokenizer {
    /** Keeps three bytes a char within an array. */
    private static final int LONGEST = 1 << 28;

    private final Vocabulary vocabulary;
    private final Map<String, Integer> ids;
    private final Segmenter segmenter;
    private final SpecialTokens specials = new SpecialTokens();
    private final BitSet ends;
    private final BitSet hidden;
    private final boolean addsBos;

    private Tokenizer(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        ids = ids(vocabulary);
        ends = EndTokens.of(vocabulary, ids);
        hidden = new BitSet(vocabulary.size());
        for (int id = 0; id < vocabulary.size(); id++) {
            String text = vocabulary.tokens().get(id);
            TokenType type = vocabulary.types().get(id);
            hidden.set(id, type.hidden() || EndTokens.byText(text));
            if (!text.isEmpty() && (hidden.get(id) || type == TokenType.USER_DEFINED)) {
                specials.add(text, id, hidden.get(id));
            }
        }
        segmenter = switch (vocabulary.model()) {
            case "gpt2" -> new BytePairs(vocabulary, ids);
            case "llama" -> new SentencePieces(vocabulary, ids);
            default ->
                throw new PacaException(
                        vocabulary.source() + ": tokenizer.ggml.model is "
                                + Vocabulary.shown(vocabulary.model())
                                + ", which is not supported (supported: gpt2, llama). Use a model with one of these tokenizers.");
        };
        boolean said = vocabulary.flags().addsBos().orElse(segmenter.addsBos());
        if (said && vocabulary.flags().addsBos().isPresent() && bos().isEmpty()) {
            throw new PacaException(vocabulary.source() + ": tokenizer.ggml.add_bos_token is true, but there is no "
                    + Role.BOS.key() + ". " + Vocabulary.DAMAGED);
        }
        addsBos = said && bos().isPresent();
    }

    /**
     * The tokenizer of a model.
     *
     * @throws PacaException if the vocabulary is incomplete or contradicts itself, or its kind is not supported
     */
    public static Tokenizer of(Metadata metadata) {
        return new Tokenizer(Vocabulary.of(metadata));
    }

    /** As {@link #of(Metadata)}, of a vocabulary from elsewhere. */
    public static Tokenizer of(Vocabulary vocabulary) {
        return new Tokenizer(vocabulary);
    }

    private static Map<String, Integer> ids(Vocabulary vocabulary) {
        Map<String, Integer> ids = HashMap.newHashMap(vocabulary.size());
        for (int id = 0; id < vocabulary.size(); id++) {
            String text = vocabulary.tokens().get(id);
            Integer before = text.isEmpty() ? null : ids.put(text, id);
            if (before != null) {
                throw new PacaException(vocabulary.source() + ": tokenizer.ggml.tokens has "
                        + Vocabulary.shown(text) + " twice, as " + before + " and " + id
                        + ", but each token needs a text of its own. " + Vocabulary.DAMAGED);
            }
        }
        return ids;
    }

    /**
     * The tokens of a text. No BOS or EOS token is added. Takes time in proportion to the text's length, but for long
     * runs without a word's end, where a logarithm comes on top.
     *
     * @param text any text; a surrogate without its partner counts as U+FFFD
     * @param parseSpecial whether the texts of control tokens become those tokens: true for what a chat template wrote,
     *     false for what a user wrote
     * @throws PacaException if the text is longer than {@value #LONGEST} chars
     */
    public int[] encode(String text, boolean parseSpecial) {
        if (text.length() > LONGEST) {
            throw new PacaException("The text has " + text.length() + " chars, but at most " + LONGEST
                    + " can be made into tokens at once. Give it in parts.");
        }
        String clean = Utf8.wellFormed(text);
        Ids out = new Ids();
        specials.split(clean, parseSpecial, new SpecialTokens.Parts() {
            private boolean first = true;

            @Override
            public void text(int from, int to) {
                segmenter.segment(clean, from, to, first, out);
                first = false;
            }

            @Override
            public void token(int id) {
                out.add(id);
                first = true;
            }
        });
        return out.toArray();
    }

    /**
     * What a token says, in bytes, which may be a part of a character. A special token says its own text; who does not
     * want that asks {@link #isSpecial}.
     */
    public byte[] bytes(int id) {
        return segmenter.bytes(checked(id));
    }

    /**
     * The text of tokens from its beginning: what they say together, special tokens their own text, U+FFFD for bytes that
     * are no characters, without the space that SentencePiece put before the first word.
     */
    public String decode(int[] ids) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int id : ids) {
            bytes.writeBytes(bytes(id));
        }
        String text = bytes.toString(StandardCharsets.UTF_8);
        boolean added = segmenter.addsSpace() && ids.length > 0 && !isSpecial(ids[0]) && text.startsWith(" ");
        return added ? text.substring(1) : text;
    }

    /** A token as the vocabulary writes it, such as {@code Ġthe} or {@code ▁the}. */
    public String piece(int id) {
        return vocabulary.tokens().get(checked(id));
    }

    /** How many tokens there are; ids are less. */
    public int size() {
        return vocabulary.size();
    }

    /** The token that begins a sequence. */
    public OptionalInt bos() {
        return role(Role.BOS);
    }

    /** The token that ends a sequence. */
    public OptionalInt eos() {
        return role(Role.EOS);
    }

    /** Whether a prompt begins with the BOS token; it then has one. */
    public boolean addsBos() {
        return addsBos;
    }

    /** Whether a text that is complete ends with the EOS token, as embedding models want it. */
    public boolean addsEos() {
        return vocabulary.flags().addsEos().orElse(false) && eos().isPresent();
    }

    /** Whether a token ends generation: of a sequence, a turn or a message. */
    public boolean endsGeneration(int id) {
        return ends.get(checked(id));
    }

    /** Whether a token marks structure and is no text for a reader: control tokens and the unknown token. */
    public boolean isSpecial(int id) {
        return hidden.get(checked(id));
    }

    /** The token with exactly this text, as the vocabulary writes it, such as {@code <|eot_id|>}. */
    public OptionalInt id(String piece) {
        Integer id = ids.get(piece);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    private OptionalInt role(Role role) {
        Integer id = vocabulary.roles().get(role);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    private int checked(int id) {
        if (id < 0 || id >= vocabulary.size()) {
            throw new PacaException("Token id " + id + " does not exist: this model's ids go from 0 to "
                    + (vocabulary.size() - 1) + ".");
        }
        return id;
    }
}
