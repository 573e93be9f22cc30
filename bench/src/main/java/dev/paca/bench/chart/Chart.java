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

    /** The class of a colour, which the page's style sheet knows. */
    static String style(int colour) {
        return Svg.colour(colour);
    }

    /** The series that need a legend; their names may stand in the picture as well. */
    List<Series> legend();
}
