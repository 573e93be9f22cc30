package dev.paca.bench.quality;

import java.util.Locale;

/**
 * Where a share lies with 95 percent confidence, after so many of so many: Wilson's interval (1927), which also holds for
 * few samples and for shares near 0 and 1.
 */
public record Interval(double low, double high) {
    private static final double Z = 1.959964;

    /** @param right how many; answers that are partly right count in part */
    public static Interval of(double right, int samples) {
        double p = right / samples;
        double z2 = Z * Z / samples;
        double middle = (p + z2 / 2) / (1 + z2);
        double half = Z / (1 + z2) * Math.sqrt(p * (1 - p) / samples + z2 / 4 / samples);
        return new Interval(Math.max(0, middle - half), Math.min(1, middle + half));
    }

    /** In percent: {@code 76–99}. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.0f–%.0f", 100 * low, 100 * high);
    }
}
