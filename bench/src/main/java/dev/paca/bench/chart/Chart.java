package dev.paca.bench.chart;

import java.util.List;

/** A picture of numbers. */
public sealed interface Chart permits Plot, Bars {
    /** What it shows. */
    String title();

    /**
     * Draws it.
     *
     * @param width in the units in which type is 12 high: 340 for a telephone, 520 and more for a desk
     * @return an {@code svg} element without size of its own; colours come from the classes {@code c0} to {@code c7}
     */
    String svg(int width);

    /** The line and the marker of a series, for a legend: an {@code svg} element of 26 by 12. */
    static String key(Series series) {
        Svg svg = new Svg(26, 12, series.name());
        String colour = Svg.colour(series.colour());
        svg.line(1, 6, 25, 6, (series.dashed() ? "curve dashed " : "curve ") + colour);
        svg.marker(13, 6, series.colour(), series.dashed(), series.name());
        return svg.toString();
    }

    /** The series that need a legend. */
    List<Series> legend();

    /** Whether the picture has their names itself, where it is wide. */
    boolean namesSeries();
}
