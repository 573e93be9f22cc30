package dev.paca.bench.report;

import dev.paca.bench.chart.Bars;
import dev.paca.bench.chart.Chart;
import dev.paca.bench.chart.Units;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** How near decoding and kernels come to what memory gives. */
final class RooflineSection {
    private final List<Fact> speed;
    private final List<Fact> kernels;
    private final Colours colours = new Colours();

    RooflineSection(Facts facts) {
        this.speed = Facts.latest(
                facts.of("speed").stream().filter(f -> f.has("roofline")).toList(),
                f -> List.of(
                        f.text("machine"),
                        f.text("model"),
                        f.text("device"),
                        f.number("threads"),
                        f.text("kv"),
                        f.number("depth"),
                        f.number("sequences", 1),
                        f.has("greedy")));
        this.kernels = Facts.latest(
                facts.of("jmh").stream().filter(f -> f.has("roofline")).toList(),
                f -> List.of(f.text("machine"), f.text("benchmark"), f.text("parameters")));
    }

    Optional<Section> section() {
        List<Fact> all = new ArrayList<>(speed);
        all.addAll(kernels);
        if (all.isEmpty()) {
            return Optional.empty();
        }
        List<Chart> charts = new ArrayList<>();
        grouped(speed, f -> f.text("model") + ": decoding" + on(f))
                .forEach((title, facts) -> charts.add(chart(title, facts, RooflineSection::cache)));
        grouped(kernels, f -> f.text("benchmark") + on(f))
                .forEach((name, facts) -> charts.add(chart(name, facts, f -> f.text("parameters"))));
        return Optional.of(new Section(
                "roofline",
                "Share of the roofline",
                "Decoding reads every weight and a part of the cache for each token, so memory is its limit. The bars show"
                        + " what it reads a second, as a share of what the same threads get when they do nothing but read.",
                charts,
                table(all),
                Facts.sources(all)));
    }

    /** Where it was measured, where that is not the same for all. */
    private String on(Fact fact) {
        boolean devices = speed.stream().map(f -> f.text("device")).distinct().count() > 1;
        long machines = Stream.concat(speed.stream(), kernels.stream())
                .map(f -> f.text("machine"))
                .distinct()
                .count();
        return (devices && fact.has("device") ? ", " + fact.text("device") : "")
                + (machines > 1 ? ", " + fact.text("machine") : "");
    }

    private static Map<String, List<Fact>> grouped(List<Fact> facts, Function<Fact, String> by) {
        Map<String, List<Fact>> groups = new LinkedHashMap<>();
        facts.forEach(
                f -> groups.computeIfAbsent(by.apply(f), n -> new ArrayList<>()).add(f));
        return groups;
    }

    private Chart chart(String title, List<Fact> facts, Function<Fact, String> name) {
        List<Bars.Bar> bars = facts.stream()
                .map(f -> new Bars.Bar(
                        name.apply(f),
                        f.number("roofline"),
                        Units.percent(f.number("roofline")),
                        colours.of(f.has("kv") ? f.text("kv") : f.text("benchmark")),
                        Units.percent(f.number("roofline")) + " of " + Units.bytes(f.number("bandwidth")) + "/s"))
                .toList();
        return new Bars(title, 1, bars);
    }

    /** A cache, and how much of it there is. */
    private static String cache(Fact f) {
        String sequences = f.number("sequences", 1) == 1 ? "" : Math.round(f.number("sequences")) + " sequences ";
        return f.text("kv") + (f.has("greedy") ? ", greedy, " : ", ") + sequences + "after "
                + Units.tokens(f.number("depth"));
    }

    private Table table(List<Fact> all) {
        List<List<String>> rows = all.stream()
                .map(f -> {
                    boolean kernel = f.kind().equals("jmh");
                    return List.of(
                            (kernel ? f.text("benchmark") : f.text("model")) + on(f),
                            kernel ? f.text("parameters") : cache(f),
                            Units.bytes(f.number("roofline") * f.number("bandwidth")) + "/s",
                            Units.bytes(f.number("bandwidth")) + "/s",
                            Units.percent(f.number("roofline")));
                })
                .toList();
        return new Table(List.of("what", "setting", "read", "bandwidth", "share"), 2, rows);
    }
}
