package dev.paca.bench.report;

import dev.paca.bench.chart.Axis;
import dev.paca.bench.chart.Chart;
import dev.paca.bench.chart.Plot;
import dev.paca.bench.chart.Point;
import dev.paca.bench.chart.Series;
import dev.paca.bench.chart.Units;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Speed and memory against the length of the context. */
final class SpeedSections {
    private static final String DENSE = "dense";

    private final List<Fact> facts;
    private final Colours colours = new Colours();

    SpeedSections(Facts facts) {
        this.facts = latest(facts.of("speed"));
    }

    /** Of facts about the same, the last that has a peer beside it, or the last of all where none has. */
    private static List<Fact> latest(List<Fact> all) {
        Map<Object, Fact> latest = new LinkedHashMap<>();
        all.forEach(
                f -> latest.merge(subject(f), f, (before, now) -> hasPeers(before) && !hasPeers(now) ? before : now));
        return List.copyOf(latest.values());
    }

    private static boolean hasPeers(Fact f) {
        return !f.members("peers").isEmpty();
    }

    private static Object subject(Fact f) {
        return List.of(
                f.text("machine"),
                f.text("model"),
                f.text("device"),
                f.number("threads"),
                f.number("ubatch"),
                f.text("kv"),
                f.text("test"),
                f.number("tokens"),
                f.number("depth"),
                f.number("sequences", 1),
                f.has("greedy"));
    }

    Optional<Section> speed() {
        if (facts.isEmpty()) {
            return Optional.empty();
        }
        List<Chart> charts = new ArrayList<>();
        for (String test : List.of("tg", "pp")) {
            for (Subject subject : subjects()) {
                speedChart(subject, test).ifPresent(charts::add);
            }
        }
        return Optional.of(new Section(
                "speed",
                "Speed against context length",
                "Tokens a second after a context of so many tokens, medians of repetitions; the bars reach from the slowest"
                        + " to the fastest. Peers ran the same file in turns with Paca, and are dashed.",
                charts,
                speedTable(),
                Facts.sources(facts)));
    }

    Optional<Section> memory() {
        List<Fact> decode =
                facts.stream().filter(f -> f.text("test").equals("tg")).toList();
        if (decode.stream().map(f -> f.number("depth")).distinct().count() < 2) {
            return Optional.empty();
        }
        List<Chart> charts = new ArrayList<>();
        for (Subject subject : subjects()) {
            memoryChart(subject, decode, "KV cache held", f -> f.number("heldBytes"))
                    .ifPresent(charts::add);
            memoryChart(subject, decode, "KV cache read for a token", f -> f.number("readBytes", 0))
                    .ifPresent(charts::add);
        }
        return Optional.of(new Section(
                "memory",
                "Memory against context length",
                "What the KV cache of all of a test's sequences holds at the end, tables and indexes included, and what"
                        + " decoding reads of it for one token.",
                charts,
                memoryTable(decode),
                Facts.sources(decode)));
    }

    /** How fast decoding is at best beside each peer, and dense decoding there too. */
    List<Highlight> highlights() {
        Map<String, Fact> best = new LinkedHashMap<>();
        facts.stream()
                .filter(f -> f.text("test").equals("tg"))
                .forEach(f -> f.members("peers")
                        .keySet()
                        .forEach(peer -> best.merge(
                                peer, f, (one, other) -> ratio(other, peer) > ratio(one, peer) ? other : one)));
        List<Highlight> highlights = new ArrayList<>();
        best.forEach((peer, f) -> {
            String depth = f.number("depth") == 0 ? "" : " after " + Units.tokens(f.number("depth")) + " tokens";
            String dense = facts.stream()
                    .filter(other -> !f.text("kv").equals(DENSE)
                            && other.text("kv").equals(DENSE)
                            && other.members("peers").containsKey(peer)
                            && sameTest(other, f))
                    .map(other -> " (dense: " + times(ratio(other, peer)) + ")")
                    .findFirst()
                    .orElse("");
            highlights.add(new Highlight(
                    times(ratio(f, peer)),
                    peer + "’s speed decoding" + depth + ": " + f.text("model") + ", " + f.text("kv") + dense));
        });
        return List.copyOf(highlights);
    }

    private static boolean sameTest(Fact a, Fact b) {
        return Subject.of(a).equals(Subject.of(b))
                && a.text("device").equals(b.text("device"))
                && a.text("test").equals(b.text("test"))
                && a.number("depth") == b.number("depth");
    }

