package dev.paca.bench.report;

import dev.paca.bench.chart.Chart;
import java.util.List;

/**
 * A part of the report.
 *
 * @param id its name in addresses
 * @param title what it is about
 * @param introduction how it is read
 * @param charts pictures of it
 * @param table its numbers
 * @param sources where they come from
 */
record Section(String id, String title, String introduction, List<Chart> charts, Table table, List<Source> sources) {}
