package dev.paca.bench.quality;

import dev.paca.model.json.Json;
import java.util.ArrayList;
import java.util.List;

/** Results as tables in Markdown, one for each length and turn. */
final class Table {
    private final List<Json.Obj> results;
    private final List<Contestant> contestants;

    Table(List<Json.Obj> results, List<Contestant> contestants) {
        this.results = results;
        this.contestants = contestants;
    }

    /** The lines of a table: a policy a row, a task a column, and what it cost. */
    List<String> lines(List<String> tasks, int length, int turn) {
        List<Json.Obj> here = results.stream()
                .filter(r ->
                        Json.of(length).equals(r.get("length")) && Json.of(turn).equals(r.get("turn")))
                .toList();
        List<String> lines = new ArrayList<>();
        lines.add("| policy | " + String.join(" | ", tasks)
                + " | all | beside dense | held | read | ms a token | KL | top " + dev.paca.kv.host.AttentionProbe.TOP
                + " | mass | error |");
        lines.add("|---|" + "---:|".repeat(tasks.size() + 10));
        Row dense = row(here, Contestant.DENSE);
        for (Contestant contestant : contestants) {
            Row all = row(here, contestant);
            if (all.results().isEmpty()) {
                continue;
            }
            List<String> cells = new ArrayList<>(List.of(contestant.label()));
            for (String task : tasks) {
                cells.add(new Row(all.results().stream()
                                .filter(r -> Json.of(task).equals(r.get("task")))
                                .toList())
                        .score());
            }
            Row asked = new Row(
                    all.results().stream().filter(r -> r.get("score") != null).toList());
            cells.addAll(List.of(
                    asked.score(),
                    asked.against(dense),
                    all.held(),
                    all.read(),
                    all.time(),
                    all.divergence(),
                    all.recall(),
                    all.mass(),
                    all.error()));
            lines.add("| " + String.join(" | ", cells) + " |");
        }
        return lines;
    }

    private static Row row(List<Json.Obj> results, Contestant contestant) {
        Json policy = Json.of(contestant.policy().toString());
        return new Row(
                results.stream().filter(r -> policy.equals(r.get("policy"))).toList());
    }
}
