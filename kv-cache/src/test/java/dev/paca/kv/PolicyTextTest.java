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
            assertThat(PolicyText.eviction(policy.eviction().toString())).isEqualTo(policy.eviction());
        }
    }

    @Test
    void fillsInUsualParameters() {
        Selection quest = PolicyText.selection("quest:budget=5%,sinks=4");
        assertThat(quest)
                .isEqualTo(new Selection(Selection.Method.QUEST, Budget.share(0.05), Selection.A_SIXTEENTH, 4, 0, 0));
        assertThat(quest.budget().of(1001)).isEqualTo(51);
        assertThat(new int[] {quest.dense(32), quest.dense(16), quest.dense(15)})
                .containsExactly(2, 1, 0);
        assertThat(PolicyText.selection("sparq:channels=8").channels()).isEqualTo(8);
        assertThat(PolicyText.eviction("snapkv"))
                .isEqualTo(new Eviction(
                        Eviction.Method.SNAPKV, Budget.tokens(2048), 0, 32, 0, 5, Eviction.Pool.AVG, 0, 1));
        assertThat(PolicyText.eviction("h2o:budget=100").window()).isEqualTo(50);
        assertThat(PolicyText.eviction("ada-h2o:budget=7%").safeguard()).isEqualTo(0.2);
        assertThat(PolicyText.eviction("snapkv:budget=9,window=3").window()).isEqualTo(3);
        assertThat(PolicyText.eviction("tova:every=1").every()).isEqualTo(1);
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
                "quest:budget=64,sinks=2147483647,window=2147483647 | fewer than its 2147483647 sinks",
                "quest:budget=64,budget=32 | budget= is given twice",
                "QUEST | did you mean quest?",
                "snapkv:budget=64 | There is no selection 'snapkv', which is an eviction",
                "sparq:channels=0 | Use channels=1 or more",
                "double-sparsity:channels=0 | Use channels=1 or more",
                "quest:sinks=-1 | no negative numbers",
                "quest:layers=-1 | layers=-1 is negative",
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
                "snapvk | did you mean snapkv?",
                "ada-none | cannot have budgets of their own",
                "streaming | which is a selection; did you mean streaming-llm?",
                "snapkv:budget=31 | fewer than its 0 sinks and window of 32",
                "h2o:budget=40,sinks=30,window=30 | fewer than its 30 sinks and window of 30",
                "h2o:budget=0 | A budget is a positive number of tokens",
                "h2o:budget=-5 | A budget is a positive number of tokens",
                "h2o:budget=101% | up to 100%",
                "h2o:budget=99999999999 | is neither a number of tokens nor a share",
                "h2o:every=0 | Use every=1 or more",
                "tova:sinks=-1 | takes no negative numbers",
                "snapkv:every=4 | it has no parameter every",
                "snapkv:kernel=4 | an odd kernel=",
                "snapkv:window=0 | window= 1 to 4096",
                "snapkv:pool=sum | There is no pool 'sum'; did you mean",
                "scissorhands:history=0 | history= 1 to 4096",
                "ada-tova | cannot have budgets of their own",
                "ada-streaming-llm | Leave out ada-",
                "ada-snapkv:safeguard=1.5 | from 0 to 1",
                "ada-snapkv:safeguard=much | is not a number",
                "h2o:budget=64,sinks=2147483647,window=2147483647 | fewer than its"
            })
    void refusesEvictions(String text, String message) {
        assertThatThrownBy(() -> PolicyText.eviction(text))
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
    void readsSeveralPartsAtOnce() {
        KvPolicy base = new KvPolicy(Storage.F32, Storage.F16, 32);
        assertThat(PolicyText.policy("quest:budget=512", base))
                .isEqualTo(base.with(PolicyText.selection("quest:budget=512")));
        KvPolicy several = PolicyText.policy("quest:budget=1024 + ada-snapkv:budget=4096 + fp8_e4m3 + top-p:0.9", base);
        assertThat(several)
                .isEqualTo(new KvPolicy(
                        Storage.FP8_E4M3,
                        Storage.FP8_E4M3,
                        32,
                        PolicyText.selection("quest:budget=1024"),
                        PolicyText.pruning("top-p:0.9"),
                        PolicyText.eviction("ada-snapkv:budget=4096")));

        assertThat(PolicyText.policy("none", several).eviction()).isEqualTo(Eviction.NONE);
        KvPolicy preset = Presets.named("snapkv+quest+fp8");
        assertThat(PolicyText.policy("snapkv+quest+fp8", base))
                .isEqualTo(new KvPolicy(
                        preset.k(), preset.v(), 32, preset.selection(), preset.pruning(), preset.eviction()));
        assertThatThrownBy(() -> PolicyText.policy("quest+snapvk:budget=2", base))
                .hasMessageContaining("no part of a KV policy 'snapvk'; did you mean snapkv?");
        assertThatThrownBy(() -> PolicyText.policy("quest:budget=512+", base))
                .hasMessageContaining("no part of a KV policy ''");
        assertThatThrownBy(() -> PolicyText.policy("snapkv + fp8_e4m3 + h2o:budget=64", base))
                .hasMessageContaining("more than one eviction, found h2o besides");
        assertThatThrownBy(() -> PolicyText.policy("fp8_e4m3+f16", base)).hasMessageContaining("more than one storage");
    }

    @Test
    void refusesShapesThatNoModelHas() {
        assertThatThrownBy(() -> new KvShape(1 << 20, 64, 8, 128)).hasMessageContaining("1048576 layers");
        assertThatThrownBy(() -> new KvShape(2, 3, 2, 64)).hasMessageContaining("found 3 and 2");
        assertThat(new KvShape(126, 128, 8, 128).group()).isEqualTo(16);
    }

    @Test
    void refusesCombinationsWithoutMeaning() {
        assertThatThrownBy(() -> KvPolicy.DENSE.with(new Pruning(Pruning.Method.TOP_P, 0.9)))
                .hasMessageContaining("needs a selector");
        KvPolicy tokens = KvPolicy.DENSE.with(PolicyText.selection("sparq"));
        assertThatThrownBy(() -> tokens.with(new Pruning(Pruning.Method.PROGRESSIVE, 0.9)))
                .hasMessageContaining("Use top-p:0.9");
        KvPolicy small = KvPolicy.DENSE.with(PolicyText.eviction("h2o:budget=512,every=8"));
        assertThatThrownBy(() -> small.with(PolicyText.selection("quest:budget=520")))
                .hasMessageContaining("never holds more than 520");
        assertThat(small.with(PolicyText.selection("quest:budget=256"))).isNotNull();
        assertThatThrownBy(() -> PolicyText.storage("fp16")).hasMessageContaining("did you mean f16?");
        assertThatThrownBy(() -> Presets.named("quest-meen")).hasMessageContaining("did you mean quest-mean?");
    }

    @Test
    void aPolicyReadsLikeItsFlags() {
        assertThat(KvPolicy.DENSE).hasToString("-ctk f16 -ctv f16 --kv-page 16");
        assertThat(PolicyText.policy("quest:budget=64+progressive:0.9+snapkv:budget=512+fp8_e4m3", KvPolicy.DENSE))
                .hasToString("-ctk fp8_e4m3 -ctv fp8_e4m3 --kv-page 16"
                        + " --kv-select quest:budget=64,sinks=0,window=0 --kv-mass progressive:0.9"
                        + " --kv-evict snapkv:budget=512,sinks=0,window=32,kernel=5,pool=avg");
    }
}