    private static double ratio(Fact fact, String peer) {
        return fact.inner("peers").inner(peer).number("ratio", 0);
    }

    private static String times(double ratio) {
        return String.format(Locale.ROOT, "%.2f×", ratio);
    }

    /** What one chart is about. */
    private record Subject(String model, String place) {
        static Subject of(Fact f) {
            return new Subject(f.text("model"), SpeedSections.place(f));
        }
    }

    /** The machine, or the device where it is not the processor. */
    private static String place(Fact f) {
        return f.text("device").equals("cpu") || !f.has("deviceName") ? f.text("machine") : f.text("deviceName");
    }

    /** Those of whom there is a line to draw; all, if there is of none. */
    private List<Subject> subjects() {
        List<Subject> all = facts.stream().map(Subject::of).distinct().toList();
        List<Subject> lines = all.stream()
                .filter(subject -> differs(
                        facts.stream()
                                .filter(f -> Subject.of(f).equals(subject))
                                .toList(),
                        f -> f.number("depth")))
                .toList();
        return lines.isEmpty() ? all : lines;
    }

    /** The place is named where there are several. */
    private String title(Subject subject, String what) {
        return subject.model() + ": " + what + (differs(facts, SpeedSections::place) ? ", " + subject.place() : "");
    }

    private Optional<Chart> speedChart(Subject subject, String test) {
        List<Fact> shown = facts.stream()
                .filter(f -> Subject.of(f).equals(subject) && f.text("test").equals(test))
                .toList();
        if (shown.isEmpty()) {
            return Optional.empty();
        }
        Map<String, List<Point>> ours = new LinkedHashMap<>();
        Map<String, List<Point>> theirs = new LinkedHashMap<>();
        for (Fact f : shown) {
            ours.computeIfAbsent(name(f, shown), n -> new ArrayList<>()).add(rate(f, f));
            f.members("peers")
                    .forEach((peer, data) -> theirs.computeIfAbsent(peer, n -> new ArrayList<>())
                            .add(rate(f, f.inner("peers").inner(peer))));
        }
        List<Series> series = new ArrayList<>();
        ours.forEach((name, points) -> series.add(new Series(name, colours.of(name), false, sorted(points))));
        theirs.forEach((name, points) -> series.add(new Series(name, colours.of(name), true, oneEach(points))));
        double most = series.stream()
                .flatMap(s -> s.points().stream())
                .mapToDouble(Point::high)
                .max()
                .orElse(1);
        String what = test.equals("tg") ? "decoding" : "prompts";
        return Optional.of(new Plot(
                title(subject, what),
                steps("tokens before", shown),
                Axis.linear("tokens/s", most, Units::number),
                series));
    }

    private static Point rate(Fact fact, Fact rates) {
        double rate = rates.number("rate");
        double spread = rates.number("spread", 0);
        return new Point(
                fact.number("depth"),
                rate,
                rate * (1 - spread),
                rate * (1 + spread),
                Units.number(rate) + " tokens/s after " + Units.tokens(fact.number("depth")));
    }

    private Optional<Chart> memoryChart(
            Subject subject, List<Fact> decode, String title, ToDoubleFunction<Fact> bytes) {
        List<Fact> shown =
                decode.stream().filter(f -> Subject.of(f).equals(subject)).toList();
        if (shown.isEmpty()) {
            return Optional.empty();
        }
        Map<String, List<Point>> lines = new LinkedHashMap<>();
        for (Fact f : shown) {
            double value = bytes.applyAsDouble(f);
            String note = Units.bytes(value) + " after " + Units.tokens(f.number("depth"));
            lines.computeIfAbsent(name(f, shown), n -> new ArrayList<>())
                    .add(new Point(f.number("depth"), value, value, value, note));
        }
        List<Series> series = new ArrayList<>();
        lines.forEach((name, points) -> series.add(new Series(name, colours.of(name), false, oneEach(points))));
        double most = shown.stream().mapToDouble(bytes).max().orElse(1);
        return Optional.of(
                new Plot(title(subject, title), steps("tokens before", shown), Axis.bytes("bytes", most), series));
    }

