package dev.paca.kv.attention;

/**
 * Scores that a kernel leaves behind of the attention it computes, for evictors that judge tokens by it: no product is
 * computed a second time. Scores are in base 2, as in {@link Partial}; with the row's final maximum and sum,
 * {@link AttentionKernel#weigh} makes weights of them.
 */
public final class Trace {
    /** What a weight of 1 is in whole numbers: sums of them are exact, so they depend on no order and no thread. */
    public static final int UNIT = 1 << 23;

    private float[] scores = new float[0];
    private int firstRow;
    private int stride;

    /** Makes room for rows {@code firstRow} to {@code rows - 1} over so many places of a list. */
    public void begin(int firstRow, int rows, int places) {
        this.firstRow = firstRow;
        this.stride = places;
        int size = Math.multiplyExact(rows - firstRow, places);
        if (scores.length < size) {
            scores = new float[size];
        }
    }

    /** Takes the scores of a row for {@code count} places of the list; called by kernels. */
    public void take(int row, int place, float[] from, int at, int count) {
        if (row >= firstRow) {
            System.arraycopy(from, at, scores, at(row) + place, count);
        }
    }

    public float[] scores() {
        return scores;
    }

    /** Index in {@link #scores} of a row's score for the first place. */
    public int at(int row) {
        return (row - firstRow) * stride;
    }
}
