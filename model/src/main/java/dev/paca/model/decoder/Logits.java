package dev.paca.model.decoder;

/**
 * Rows of logits, in the order of the slices that asked for them, and within a slice in the order of its tokens.
 *
 * @param values row after row, {@code rows * vocabulary} in use
 * @param rows rows in use
 * @param vocabulary entries of a row
 */
public record Logits(float[] values, int rows, int vocabulary) {
    /** Index of the first entry of a row. */
    public int offset(int row) {
        return row * vocabulary;
    }
}
