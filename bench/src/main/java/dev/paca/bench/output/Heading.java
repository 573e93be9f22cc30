package dev.paca.bench.output;

/**
 * A column of a table for people.
 *
 * @param title what stands above it
 * @param number whether its cells are numbers, which stand at the right
 */
public record Heading(String title, boolean number) {
    /** A column of words. */
    public static Heading text(String title) {
        return new Heading(title, false);
    }

    /** A column of numbers. */
    public static Heading number(String title) {
        return new Heading(title, true);
    }
}
