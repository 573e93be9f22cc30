package dev.paca.bench.chart;

import java.util.List;

/**
 * Points that belong together.
 *
 * @param name what they are of
 * @param colour which colour they have, of any number; series of the same thing have the same in all charts
 * @param dashed whether their line is dashed: a peer's, or an oracle's
 * @param points from left to right
 */
public record Series(String name, int colour, boolean dashed, List<Point> points) {}
