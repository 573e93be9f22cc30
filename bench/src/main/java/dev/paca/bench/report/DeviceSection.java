package dev.paca.bench.report;

import dev.paca.bench.chart.Bars;
import dev.paca.bench.chart.Chart;
import dev.paca.bench.chart.Units;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Attention and products by themselves on devices. */
final class DeviceSection {
    private final List<Fact> facts;
    private final Colours colours = new Colours();

    DeviceSection(Facts facts) {
        this.facts = Facts.latest(
                facts.of("device"),
                f -> List.of(
                        f.text("deviceName"),
                        f.text("device"),
                        f.text("part"),
                        f.text("shape"),
                        f.text("setting"),
                        f.number("depth"),
                        f.number("sequences")));
    }

    Optional<Section> section() {
        if (facts.isEmpty()) {
            return Optional.empty();
        }
        Map<String, List<Fact>> groups = new LinkedHashMap<>();
        facts.forEach(
                f -> groups.computeIfAbsent(title(f), t -> new ArrayList<>()).add(f));
        List<Chart> charts = new ArrayList<>();
        groups.forEach((title, some) -> {
            double longest =
                    some.stream().mapToDouble(f -> f.number("seconds")).max().orElse(1);
            charts.add(new Bars(
                    title + ": time of a layer",
                    longest,
                    some.stream()
                            .map(f -> bar(f, f.number("seconds"), micros(f.number("seconds")) + " µs"))
                            .toList()));
            charts.add(new Bars(
                    title + ": share of the bandwidth",
                    1,
                    some.stream()
                            .map(f -> bar(f, f.number("roofline"), Units.percent(f.number("roofline"))))
                            .toList()));
        });
        return Optional.of(new Section(
                "device",
                "Kernels on a device",
                "What a layer’s attention or products take, and what they read a second, as a share of what the device"
                        + " reads when it does nothing else. The time of a layer is that of a run of several, whole, over their number; that of"
                        + " its kernels is what the profiler sees of them one by one, and may be longer.",
                charts,
                table(),
                Facts.sources(facts)));
    }

    private static String title(Fact f) {
        // Its memory is told by some who measure, and not by others.
        String device = f.text("deviceName").replaceFirst(", \\d+ MiB$", "");
        return f.text("shape") + ": " + f.text("part") + ", " + device;
    }

    private Bars.Bar bar(Fact f, double value, String text) {
        String note = micros(f.number("seconds")) + " µs a layer, " + Units.percent(f.number("roofline")) + " of "
                + Units.bytes(f.number("bandwidth")) + "/s";
        return new Bars.Bar(name(f), value, text, colours.of(f.text("setting")), note);
    }

    private static String name(Fact f) {
        String depth = f.number("depth") == 0 ? "" : ", after " + Units.tokens(f.number("depth"));
        long sequences = Math.round(f.number("sequences"));
        return f.text("setting") + depth + (sequences == 1 ? "" : ", " + sequences + " sequences");
    }

    private Table table() {
        List<List<String>> rows = facts.stream()
                .map(f -> List.of(
                        title(f),
                        f.text("device"),
                        name(f),
                        micros(f.number("seconds"))
                                + String.format(Locale.ROOT, " ± %.0f%%", 100 * f.number("spread", 0)),
                        f.has("kernelSeconds") ? micros(f.number("kernelSeconds")) : "",
                        Units.bytes(f.number("bytes")),
                        Units.bytes(f.number("bandwidth")) + "/s",
                        Units.percent(f.number("roofline")),
                        kernels(f)))
                .toList();
        return new Table(
                List.of(
                        "what",
                        "on",
                        "setting",
                        "a layer, µs",
                        "its kernels, µs",
                        "reads",
                        "bandwidth",
                        "share",
                        "of its kernels, µs"),
                3,
                rows);
    }

    private static String kernels(Fact f) {
        return f.members("kernels").keySet().stream()
                .map(name -> name + " " + micros(f.inner("kernels").inner(name).number("seconds")))
                .collect(Collectors.joining(", "));
    }

    private static String micros(double seconds) {
        return Units.number(seconds * 1e6);
    }
}
