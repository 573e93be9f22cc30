package dev.paca.bench.report;

import dev.paca.model.json.Json;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Results with the questions that one run has put to one policy, of one task and length, as one line: a hundredth of the
 * bytes, of which a report shows the same. What is counted is a sum, what is measured a mean, and {@code counts} says of
 * how many. Answers are lost, so {@code bench quality} cannot go on from such a file.
 */
final class Totals {
    private static final String COUNTS = "counts";
    private static final MathContext DIGITS = new MathContext(6);

    /** Of single questions; a line stands for many. */
    private static final Set<String> SINGLE = Set.of("seed", "script", "answer", "expected");

    private static final Set<String> SUMS =
            Set.of("score", "tokens", "heldBytes", "denseBytes", "readBytes", "denseReadBytes");
    private static final Set<String> MEANS =
            Set.of("divergence", "alike", "surprise", "recall", "mass", "error", "secondsPerToken", "prefillSeconds");

    private final Map<Map<String, Json>, Map<String, List<Json.Num>>> groups = new LinkedHashMap<>();

    /** Lines of all results; those of other commands than {@code quality} as they were. */
    static List<Json.Obj> of(Facts facts) {
        Totals totals = new Totals();
        QualitySection.latest(facts).forEach(totals::add);
        List<Json.Obj> lines = new ArrayList<>(totals.lines());
        facts.all().stream()
                .filter(f -> !f.kind().equals("quality"))
                .map(Fact::data)
                .forEach(lines::add);
        return lines;
    }

    /** How many results a result's {@code name} stands for. */
    static double count(Fact fact, String name) {
        return !fact.has(name) ? 0 : fact.has(COUNTS) ? fact.inner(COUNTS).number(name, 0) : 1;
    }

    private void add(Fact fact) {
        if (fact.has(COUNTS)) {
            groups.put(fact.data().members(), Map.of());
            return;
        }
        Map<String, Json> same = new LinkedHashMap<>();
        Map<String, Json.Num> measured = new LinkedHashMap<>();
        fact.data().members().forEach((name, value) -> {
            if (value instanceof Json.Num number && (SUMS.contains(name) || MEANS.contains(name))) {
                measured.put(name, number);
            } else if (!SINGLE.contains(name)) {
                same.put(name, value);
            }
        });
        Map<String, List<Json.Num>> group = groups.computeIfAbsent(same, k -> new TreeMap<>());
        measured.forEach((name, number) ->
                group.computeIfAbsent(name, k -> new ArrayList<>()).add(number));
    }

    private List<Json.Obj> lines() {
        List<Json.Obj> lines = new ArrayList<>();
        groups.forEach((same, measured) -> {
            Map<String, Json> members = new LinkedHashMap<>(same);
            Map<String, Json> counts = new LinkedHashMap<>();
            measured.forEach((name, numbers) -> {
                double sum = numbers.stream().mapToDouble(Json.Num::toDouble).sum();
                members.put(name, SUMS.contains(name) ? number(sum) : rounded(sum / numbers.size()));
                counts.put(name, Json.of(numbers.size()));
            });
            if (!counts.isEmpty()) {
                members.put(COUNTS, new Json.Obj(counts));
            }
            lines.add(new Json.Obj(members));
        });
        return lines;
    }

    private static Json number(double sum) {
        return sum == Math.rint(sum) ? Json.of((long) sum) : rounded(sum);
    }

    private static Json rounded(double mean) {
        return Json.of(new BigDecimal(mean).round(DIGITS).doubleValue());
    }
}
