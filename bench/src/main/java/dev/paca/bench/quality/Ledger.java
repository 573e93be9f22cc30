package dev.paca.bench.quality;

import dev.paca.bench.result.Origin;
import dev.paca.bench.result.ResultFile;
import dev.paca.model.json.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What has been measured, in this run and, where there is a file, in those before it. */
final class Ledger {
    /** The kind of our results. */
    static final String KIND = "quality";

    private final @Nullable ResultFile file;
    private final Origin origin;
    private final Map<String, Json> setting;
    private final List<Json.Obj> results = new ArrayList<>();
    private final Set<List<Json>> known = new HashSet<>();

    /** Members that tell one measurement from all others, the setting's aside. */
    private static final List<String> IDENTITY = List.of("task", "length", "seed", "script", "turn", "policy");

    /**
     * @param setting what is the same for the whole run, and must be the same for results to be gone on with: the model,
     *     say
     * @param notice receives a sentence where a file has others
     */
    Ledger(@Nullable ResultFile file, Origin origin, Map<String, Json> setting, Consumer<String> notice) {
        this.file = file;
        this.origin = origin;
        this.setting = setting;
        if (file != null) {
            List<Json.Obj> all = file.results().stream()
                    .filter(r -> Json.of(KIND).equals(r.get("kind")))
                    .toList();
            all.stream()
                    .filter(r -> setting.entrySet().stream()
                            .allMatch(e -> e.getValue().equals(r.get(e.getKey()))))
                    .forEach(this::take);
            if (results.size() < all.size()) {
                notice.accept(
                        (all.size() - results.size()) + " of the file's answers are to other questions: of another "
                                + String.join(", ", setting.keySet()) + ". They stay, and are left out here.");
            }
        }
    }

    private void take(Json.Obj result) {
        results.add(result);
        known.add(identity(result.members()));
    }

    private static List<Json> identity(Map<String, Json> members) {
        return IDENTITY.stream()
                .map(name -> members.getOrDefault(name, Json.Null.NULL))
                .toList();
    }

    /** Whether a policy's answer is known. */
    boolean has(String task, int length, long seed, int script, int turn, Contestant contestant) {
        return known.contains(identity(asked(task, length, seed, script, turn, contestant)));
    }

    private static Map<String, Json> asked(
            String task, int length, long seed, int script, int turn, Contestant contestant) {
        Map<String, Json> members = new LinkedHashMap<>();
        members.put("task", Json.of(task));
        members.put("length", Json.of(length));
        members.put("seed", Json.of(seed));
        members.put("script", Json.of(script));
        members.put("turn", Json.of(turn));
        members.put("label", Json.of(contestant.label()));
        members.put("policy", Json.of(contestant.policy().toString()));
        return members;
    }

    /** Keeps an outcome, unless it is known: a first answer is given again where only the second was missing. */
    void add(Script.Text text, Outcome outcome) {
        int number = text.number(outcome.script());
        if (has(text.task(), text.length(), text.seed(), number, outcome.turn(), outcome.contestant())) {
            return;
        }
        Map<String, Json> members = new LinkedHashMap<>(setting);
        members.putAll(asked(text.task(), text.length(), text.seed(), number, outcome.turn(), outcome.contestant()));
        members.putAll(outcome.members());
        take(file == null ? new Json.Obj(members) : file.add(KIND, origin, members));
    }

    /** All that is known under this setting. */
    List<Json.Obj> results() {
        return results;
    }
}
