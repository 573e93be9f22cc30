package dev.paca.model.jinja;

/**
 * What one rendering may cost.
 *
 * @param steps nodes of the template evaluated, and elements visited
 * @param output characters of the result
 * @param work characters of all texts built on the way
 * @param depth calls and expressions within each other
 */
public record Limits(long steps, int output, long work, int depth) {
    /** Far above what a template needs for a prompt of a million tokens; reached within seconds by one that never ends. */
    public static final Limits DEFAULT = new Limits(20_000_000, 16 << 20, 256L << 20, 400);
}