    private static Axis steps(String title, List<Fact> shown) {
        TreeSet<Double> depths = new TreeSet<>();
        shown.forEach(f -> depths.add(f.number("depth")));
        return new Axis.Steps(title, List.copyOf(depths), Units::tokens);
    }

    private static List<Point> sorted(List<Point> points) {
        return points.stream().sorted(Comparator.comparingDouble(Point::x)).toList();
    }

    /** Peers are measured beside each of our settings: the last of each depth is shown. */
    private static List<Point> oneEach(List<Point> points) {
        Map<Double, Point> each = new LinkedHashMap<>();
        points.forEach(p -> each.put(p.x(), p));
        return sorted(List.copyOf(each.values()));
    }

    /** The policy, and what else differs among those that are shown beside it. */
    private static String name(Fact fact, List<Fact> shown) {
        StringBuilder name = new StringBuilder(fact.text("kv"));
        if (differs(shown, f -> f.text("device"))) {
            name.append(", ").append(fact.text("device"));
        }
        if (differs(shown, f -> f.number("threads"))) {
            name.append(", ").append(Math.round(fact.number("threads"))).append(" threads");
        }
        if (differs(shown, f -> f.number("ubatch"))) {
            name.append(", -ub ").append(Math.round(fact.number("ubatch")));
        }
        if (differs(shown, f -> f.number("tokens"))) {
            name.append(", ").append(Math.round(fact.number("tokens"))).append(" tokens");
        }
        if (fact.number("sequences", 1) > 1) {
            name.append(", ").append(Math.round(fact.number("sequences"))).append(" sequences");
        }
        if (fact.has("greedy")) {
            name.append(", greedy");
        }
        return name.toString();
    }

    private static boolean differs(List<Fact> facts, Function<Fact, Object> part) {
        return facts.stream().map(part).distinct().count() > 1;
    }

    private Table speedTable() {
        Set<String> peers = new LinkedHashSet<>();
        facts.forEach(f -> peers.addAll(f.members("peers").keySet()));
        List<String> headings = new ArrayList<>(List.of("model", "on", "KV", "test", "tokens/s", "of bandwidth"));
        peers.forEach(peer -> headings.addAll(List.of(peer, "ratio")));
        List<List<String>> rows = new ArrayList<>();
        for (Fact f : facts) {
            List<String> row = new ArrayList<>(List.of(
                    f.text("model"),
                    on(f),
                    f.text("kv"),
                    test(f),
                    withSpread(f, "rate", "spread"),
                    f.has("roofline") ? Units.percent(f.number("roofline")) : ""));
            for (String peer : peers) {
                boolean there = f.members("peers").containsKey(peer);
                Fact other = there ? f.inner("peers").inner(peer) : f;
                row.add(there ? withSpread(other, "rate", "spread") : "");
                row.add(there ? withSpread(other, "ratio", "ratioSpread") : "");
            }
            rows.add(row);
        }
        return new Table(headings, 4, rows);
    }

    private Table memoryTable(List<Fact> decode) {
        List<List<String>> rows = decode.stream()
                .map(f -> List.of(
                        f.text("model"),
                        on(f),
                        f.text("kv"),
                        test(f),
                        Units.bytes(f.number("heldBytes")),
                        Units.bytes(f.number("readBytes", 0))))
                .toList();
        return new Table(List.of("model", "on", "KV", "test", "held", "read a token"), 4, rows);
    }

    /** Device or threads, and the machine where there are several. */
    private String on(Fact f) {
        String device = f.has("deviceName") ? f.text("deviceName") : f.text("device");
        String on = f.text("device").equals("cpu") ? Math.round(f.number("threads")) + " threads" : device;
        return differs(facts, g -> g.text("machine")) ? on + ", " + f.text("machine") : on;
    }

    private static String test(Fact f) {
        return f.text("test")
                + Math.round(f.number("tokens"))
                + (f.number("depth") == 0 ? "" : " @ d" + Math.round(f.number("depth")))
                + (f.number("sequences", 1) == 1 ? "" : " × " + Math.round(f.number("sequences")))
                + (f.has("greedy") ? ", greedy" : "");
    }

    private static String withSpread(Fact f, String value, String spread) {
        double number = f.number(value);
        String text = value.equals("ratio") ? String.format(Locale.ROOT, "%.2f", number) : Units.number(number);
        return text + String.format(Locale.ROOT, " ± %.0f%%", 100 * f.number(spread, 0));
    }
}
