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

    /** The likeliest token of each row, of equals the first; -1 where no logit is a number above negative infinity. */
    public int[] likeliest() {
        int[] tokens = new int[rows];
        for (int row = 0; row < rows; row++) {
            tokens[row] = likeliest(values, offset(row), vocabulary);
        }
        return tokens;
    }

    /** The same of one row at {@code offset}. */
    public static int likeliest(float[] values, int offset, int vocabulary) {
        int best = -1;
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < vocabulary; i++) {
            if (values[offset + i] > max) {
                max = values[offset + i];
                best = i;
            }
        }
        return best;
    }
}
