package dev.paca.kv;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Policies under names that the command line, the benchmarks and the tests share. A new policy is a line here. */
public final class Presets {
    private static final Map<String, KvPolicy> ALL = all();

    private Presets() {}

    private static Map<String, KvPolicy> all() {
        Map<String, KvPolicy> presets = new LinkedHashMap<>();
        presets.put("dense", KvPolicy.DENSE);
        presets.put("dense-f32", new KvPolicy(Storage.F32, Storage.F32, 16));
        for (Selection.Method method : Selection.Method.values()) {
            if (method != Selection.Method.ALL) {
                presets.put(method.label(), KvPolicy.DENSE.with(Selection.of(method, Budget.tokens(512))));
            }
        }
        presets.put(
                "quest-progressive",
                KvPolicy.DENSE
                        .with(Selection.of(Selection.Method.QUEST_MEAN, Budget.tokens(4096)))
                        .with(new Pruning(Pruning.Method.PROGRESSIVE, 0.95)));
        presets.put(
                "quest-top-p",
                KvPolicy.DENSE
                        .with(Selection.of(Selection.Method.QUEST_MEAN, Budget.tokens(4096)))
                        .with(new Pruning(Pruning.Method.TOP_P, 0.85)));
        KvPolicy fp8 = KvPolicy.DENSE.with(Storage.FP8_E4M3, Storage.FP8_E4M3);
        presets.put("fp8", fp8);
        Selection quest = Selection.of(Selection.Method.QUEST, Budget.tokens(1024));
        presets.put("quest+fp8", fp8.with(quest));
        for (Eviction.Method method : Eviction.Method.values()) {
            if (method != Eviction.Method.NONE) {
                presets.put(method.label(), KvPolicy.DENSE.with(Eviction.of(method, Budget.tokens(2048))));
            }
        }
        Eviction snapkv = Eviction.of(Eviction.Method.SNAPKV, Budget.tokens(2048));
        presets.put("ada-snapkv", KvPolicy.DENSE.with(snapkv.withSafeguard(Eviction.USUAL_SAFEGUARD)));
        presets.put("snapkv+quest+fp8", fp8.with(quest).with(Eviction.of(Eviction.Method.SNAPKV, Budget.tokens(4096))));
        return presets;
    }

    /** The names, in the order of the tables. */
    public static List<String> names() {
        return List.copyOf(ALL.keySet());
    }

    /** @throws PacaException naming the nearest one if there is none of that name */
    public static KvPolicy named(String name) {
        return PolicyText.named(name, "KV policy", new ArrayList<>(ALL.entrySet()), Map.Entry::getKey)
                .getValue();
    }
}
