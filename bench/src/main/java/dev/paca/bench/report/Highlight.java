package dev.paca.bench.report;

/**
 * One number that says much.
 *
 * @param value the number
 * @param text what it is
 */
record Highlight(String value, String text) {}
