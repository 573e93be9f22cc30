package dev.paca.bench.report;

import dev.paca.model.json.Json;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Results with the questions that were put to one policy, of one task and length, as one line: a hundredth of the bytes, of
 * which a report shows the same. What is counted is a sum, what is measured a mean, and {@code counts} says of how many;
 * where several runs have asked, their commands and machines are told one after the other. Answers are lost, so
 * {@code bench quality} cannot go on from such a file.
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

    private static final Set<String> ORIGIN = Set.of("command", "machine", "jvm", "commit");

    private final Map<Map<String, Json>, Group> groups = new LinkedHashMap<>();

    /** Where the results of a line come from, and what was measured. */
    private record Group(Map<String, Set<String>> origin, Map<String, List<Json.Num>> measured) {
        Group() {
            this(new LinkedHashMap<>(), new TreeMap<>());
        }
    }

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
        Map<String, Json> same = new LinkedHashMap<>();
        Group one = new Group();
        fact.data().members().forEach((name, value) -> {
            boolean measured = !fact.has(COUNTS) && (SUMS.contains(name) || MEANS.contains(name));
            if (measured && value instanceof Json.Num number) {
                one.measured().put(name, List.of(number));
            } else if (ORIGIN.contains(name)) {
                one.origin().put(name, Set.of(fact.text(name)));
            } else if (!SINGLE.contains(name)) {
                same.put(name, value);
            }
        });
        Group all = groups.computeIfAbsent(same, k -> new Group());
        one.origin()
                .forEach((name, texts) -> all.origin()
                        .computeIfAbsent(name, k -> new LinkedHashSet<>())
                        .addAll(texts));
        one.measured()
                .forEach((name, numbers) -> all.measured()
                        .computeIfAbsent(name, k -> new ArrayList<>())
                        .addAll(numbers));
    }

    private List<Json.Obj> lines() {
        List<Json.Obj> lines = new ArrayList<>();
        groups.forEach((same, group) -> {
            Map<String, Json> members = new LinkedHashMap<>();
            members.put("kind", same.get("kind"));
            members.put("version", same.get("version"));
            group.origin().forEach((name, texts) -> members.put(name, Json.of(String.join("; ", texts))));
            members.putAll(same);
            Map<String, Json> counts = new LinkedHashMap<>();
            group.measured().forEach((name, numbers) -> {
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
