package dev.paca.bench.chart;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Lines through measured points. */
public record Plot(String title, Axis x, Axis y, List<Series> series) implements Chart {
    private static final int TOP = 24;
    private static final int BOTTOM = 42;
    private static final int LEFT = 56;
    /** From here on there is room for the names at the lines' ends. */
    private static final int ROOMY = 480;

    private static final int NAMES = 132;
    private static final int NAME_LETTERS = 21;
    private static final int NAME_HEIGHT = 14;
    /** Of more lines, the names at their ends cannot be told apart. */
    private static final int MANY = 9;

    @Override
    public List<Series> legend() {
        return series;
    }

    @Override
    public boolean namesSeries() {
        return series.size() <= MANY;
    }

    @Override
    public String svg(int width) {
        int height = width >= ROOMY ? 320 : 270;
        boolean names = width >= ROOMY && namesSeries();
        Frame frame = new Frame(LEFT, TOP, width - (names ? NAMES : 14), height - BOTTOM);
        Svg svg = new Svg(width, height, title);
        drawAxes(svg, frame);
        for (Series each : series) {
            drawSeries(svg, frame, each);
        }
        if (names) {
            drawNames(svg, frame);
        }
        return svg.toString();
    }

    /** Where the lines are. */
    private record Frame(double left, double top, double right, double bottom) {
        double x(Axis axis, double value) {
            // Half a marker is left free at both ends.
            return left + 8 + axis.place(value) * (right - left - 16);
        }

        double y(Axis axis, double value) {
            return bottom - axis.place(value) * (bottom - top);
        }
    }

    private void drawAxes(Svg svg, Frame frame) {
        for (double tick : y.ticks()) {
            double at = frame.y(y, tick);
            svg.line(frame.left, at, frame.right, at, "grid");
            svg.text(frame.left - 6, at + 4, "end", "tick", y.text(tick));
        }
        double free = Double.NEGATIVE_INFINITY;
        for (double tick : x.ticks()) {
            double at = frame.x(x, tick);
            String text = x.text(tick);
            double half = 3.6 * text.length();
            svg.line(at, frame.bottom, at, frame.bottom + 4, "axis");
            if (at - half > free) {
                svg.text(at, frame.bottom + 17, "middle", "tick", text);
                free = at + half + 4;
            }
        }
        svg.line(frame.left, frame.bottom, frame.right, frame.bottom, "axis");
        svg.text((frame.left + frame.right) / 2, frame.bottom + 35, "middle", "label", x.title());
        svg.text(4, 12, "start", "label", y.title());
    }

    private void drawSeries(Svg svg, Frame frame, Series each) {
        String colour = Svg.colour(each.colour());
        StringBuilder path = new StringBuilder();
        for (Point point : each.points()) {
            double at = frame.x(x, point.x());
            path.append(String.format(Locale.ROOT, "%.1f,%.1f ", at, frame.y(y, point.y())));
            if (point.high() > point.low()) {
                svg.line(at, frame.y(y, point.low()), at, frame.y(y, point.high()), "range " + colour);
            }
        }
        svg.path(path.toString().strip(), (each.dashed() ? "curve dashed " : "curve ") + colour);
        for (Point point : each.points()) {
            svg.marker(
                    frame.x(x, point.x()),
                    frame.y(y, point.y()),
                    each.colour(),
                    each.dashed(),
                    each.name() + ": " + point.note());
        }
    }

    private record Name(String text, int colour, double x, double y) {}

    /** At the ends of the lines, moved apart where they would lie over each other. */
    private void drawNames(Svg svg, Frame frame) {
        List<Name> names = new ArrayList<>();
        for (Series each : series) {
            Point last = each.points().getLast();
            names.add(new Name(each.name(), each.colour(), frame.right + 6, frame.y(y, last.y())));
        }
        names.sort(Comparator.comparingDouble(Name::y));
        double[] at = names.stream().mapToDouble(Name::y).toArray();
        for (int round = 0; round < 200; round++) {
            for (int i = 1; i < at.length; i++) {
                double overlap = NAME_HEIGHT - (at[i] - at[i - 1]);
                if (overlap > 0) {
                    at[i - 1] -= overlap / 2;
                    at[i] += overlap / 2;
                }
            }
            for (int i = 0; i < at.length; i++) {
                at[i] = Math.clamp(at[i], frame.top, frame.bottom);
            }
        }
        for (int i = 0; i < at.length; i++) {
            Name name = names.get(i);
            svg.text(name.x, at[i] + 4, "start", "name " + Svg.colour(name.colour), cut(name.text));
        }
    }

    private static String cut(String name) {
        return name.length() <= NAME_LETTERS ? name : name.substring(0, NAME_LETTERS - 1) + "…";
    }
}
