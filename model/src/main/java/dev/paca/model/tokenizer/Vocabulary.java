package dev.paca.model.tokenizer;

import dev.paca.kv.PacaException;
import dev.paca.model.gguf.Metadata;
import dev.paca.model.gguf.Value;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a tokenizer is made of, as a GGUF's {@code tokenizer.ggml} entries have it.
 *
 * @param source what messages name, such as the file
 * @param model {@code gpt2} for byte-level BPE, {@code llama} for SentencePiece
 * @param preTokenizer how BPE cuts words; of no meaning for SentencePiece
 * @param tokens the text of each token, by id
 * @param types what each token is, as many as tokens
 * @param scores SentencePiece: how early each token is merged, as many as tokens; otherwise empty
 * @param merges BPE: two tokens with a space between, in the order in which they are merged; otherwise empty
 * @param roles ids of tokens with a role, each less than the number of tokens
 * @param flags what the file says of adding tokens and spaces
 */
public record Vocabulary(
        String source,
        String model,
        String preTokenizer,
        List<String> tokens,
        List<TokenType> types,
        float[] scores,
        List<String> merges,
        Map<Role, Integer> roles,
        Flags flags) {

    private static final String KEYS = "tokenizer.ggml.";

    /**
     * What a file may say or leave to the family's habit.
     *
     * @param addsBos whether prompts begin with the BOS token
     * @param addsEos whether texts end with the EOS token
     * @param addsSpace whether SentencePiece puts a space before the first word
     */
    public record Flags(Optional<Boolean> addsBos, Optional<Boolean> addsEos, Optional<Boolean> addsSpace) {
        /** Nothing said. */
        public static Flags none() {
            return new Flags(Optional.empty(), Optional.empty(), Optional.empty());
        }
    }

    /**
     * Checks that the parts belong together.
     *
     * @throws PacaException if they do not, naming the part
     */
    public Vocabulary {
        tokens = List.copyOf(tokens);
        types = List.copyOf(types);
        merges = List.copyOf(merges);
        roles = Map.copyOf(roles);
        int size = tokens.size();
        if (size == 0) {
            throw new PacaException(source + ": " + KEYS + "tokens is empty, but a model needs tokens. " + DAMAGED);
        }
        if (types.size() != size) {
            throw new PacaException(source + ": " + KEYS + "token_type has " + types.size() + " entries, but there are "
                    + size + " tokens. " + DAMAGED);
        }
        if (scores.length != 0 && scores.length != size) {
            throw new PacaException(source + ": " + KEYS + "scores has " + scores.length + " entries, but there are "
                    + size + " tokens. " + DAMAGED);
        }
        for (Map.Entry<Role, Integer> role : roles.entrySet()) {
            if (role.getValue() < 0 || role.getValue() >= size) {
                throw new PacaException(source + ": " + role.getKey().key() + " is " + role.getValue()
                        + ", but token ids go from 0 to " + (size - 1) + ". " + DAMAGED);
            }
        }
    }

    /** The remedy for a vocabulary that cannot be right. */
    static final String DAMAGED = "The file is damaged or was converted wrongly; download or convert it again.";

    /** Reads a model's vocabulary. */
    public static Vocabulary of(Metadata metadata) {
        String model = metadata.string(KEYS + "model");
        List<String> tokens = List.of(metadata.strings(KEYS + "tokens"));
        return new Vocabulary(
                metadata.file(),
                model,
                metadata.string(KEYS + "pre", "default"),
                tokens,
                types(metadata, tokens.size()),
                metadata.floats(KEYS + "scores", () -> new float[0]),
                List.of(metadata.strings(KEYS + "merges", () -> new String[0])),
                roles(metadata, model, tokens.size()),
                new Flags(
                        flag(metadata, "add_bos_token"),
                        flag(metadata, "add_eos_token"),
                        flag(metadata, "add_space_prefix")));
    }

    private static List<TokenType> types(Metadata metadata, int size) {
        String key = KEYS + "token_type";
        int[] numbers = metadata.ints(key, () -> new int[0]);
        List<TokenType> types = new ArrayList<>(size);
        for (int id = 0; id < numbers.length; id++) {
            types.add(TokenType.of(numbers[id], id, metadata.file()));
        }
        while (!metadata.has(key) && types.size() < size) {
            types.add(TokenType.NORMAL);
        }
        return types;
    }

    private static Map<Role, Integer> roles(Metadata metadata, String model, int size) {
        Map<Role, Integer> roles = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            Optional<Value> value = metadata.value(role.key());
            // Converters write "no such token" as −1, which an unsigned entry shows as 2³² − 1.
            boolean none = value.isEmpty() || value.get() instanceof Value.Whole whole && (int) whole.value() == -1;
            if (!none) {
                roles.put(role, metadata.integer(role.key()));
            }
        }
        if (model.equals("llama") && size > 2) {
            // SentencePiece's own numbers, which old files leave unsaid.
            roles.putIfAbsent(Role.UNKNOWN, 0);
            roles.putIfAbsent(Role.BOS, 1);
            roles.putIfAbsent(Role.EOS, 2);
        }
        return roles;
    }

    private static Optional<Boolean> flag(Metadata metadata, String name) {
        String key = KEYS + name;
        return metadata.has(key) ? Optional.of(metadata.bool(key)) : Optional.empty();
    }

    /** How many tokens there are. */
    public int size() {
        return tokens.size();
    }

    /** A token's text as UTF-8. */
    byte[] utf8(int id) {
        return tokens.get(id).getBytes(StandardCharsets.UTF_8);
    }

    /** A text for a message: quoted, control characters and lone surrogates escaped, cut to what a person reads. */
    static String shown(String text) {
        StringBuilder out = new StringBuilder("\"");
        int most = 40;
        text.codePoints().limit(most).forEach(point -> {
            if (Character.isISOControl(point) || Character.getType(point) == Character.SURROGATE) {
                out.append(String.format("\\u%04X", point));
            } else {
                out.appendCodePoint(point);
            }
        });
        return out.append(text.codePointCount(0, text.length()) > most ? "…\"" : "\"")
                .toString();
    }
}
