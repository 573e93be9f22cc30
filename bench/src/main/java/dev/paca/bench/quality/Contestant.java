package dev.paca.bench.quality;

import dev.paca.kv.Budget;
import dev.paca.kv.Eviction;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Presets;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A policy that is measured.
 *
 * @param preset the name it came from
 * @param label the name in the table: preset, budget and storage, as far as they were asked for
 * @param policy what it is
 */
record Contestant(String preset, String label, KvPolicy policy) {
    /** What others are compared with: everything kept in F16 and read. */
    static final Contestant DENSE = new Contestant("dense", "dense", KvPolicy.DENSE);

    /**
     * Every preset at every budget in every storage; what comes twice is measured once.
     *
     * @param presets names, or {@code all}
     * @param budgets tokens, for presets that have a budget; empty for their own
     * @param types storages of keys and values; empty for their own
     * @param notice receives a sentence where a policy cannot have a budget, and is left out with it
     * @throws PacaException if a name is unknown
     */
    static List<Contestant> all(
            List<String> presets, List<Integer> budgets, List<String> types, Consumer<String> notice) {
        List<String> names = presets.contains("all") ? Presets.names() : presets;
        budgets.stream().filter(b -> b < 1).findFirst().ifPresent(b -> {
            throw new PacaException("--budgets are positive numbers of tokens, found " + b + ".");
        });
        Map<KvPolicy, Contestant> found = new LinkedHashMap<>();
        for (String type : types.isEmpty() ? List.of("") : types) {
            for (String name : names) {
                KvPolicy usual = Presets.named(name);
                if (!type.isEmpty()) {
                    Storage storage = PolicyText.storage(type);
                    usual = usual.with(storage, storage);
                }
                for (int budget : budgets.isEmpty() || !hasBudget(usual) ? List.of(0) : budgets) {
                    try {
                        KvPolicy policy = at(usual, budget);
                        String label = String.join(
                                " ",
                                Stream.of(name, label(policy), type)
                                        .filter(part -> !part.isEmpty())
                                        .toList());
                        found.putIfAbsent(policy, new Contestant(name, label, policy));
                    } catch (PacaException e) {
                        notice.accept(name + " is left out at a budget of " + budget + ": " + e.getMessage());
                    }
                }
            }
        }
        return new ArrayList<>(found.values());
    }

    private static boolean hasBudget(KvPolicy policy) {
        return policy.selection().method() != Selection.Method.ALL
                || !policy.eviction().isOff();
    }

    /** What is read counts; where everything is read, what is kept. */
    private static String label(KvPolicy policy) {
        if (!hasBudget(policy)) {
            return "";
        }
        boolean reads = policy.selection().method() != Selection.Method.ALL;
        return (reads ? policy.selection().budget() : policy.eviction().budget()).toString();
    }

    private static KvPolicy at(KvPolicy usual, int budget) {
        if (budget == 0) {
            return usual;
        }
        if (usual.selection().method() != Selection.Method.ALL) {
            return usual.with(Selection.of(usual.selection().method(), Budget.tokens(budget)));
        }
        Eviction eviction = usual.eviction();
        return usual.with(Eviction.of(eviction.method(), Budget.tokens(budget)).withSafeguard(eviction.safeguard()));
    }
}
