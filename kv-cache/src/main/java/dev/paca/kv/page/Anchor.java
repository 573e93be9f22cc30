package dev.paca.kv.page;

/**
 * What the codes of a table's keys are relative to: for each channel the mean of the table's first keys, and their mean
 * distance from it. Keys have channels that are large for every token; without the mean those would take all the bits.
 * The first key is left out: it is the sink's, and unlike all others.
 *
 * @param centre mean of each channel
 * @param scale mean distance from it, positive
 */
public record Anchor(float[] centre, float[] scale) {
    /** Computes it from the first tokens that a list of pages holds. */
    static Anchor of(PageStore store, int[] pages, int tokens) {
        int pageTokens = store.format().tokens();
        int dims = store.format().headDim();
        double[] sum = new double[dims];
        float[][] keys = new float[tokens][dims];
        for (int i = 1; i < tokens; i++) {
            store.readKey(pages[i / pageTokens], i % pageTokens, keys[i], 0);
            for (int d = 0; d < dims; d++) {
                sum[d] += keys[i][d];
            }
        }
        float[] centre = new float[dims];
        float[] scale = new float[dims];
        for (int d = 0; d < dims; d++) {
            centre[d] = (float) (sum[d] / (tokens - 1));
            double distance = 0;
            for (int i = 1; i < tokens; i++) {
                distance += Math.abs(keys[i][d] - centre[d]);
            }
            scale[d] = Math.max(Float.MIN_NORMAL, (float) (distance / (tokens - 1)));
        }
        return new Anchor(centre, scale);
    }
}
