package dev.paca.bench.random;

import dev.paca.model.gguf.GgufWriter;
import java.util.Map;

/**
 * A vocabulary of byte-level BPE that nobody has trained: all bytes, all pairs of bytes, then pairs with one byte more. It
 * reads any text, and has as many tokens and merges as the real one, so that loading costs as much.
 */
final class SyntheticVocabulary {
    private static final int BYTES = 256;
    private static final int NORMAL = 1;
    private static final int CONTROL = 3;

    private final String[] tokens;
    private final String[] merges;
    private final int[] types;
    private final int text;

    /**
     * @param size tokens, more than 256 + {@code specials}
     * @param specials tokens of those, the last ones, that are no text
     * @param names what some of these are called, by their place among them
     */
    SyntheticVocabulary(int size, int specials, Map<Integer, String> names) {
        text = size - specials;
        tokens = new String[size];
        types = new int[size];
        merges = new String[text - BYTES];
        char next = BYTES;
        for (int b = 0; b < BYTES; b++) {
            boolean printed = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
            tokens[b] = String.valueOf(printed ? (char) b : next++);
        }
        for (int i = BYTES; i < text; i++) {
            // The first of all pairs of two bytes, or of a pair of these and a byte.
            String first = tokens[(i - BYTES) / BYTES];
            String second = tokens[(i - BYTES) % BYTES];
            tokens[i] = first + second;
            merges[i - BYTES] = first + " " + second;
        }
        for (int i = 0; i < size; i++) {
            types[i] = i < text ? NORMAL : CONTROL;
            if (i >= text) {
                int place = i - text;
                tokens[i] = names.getOrDefault(place, "<|reserved_" + place + "|>");
            }
        }
    }

    /** Writes it as llama.cpp's converter does. */
    void write(GgufWriter writer, String preTokenizer, int begin, int end, boolean addBegin) {
        writer.put("tokenizer.ggml.model", "gpt2")
                .put("tokenizer.ggml.pre", preTokenizer)
                .put("tokenizer.ggml.tokens", tokens)
                .put("tokenizer.ggml.token_type", types)
                .put("tokenizer.ggml.merges", merges)
                .put("tokenizer.ggml.bos_token_id", text + begin)
                .put("tokenizer.ggml.eos_token_id", text + end)
                .put("tokenizer.ggml.add_bos_token", addBegin);
    }
}
