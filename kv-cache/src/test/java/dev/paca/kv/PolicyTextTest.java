package dev.paca.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyTextTest {
    @Test
    void readsWhatItWrites() {
        for (String name : Presets.names()) {
            KvPolicy policy = Presets.named(name);
            assertThat(PolicyText.selection(policy.selection().toString())).isEqualTo(policy.selection());
            assertThat(PolicyText.pruning(policy.pruning().toString())).isEqualTo(policy.pruning());
        }
    }

    @Test
    void fillsInUsualParameters() {
        Selection quest = PolicyText.selection("quest:budget=5%,sinks=4");
        assertThat(quest).isEqualTo(new Selection(Selection.Method.QUEST, Budget.share(0.05), 2, 4, 0, 0));
        assertThat(quest.budget().of(1001)).isEqualTo(51);
        assertThat(PolicyText.selection("sparq:channels=8").channels()).isEqualTo(8);
        assertThat(PolicyText.pruning("0.9")).isEqualTo(new Pruning(Pruning.Method.PROGRESSIVE, 0.9));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "qest | did you mean quest?",
                "quest:budgt=5 | it has no parameter budgt, expected quest with budget, layers, sinks, window",
                "quest:budget=0 | A budget is a positive number of tokens",
                "quest:budget=-3 | A budget is a positive number of tokens",
                "quest:budget=200% | up to 100%",
                "quest:budget=many | budget=many is neither a number of tokens nor a share",
                "quest:budget=64,sinks=60,window=60 | fewer than its 60 sinks and window of 60",
                "quest:budget=64,budget=32 | budget= is given twice",
                "quest:sinks=-1 | no negative numbers",
                "quest:channels=4 | it has no parameter channels",
                "quest: | is no parameter"
            })
    void refusesWithTheRemedy(String text, String message) {
        assertThatThrownBy(() -> PolicyText.selection(text))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | over 0",
                "1.5 | over 0 and up to 1",
                "top-k:0.5 | did you mean top-p?",
                "top-p:much | expected a number"
            })
    void refusesThresholds(String text, String message) {
        assertThatThrownBy(() -> PolicyText.pruning(text))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining(message);
    }

    @Test
    void refusesCombinationsWithoutMeaning() {
        assertThatThrownBy(() -> KvPolicy.DENSE.with(new Pruning(Pruning.Method.TOP_P, 0.9)))
                .hasMessageContaining("needs a selector");
        KvPolicy tokens = KvPolicy.DENSE.with(PolicyText.selection("sparq"));
        assertThatThrownBy(() -> tokens.with(new Pruning(Pruning.Method.PROGRESSIVE, 0.9)))
                .hasMessageContaining("Use top-p:0.9");
        assertThatThrownBy(() -> PolicyText.storage("fp16")).hasMessageContaining("did you mean f16?");
        assertThatThrownBy(() -> Presets.named("quest-meen")).hasMessageContaining("did you mean quest-mean?");
    }
}
