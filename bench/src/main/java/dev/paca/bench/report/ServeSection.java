package dev.paca.bench.report;

import dev.paca.bench.chart.Bars;
import dev.paca.bench.chart.Chart;
import dev.paca.bench.chart.Units;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Many sessions under one limit of memory. */
final class ServeSection {
    private final List<Fact> facts;
    private final Colours colours = new Colours();

    ServeSection(Facts facts) {
        this.facts = Facts.latest(
                facts.of("serve"),
                f -> List.of(
                        f.text("machine"), f.text("model"), f.text("trace"), f.number("limitBytes"), f.text("kv")));
    }

    Optional<Section> section() {
        if (facts.isEmpty()) {
            return Optional.empty();
        }
        List<Chart> charts = new ArrayList<>();
        groups().values().forEach(group -> {
            charts.add(throughput(group));
            charts.add(firstToken(group));
        });
        return Optional.of(new Section(
                "serve",
                "Throughput under a memory limit",
                "The same requests arrive at the same times, and all caches share one limit. What a policy saves becomes"
                        + " sessions that run side by side: weights are read once for all of them.",
                charts,
                table(),
                Facts.sources(facts)));
    }

    /** The best against the dense cache, in the same memory. */
    List<Highlight> highlights() {
        List<Highlight> all = new ArrayList<>();
        for (List<Fact> group : groups().values()) {
            Optional<Fact> dense =
                    group.stream().filter(f -> f.text("kv").equals("dense")).findFirst();
            Optional<Fact> best = group.stream().max(Comparator.comparingDouble(f -> f.number("rate")));
            if (dense.isPresent() && best.isPresent() && best.get() != dense.get()) {
                double ratio = best.get().number("rate") / dense.get().number("rate");
                all.add(new Highlight(
                        String.format(Locale.ROOT, "%.2f×", ratio),
                        "the dense cache’s throughput in the same "
                                + Units.bytes(best.get().number("limitBytes")) + " of KV memory: "
                                + best.get().text("kv")));
            }
        }
        return all;
    }

    private Map<Object, List<Fact>> groups() {
        Map<Object, List<Fact>> groups = new LinkedHashMap<>();
        facts.forEach(f -> groups.computeIfAbsent(
                        List.of(f.text("machine"), f.text("model"), f.text("trace"), f.number("limitBytes")),
                        key -> new ArrayList<>())
                .add(f));
        return groups;
    }

    private Chart throughput(List<Fact> group) {
        double most = group.stream().mapToDouble(f -> f.number("rate")).max().orElse(1);
        List<Bars.Bar> bars = group.stream()
                .map(f -> new Bars.Bar(
                        f.text("kv"),
                        f.number("rate"),
                        Units.number(f.number("rate")),
                        colours.of(f.text("kv")),
                        f.text("kv") + ": " + Units.number(f.number("rate")) + " tokens/s"))
                .toList();
        return new Bars(title(group, "tokens/s"), most, bars);
    }

    private Chart firstToken(List<Fact> group) {
        double most = group.stream()
                .mapToDouble(f -> f.inner("first").number("p95"))
                .max()
                .orElse(1);
        List<Bars.Bar> bars = group.stream()
                .map(f -> {
                    double p95 = f.inner("first").number("p95");
                    return new Bars.Bar(
                            f.text("kv"),
                            p95,
                            Units.seconds(p95),
                            colours.of(f.text("kv")),
                            f.text("kv") + ": 95 of 100 requests had their first token within " + Units.seconds(p95));
                })
                .toList();
        return new Bars(title(group, "time to the first token, 95 of 100"), most, bars);
    }

    private static String title(List<Fact> group, String what) {
        Fact first = group.getFirst();
        return first.text("model") + " in " + Units.bytes(first.number("limitBytes")) + ": " + what;
    }

    private Table table() {
        List<List<String>> rows = facts.stream()
                .map(f -> List.of(
                        f.text("model"),
                        f.text("kv"),
                        Units.bytes(f.number("limitBytes")),
                        Math.round(f.number("finished")) + "/" + Math.round(f.number("requests")),
                        Units.number(f.number("rate")),
                        quantiles(f.inner("first")),
                        quantiles(f.inner("between")),
                        Units.number(f.number("mostWaiting")),
                        Units.number(f.number("preempted"))))
                .toList();
        return new Table(
                List.of(
                        "model",
                        "KV",
                        "limit",
                        "finished",
                        "tokens/s",
                        "first token: median, p95, p99",
                        "between tokens: median, p95, p99",
                        "waiting at most",
                        "preempted"),
                2,
                rows);
    }

    private static String quantiles(Fact times) {
        return Units.seconds(times.number("p50")) + ", " + Units.seconds(times.number("p95")) + ", "
                + Units.seconds(times.number("p99"));
    }
}
