package dev.paca.bench.report;

import java.util.List;

/**
 * Numbers in rows.
 *
 * @param headings the columns
 * @param words how many of the first columns are words; the others are numbers
 * @param rows cells of each
 */
record Table(List<String> headings, int words, List<List<String>> rows) {}
