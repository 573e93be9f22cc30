package dev.paca.model.tokenizer;

import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which tokens end what a model generates. Files name one or two; models are trained with more, so those that are known
 * by their text count too, as in llama.cpp.
 */
final class EndTokens {
    private static final Set<String> ENDS = Set.of(
            "</s>",
            "<eos>",
            "<|end_of_text|>",
            "<|endoftext|>",
            "<|eot_id|>",
            "<|eom_id|>",
            "<|im_end|>",
            "<|end|>",
            "<|return|>",
            "<|call|>",
            "<|calls|>",
            "<|flush|>",
            "<end_of_turn>",
            "<turn|>",
            "<|tool_response>",
            "<end_of_utterance>",
            "<EOT>",
            "_<EOT>",
            "[EOT]",
            "[EOS]",
            "[e~[",
            "<｜end▁of▁sentence｜>");

    /** Texts of a role's token, where the file does not name it; the first that the vocabulary has counts. */
    private static final Map<Role, List<String>> BY_TEXT = Map.of(
            Role.FIM_PAD, List.of("<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"),
            Role.FIM_REPOSITORY, List.of("<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"),
            Role.FIM_SEPARATOR, List.of("<|file_sep|>"));

    private static final Set<String> TEXTS = Stream.concat(
                    ENDS.stream(), BY_TEXT.values().stream().flatMap(List::stream))
            .collect(Collectors.toUnmodifiableSet());

    private EndTokens() {}

    /** Ids of all tokens that end generation. */
    static BitSet of(Vocabulary vocabulary, Map<String, Integer> ids) {
        BitSet ends = new BitSet(vocabulary.size());
        vocabulary.roles().forEach((role, id) -> {
            if (role != Role.BOS && role != Role.UNKNOWN) {
                ends.set(id);
            }
        });
        for (String text : ENDS) {
            set(ends, ids.get(text));
        }
        BY_TEXT.forEach((role, texts) -> {
            if (!vocabulary.roles().containsKey(role)) {
                texts.stream().filter(ids::containsKey).findFirst().ifPresent(text -> set(ends, ids.get(text)));
            }
        });
        // In these families the turn goes on after a part's <|end|>, and </s> is a word like others.
        boolean parts = ids.containsKey("<|return|>") && ids.containsKey("<|call|>")
                || ids.containsKey("<|flush|>") && (ids.containsKey("<|calls|>") || ids.containsKey("<|call|>"));
        if (parts && ids.containsKey("<|end|>")) {
            ends.clear(ids.get("<|end|>"));
        }
        if (ids.containsKey("<|tool_response>") && ids.containsKey("</s>")) {
            ends.clear(ids.get("</s>"));
        }
        return ends;
    }

    /** Whether a token is known as an end by its text, which makes it a control token whatever its type says. */
    static boolean byText(String text) {
        return TEXTS.contains(text);
    }

    private static void set(BitSet ends, @Nullable Integer id) {
        if (id != null) {
            ends.set(id);
        }
    }
}
