package dev.paca.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EndTokensTest {
    private static List<String> ends(Map<Role, Integer> roles, String... tokens) {
        Vocabulary vocabulary = new Vocabulary(
                "test",
                "gpt2",
                "qwen2",
                List.of(tokens),
                new ArrayList<>(Collections.nCopies(tokens.length, TokenType.CONTROL)),
                new float[0],
                List.of(),
                roles,
                Vocabulary.Flags.none());
        Map<String, Integer> ids = new HashMap<>();
        IntStream.range(0, tokens.length).forEach(id -> ids.put(tokens[id], id));
        return EndTokens.of(vocabulary, ids).stream().mapToObj(id -> tokens[id]).toList();
    }

    @Test
    void whatTheFileNamesAndWhatIsKnownByItsText() {
        assertThat(ends(
                        Map.of(Role.EOS, 1, Role.BOS, 0),
                        "<|begin_of_text|>",
                        "<|stop|>",
                        "<|eot_id|>",
                        "<|eom_id|>",
                        "x"))
                .containsExactly("<|stop|>", "<|eot_id|>", "<|eom_id|>");
        assertThat(ends(Map.of(Role.EOT, 2, Role.EOM, 0, Role.UNKNOWN, 1), "a", "b", "c"))
                .containsExactly("a", "c");
    }

    @Test
    void fillInTokensEndTooAndTheFileGoesBeforeTheText() {
        assertThat(ends(Map.of(), "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<|fim_prefix|>"))
                .containsExactly("<|fim_pad|>", "<|repo_name|>", "<|file_sep|>");
        assertThat(ends(Map.of(Role.FIM_PAD, 1), "<|fim_pad|>", "pad")).containsExactly("pad");
    }

    @Test
    void whereATurnGoesOnAfterAPartThePartsEndIsNone() {
        assertThat(ends(Map.of(), "<|end|>", "<|return|>", "<|call|>")).containsExactly("<|return|>", "<|call|>");
        assertThat(ends(Map.of(), "<|end|>", "<|return|>")).containsExactly("<|end|>", "<|return|>");
    }
}
