package dev.paca.bench.report;

import dev.paca.bench.chart.Axis;
import dev.paca.bench.chart.Chart;
import dev.paca.bench.chart.Plot;
import dev.paca.bench.chart.Point;
import dev.paca.bench.chart.Series;
import dev.paca.bench.chart.Units;
import dev.paca.bench.quality.Interval;
import dev.paca.bench.task.Tasks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** Answers against bytes of the cache: what is saved, and what it costs. */
final class QualitySection {
    /** Of dense attention's answers, the share from which on a policy counts as good as that. */
    private static final double AS_GOOD = 0.95;

    /** Of a dense cache's bytes, the share below which a policy is said to hold less. */
    private static final double LESS = 0.95;

    private final List<Fact> facts;
    private final Colours colours = new Colours();
    /** Of each label: what a preset stands for may change from one build to the next. */
    private final Map<String, Set<String>> policies = new LinkedHashMap<>();

    QualitySection(Facts facts) {
        this.facts = latest(facts).stream().filter(f -> f.has("score")).toList();
        this.facts.forEach(f -> policies.computeIfAbsent(f.text("label"), k -> new LinkedHashSet<>())
                .add(policy(f)));
    }

    /** Answers, and perplexities, of which the last counts where something was measured again, on whatever machine. */
    static List<Fact> latest(Facts facts) {
        return Facts.latest(
                facts.of("quality"),
                f -> List.of(
                        f.text("model"),
                        f.text("question"),
                        f.text("task"),
                        f.number("length"),
                        f.number("seed", -1),
                        f.number("script", -1),
                        f.number("turn"),
                        f.text("label"),
                        policy(f),
                        form(f)));
    }

    /** A policy's label without its budget. */
    static String family(String label) {
        return label.replaceAll(" [0-9.]+%?(?= |$)", "");
    }

    /** Which texts and questions a seed has given: results of before they were counted have the first form. */
    private static double form(Fact fact) {
        return fact.number("form", 1);
    }

    /** What its label stands for, where a result says it. */
    private static String policy(Fact fact) {
        return fact.has("policy") ? fact.text("policy") : "";
    }

    /** What is compared: one model, texts of one length and form, questions asked in one way. */
    private record Field(String model, double length, String question, double form) {
        String title() {
            return model + ", " + Units.number(length) + " tokens"
                    + (question.equals("decode") ? "" : ", question in the " + question)
                    + (form == Tasks.FORM ? "" : ", texts of form " + Units.number(form));
        }
    }

    /** The answers of one policy in a field. */
    private record Entry(String label, List<Fact> facts) {
        double accuracy() {
            return right() / asked();
        }

        int asked() {
            return (int)
                    facts.stream().mapToDouble(f -> Totals.count(f, "score")).sum();
        }

        double right() {
            return sum("score");
        }

        double sum(String name) {
            return facts.stream().mapToDouble(f -> f.number(name, 0)).sum();
        }

        double held() {
            return sum("heldBytes") / sum("denseBytes");
        }

        double read() {
            return sum("readBytes") / sum("denseReadBytes");
        }

        boolean oracle() {
            return label.startsWith("oracle");
        }

        /** The label without its budget: what a line connects. */
        String family() {
            return QualitySection.family(label);
        }

        Set<String> tasks() {
            return facts.stream().map(f -> f.text("task")).collect(Collectors.toSet());
        }

        double accuracy(String task) {
            return new Entry(
                            label,
                            facts.stream()
                                    .filter(f -> f.text("task").equals(task))
                                    .toList())
                    .accuracy();
        }

        /** Of a measure that not every result has. */
        String mean(String name, boolean percent) {
            double count = 0;
            double sum = 0;
            for (Fact f : facts) {
                count += Totals.count(f, name);
                sum += Totals.count(f, name) * f.number(name, 0);
            }
            double mean = sum / count;
            return Double.isNaN(mean) ? "" : percent ? Units.percent(mean) : String.format(Locale.ROOT, "%.4f", mean);
        }
    }

    Optional<Section> section() {
        if (facts.isEmpty()) {
            return Optional.empty();
        }
        List<Chart> charts = new ArrayList<>();
        fields().forEach((field, all) -> {
            List<Entry> entries = askedAlike(all);
            charts.add(chart(field.title() + ": cache read", "KV bytes read, of dense F16", entries, Entry::read));
            // What only selects holds everything: all of that would lie on one vertical line.
            List<Entry> smaller = entries.stream()
                    .filter(e -> e.held() < LESS || e.label.equals("dense"))
                    .toList();
            if (smaller.size() > 1) {
                charts.add(chart(field.title() + ": cache held", "KV bytes held, of dense F16", smaller, Entry::held));
            }
        });
        return Optional.of(new Section(
                "quality",
                "Answers against KV bytes",
                "Questions about long texts, and the share that each policy answers rightly, over what it holds and reads of"
                        + " the KV cache. Up and to the left is better; a line goes through the budgets of one policy. Oracles,"
                        + " dashed, read what really gets most attention: no method can choose better. The bars are 95 percent"
                        + " confidence intervals. A policy that was asked fewer kinds of questions is in the table only.",
                charts,
                table(),
                Facts.sources(facts)));
    }

