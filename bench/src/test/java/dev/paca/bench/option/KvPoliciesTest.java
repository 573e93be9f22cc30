package dev.paca.bench.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.Budget;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Presets;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class KvPoliciesTest {
    private final List<String> notices = new ArrayList<>();

    @Command
    static final class Measure {
        @Mixin
        KvPolicies policies = new KvPolicies();
    }

    private Map<String, KvPolicy> policies(String... args) {
        Measure measure = new Measure();
        new CommandLine(measure).parseArgs(args);
        return measure.policies.policies(notices::add);
    }

    @Test
    void isDenseWhereNothingIsSaid() {
        assertThat(policies()).containsExactly(Map.entry("dense", KvPolicy.DENSE));
    }

    @Test
    void multipliesLists() {
        Map<String, KvPolicy> all =
                policies("-ctk", "f16,int8", "-ctv", "f16,int8", "--kv-select", "all,quest:budget=64,layers=1");
        assertThat(all.keySet())
                .containsExactly(
                        "f16 all",
                        "f16 quest:budget=64,layers=1",
                        "f16/int8 all",
                        "f16/int8 quest:budget=64,layers=1",
                        "int8/f16 all",
                        "int8/f16 quest:budget=64,layers=1",
                        "int8 all",
                        "int8 quest:budget=64,layers=1");
        KvPolicy last = all.get("int8 quest:budget=64,layers=1");
        assertThat(last.k()).isEqualTo(Storage.INT8);
        assertThat(last.selection().method()).isEqualTo(Selection.Method.QUEST);
        assertThat(last.selection().budget()).isEqualTo(Budget.tokens(64));
        assertThat(last.selection().denseLayers()).isEqualTo(1);
    }

    @Test
    void replacesPartsOfPoliciesWithNames() {
        Map<String, KvPolicy> all = policies("--kv-policy", "dense,quest", "-ctk", "int8", "-ctv", "int8");
        assertThat(all.keySet()).containsExactly("int8", "quest int8");
        assertThat(all.get("quest int8").selection().method()).isEqualTo(Selection.Method.QUEST);
    }

    @Test
    void knowsAllPoliciesByName() {
        assertThat(policies("--kv-policy", "all").keySet()).containsExactlyElementsOf(Presets.names());
    }

    @Test
    void leavesOutWhatDoesNotGoTogether() {
        assertThat(policies("--kv-select", "all,quest", "--kv-mass", "none,0.95")
                        .keySet())
                .containsExactly("all none", "quest none", "quest 0.95");
        assertThat(notices).hasSize(1).first().asString().startsWith("all 0.95 is left out: ");
        assertThatThrownBy(() -> policies("--kv-mass", "0.95"))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("None of the ways");
    }

    @Test
    void refusesUnknownNames() {
        assertThatThrownBy(() -> policies("--kv-policy", "dense,qest")).hasMessageContaining("'qest'");
        assertThatThrownBy(() -> policies("-ctk", "f17")).hasMessageContaining("'f17'");
        assertThatThrownBy(() -> policies("--kv-select", "quest:budge=1")).hasMessageContaining("budge");
    }
}
