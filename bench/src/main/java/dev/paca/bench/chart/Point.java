package dev.paca.bench.chart;

/**
 * A measured point.
 *
 * @param x where it lies on the horizontal axis
 * @param y where it lies on the vertical one
 * @param low the lower end of what it may really be; {@code y} where that is not known
 * @param high the upper end
 * @param note what a reader sees who points at it
 */
public record Point(double x, double y, double low, double high, String note) {}