    /** Those that were asked all kinds of questions that any was: some are easier than others. */
    private static List<Entry> askedAlike(List<Entry> entries) {
        int most = entries.stream().mapToInt(e -> e.tasks().size()).max().orElse(0);
        return entries.stream().filter(e -> e.tasks().size() == most).toList();
    }

    /** The least that is read with answers as good as dense attention's. */
    List<Highlight> highlights() {
        List<Highlight> all = new ArrayList<>();
        fields().forEach((field, entries) -> {
            Optional<Entry> dense =
                    entries.stream().filter(e -> e.label.equals("dense")).findFirst();
            if (dense.isPresent()) {
                entries.stream()
                        // A run that was stopped may have asked some policies less than others.
                        .filter(e -> e.asked() == dense.get().asked())
                        .filter(e -> !e.oracle()
                                && e.accuracy() >= AS_GOOD * dense.get().accuracy())
                        .min(Comparator.comparingDouble(Entry::read))
                        .filter(e -> e != dense.get())
                        .ifPresent(e -> all.add(new Highlight(
                                Units.percent(e.read()),
                                String.format(
                                        Locale.ROOT,
                                        "of the KV bytes read, for %.0f of %d answers where dense attention has %.0f: %s, %s",
                                        e.right(),
                                        e.asked(),
                                        dense.get().right(),
                                        e.label,
                                        field.title()))));
            }
        });
        // The longest texts say most.
        return all.isEmpty() ? all : List.of(all.getLast());
    }

    /** A policy's label, and all that it is where results under that label come from several. */
    private String label(Fact fact) {
        String label = fact.text("label");
        return policies.getOrDefault(label, Set.of()).size() < 2 ? label : label + " (" + policy(fact) + ")";
    }

    private Map<Field, List<Entry>> fields() {
        Map<Field, Map<String, List<Fact>>> grouped = new LinkedHashMap<>();
        for (Fact f : facts) {
            String model = f.text("model").replaceFirst("(-[0-9a-f]{8})?\\.gguf$", "");
            grouped.computeIfAbsent(
                            new Field(model, f.number("length"), f.text("question"), form(f)),
                            k -> new LinkedHashMap<>())
                    .computeIfAbsent(label(f), k -> new ArrayList<>())
                    .add(f);
        }
        Map<Field, List<Entry>> fields = new LinkedHashMap<>();
        grouped.forEach((field, entries) -> fields.put(
                field,
                entries.entrySet().stream()
                        .map(e -> new Entry(e.getKey(), e.getValue()))
                        .toList()));
        return fields;
    }

    private Chart chart(String title, String axis, List<Entry> entries, ToDoubleFunction<Entry> share) {
        Map<String, List<Entry>> families = new LinkedHashMap<>();
        entries.forEach(e ->
                families.computeIfAbsent(e.family(), k -> new ArrayList<>()).add(e));
        List<Series> series = new ArrayList<>();
        families.forEach((family, members) -> series.add(new Series(
                family,
                colours.of(family),
                members.getFirst().oracle(),
                members.stream()
                        .sorted(Comparator.comparingDouble(share))
                        .map(e -> point(e, share.applyAsDouble(e)))
                        .toList())));
        double least = entries.stream().mapToDouble(share).min().orElse(1);
        double most = entries.stream().mapToDouble(share).max().orElse(1);
        return new Plot(
                title,
                new Axis.Logarithmic(axis, Math.min(least, 0.5) * 0.9, Math.max(most, 1) * 1.05, Units::percent),
                new Axis.Linear("right answers", 1, 0.25, Units::percent),
                series);
    }

    private static Point point(Entry e, double share) {
        Interval interval = Interval.of(e.right(), e.asked());
        String note = String.format(
                Locale.ROOT, "%s: %.0f of %d answers, %s", e.label, e.right(), e.asked(), Units.percent(share));
        return new Point(share, e.accuracy(), interval.low(), interval.high(), note);
    }

    private Table table() {
        Set<String> tasks = new LinkedHashSet<>();
        facts.forEach(f -> tasks.add(f.text("task")));
        List<String> headings = new ArrayList<>(List.of("policy", "asked of", "right", "95%"));
        headings.addAll(tasks);
        headings.addAll(List.of("held", "read", "KL", "recall", "mass", "error"));
        List<List<String>> rows = new ArrayList<>();
        fields().forEach((field, entries) -> {
            for (Entry e : entries) {
                Interval interval = Interval.of(e.right(), e.asked());
                List<String> row = new ArrayList<>(List.of(
                        e.label, field.title(), Units.number(e.right()) + "/" + e.asked(), interval.toString()));
                tasks.forEach(task -> row.add(Double.isNaN(e.accuracy(task)) ? "" : Units.percent(e.accuracy(task))));
                row.addAll(List.of(
                        Units.percent(e.held()),
                        Units.percent(e.read()),
                        e.mean("divergence", false),
                        e.mean("recall", true),
                        e.mean("mass", true),
                        e.mean("error", true)));
                rows.add(row);
            }
        });
        return new Table(headings, 2, rows);
    }
}
