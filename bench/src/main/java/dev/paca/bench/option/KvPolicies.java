package dev.paca.bench.option;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Presets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** Ways to keep and to read the cache, as the product of comma lists. */
public final class KvPolicies {
    /** A comma between two policies, and not between parameters of one. */
    private static final String COMMA = ",(?![a-z]+=)";

    /** Stands for what the policy has already. */
    private static final List<String> AS_IT_IS = List.of("");

    @Option(
            names = "--kv-policy",
            split = ",",
            paramLabel = "NAME",
            defaultValue = "dense",
            description =
                    "Policies by name, such as dense,quest, or all (default ${DEFAULT-VALUE}); a wrong name lists them.")
    private List<String> presets = List.of("dense");

    @Option(
            names = {"-ctk", "--cache-type-k"},
            split = ",",
            paramLabel = "TYPE",
            description = "How keys are stored, such as f16,int8 (default: as the policy says).")
    private List<String> keys = AS_IT_IS;

    @Option(
            names = {"-ctv", "--cache-type-v"},
            split = ",",
            paramLabel = "TYPE",
            description = "How values are stored.")
    private List<String> values = AS_IT_IS;

    @Option(
            names = "--kv-select",
            split = COMMA,
            paramLabel = "NAME[:KEY=N,..]",
            description = "What decoding reads, such as all,quest:budget=512.")
    private List<String> selections = AS_IT_IS;

    @Option(
            names = "--kv-mass",
            split = ",",
            paramLabel = "SHARE",
            description = "When it has read enough, such as none,0.95.")
    private List<String> masses = AS_IT_IS;

    @Option(
            names = "--kv-evict",
            split = COMMA,
            paramLabel = "NAME[:KEY=N,..]",
            description = "Which tokens are kept, such as none,snapkv:budget=2048.")
    private List<String> evictions = AS_IT_IS;

    /**
     * The policies by their names.
     *
     * @param notice receives a sentence for a user where parts do not go together
     * @throws PacaException if a name is unknown, or nothing goes together
     */
    public Map<String, KvPolicy> policies(Consumer<String> notice) {
        Map<String, KvPolicy> all = new LinkedHashMap<>();
        for (String preset : presets.equals(List.of("all")) ? Presets.names() : presets) {
            KvPolicy named = Presets.named(preset);
            for (String k : keys) {
                for (String v : values) {
                    for (String selection : selections) {
                        for (String mass : masses) {
                            for (String eviction : evictions) {
                                add(new Parts(preset, k, v, selection, mass, eviction), named, all, notice);
                            }
                        }
                    }
                }
            }
        }
        if (all.isEmpty()) {
            throw new PacaException("None of the ways to keep the cache that were asked for can work; see above.");
        }
        return all;
    }

    private record Parts(String preset, String k, String v, String selection, String mass, String eviction) {
        /** As short as tells it from others: the policy's name, and what is not as it says. */
        String label() {
            String storage = k.equals(v) ? k : (k.isEmpty() ? "-" : k) + "/" + (v.isEmpty() ? "-" : v);
            String parts = String.join(
                    " ",
                    List.of(storage, selection, mass, eviction).stream()
                            .filter(part -> !part.isEmpty())
                            .toList());
            return parts.isEmpty() || !preset.equals("dense") ? (preset + " " + parts).strip() : parts;
        }
    }

    private static void add(Parts parts, KvPolicy named, Map<String, KvPolicy> all, Consumer<String> notice) {
        // Names are looked up before: an unknown one ends the run, and is no combination to be left out.
        var k = parts.k.isEmpty() ? named.k() : PolicyText.storage(parts.k);
        var v = parts.v.isEmpty() ? named.v() : PolicyText.storage(parts.v);
        var selection = parts.selection.isEmpty() ? named.selection() : PolicyText.selection(parts.selection);
        var mass = parts.mass.isEmpty() ? named.pruning() : PolicyText.pruning(parts.mass);
        var eviction = parts.eviction.isEmpty() ? named.eviction() : PolicyText.eviction(parts.eviction);
        try {
            all.put(parts.label(), new KvPolicy(k, v, named.pageTokens(), selection, mass, eviction));
        } catch (PacaException e) {
            notice.accept(parts.label() + " is left out: " + e.getMessage());
        }
    }
}
