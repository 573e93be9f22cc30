package dev.paca.bench.chart;

import java.util.List;

/**
 * Bars that lie, each under its name, so that long names have room on a telephone.
 *
 * @param max where the scale ends
 */
public record Bars(String title, double max, List<Bar> bars) implements Chart {
    private static final int ROW = 40;
    private static final int THICK = 14;
    private static final int TEXT = 76;

    /**
     * A bar.
     *
     * @param name what it is of
     * @param value how long it is
     * @param text what stands at its end
     * @param colour which of the page's colours it has
     * @param note what a reader sees who points at it
     */
    public record Bar(String name, double value, String text, int colour, String note) {}

    @Override
    public List<Series> legend() {
        return List.of();
    }

    @Override
    public boolean namesSeries() {
        return true;
    }

    @Override
    public String svg(int width) {
        Svg svg = new Svg(width, ROW * bars.size() + 4, title);
        double room = width - TEXT;
        for (int i = 0; i < bars.size(); i++) {
            Bar bar = bars.get(i);
            double top = (double) ROW * i;
            double length = room * Math.min(1, bar.value / max);
            svg.text(0, top + 14, "start", "label", bar.name);
            svg.bar(0, top + 19, room, THICK, "trough", bar.note);
            svg.bar(0, top + 19, length, THICK, "bar " + Svg.colour(bar.colour), bar.note);
            svg.text(room + 6, top + 30.5, "start", "value", bar.text);
        }
        return svg.toString();
    }
}
