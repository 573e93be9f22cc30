package dev.paca.kv.page;

/**
 * What the codes of a table's keys are relative to, made of the table's first keys: for each channel their mean, and how far
 * a key lies from the mean of its page. Rotated keys drift with their position, so the latter is what codes can rely on all
 * along. The first key is left out: it is the sink's, and unlike all others.
 *
 * @param centre mean of each channel
 * @param scale standard deviation of each channel from the mean of the page, positive
 * @param nibbles how the bits of a key's code are shared out among the channels, which follows from their scales
 * @param bits what each bit of each nibble adds to its channel where it is set
 */
public record Anchor(float[] centre, float[] scale, Nibbles nibbles, float[] bits) {
    Anchor(float[] centre, float[] scale) {
        this(centre, scale, Nibbles.of(scale));
    }

    private Anchor(float[] centre, float[] scale, Nibbles nibbles) {
        this(centre, scale, nibbles, nibbles.values(scale));
    }

    /** Computes it from the first tokens that a list of pages holds. */
    static Anchor of(PageStore store, int[] pages, int tokens) {
        int pageTokens = store.format().tokens();
        int dims = store.format().headDim();
        double[] sum = new double[dims];
        double[] squares = new double[dims];
        float[] key = new float[dims];
        for (int from = 0; from < tokens; from += pageTokens) {
            double[] pageSum = new double[dims];
            double[] pageSquares = new double[dims];
            int first = Math.max(1, from);
            int last = Math.min(tokens, from + pageTokens);
            for (int i = first; i < last; i++) {
                store.readKey(pages[i / pageTokens], i % pageTokens, key, 0);
                for (int d = 0; d < dims; d++) {
                    pageSum[d] += key[d];
                    pageSquares[d] += (double) key[d] * key[d];
                }
            }
            for (int d = 0; d < dims; d++) {
                sum[d] += pageSum[d];
                squares[d] += Math.max(0, pageSquares[d] - pageSum[d] * pageSum[d] / (last - first));
            }
        }
        float[] centre = new float[dims];
        float[] scale = new float[dims];
        for (int d = 0; d < dims; d++) {
            centre[d] = (float) (sum[d] / (tokens - 1));
            scale[d] = Math.max(Float.MIN_NORMAL, (float) Math.sqrt(squares[d] / (tokens - 1)));
        }
        return new Anchor(centre, scale);
    }
}
