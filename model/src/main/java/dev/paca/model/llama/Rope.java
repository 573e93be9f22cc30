package dev.paca.model.llama;

import org.jspecify.annotations.Nullable;

/**
 * Rotary position embedding (RoFormer: Su et al. 2021): pair {@code i} of a head at position {@code p} is turned by the angle
 * {@code p * base^(-2i / ropeDim)}, so that the product of a query and a key depends on their distance.
 */
final class Rope {
    private final int headDim;
    private final int pairs;
    /** Channels between the two of a pair, and between one pair and the next. */
    private final int apart;

    private final int stride;
    /** Radians that a pair turns from one position to the next. */
    private final double[] frequencies;

    private float[] cos = new float[0];
    private float[] sin = new float[0];

    Rope(LlamaConfig config, float @Nullable [] factors) {
        headDim = config.headDim();
        pairs = config.ropeDim() / 2;
        boolean adjacent = config.architecture().pairs() == Architecture.Pairs.ADJACENT;
        apart = adjacent ? 1 : pairs;
        stride = adjacent ? 2 : 1;
        frequencies = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            double frequency = Math.pow(config.ropeBase(), -2.0 * i / config.ropeDim()) / config.ropeScale();
            frequencies[i] = factors == null ? frequency : frequency / factors[i];
        }
    }

    /** Makes room for the angles of {@code rows} rows. */
    void reserve(int rows) {
        if (cos.length < rows * pairs) {
            cos = new float[rows * pairs];
            sin = new float[rows * pairs];
        }
    }

    /**
     * Sets the angles of {@code tokens} rows from {@code row} on to consecutive positions. In double: at position 30,000 a
     * float's angle is off by a thousandth. Each from its position alone, so that it does not matter how a text is cut.
     */
    void place(int row, int tokens, int position) {
        for (int t = 0; t < tokens; t++) {
            for (int i = 0; i < pairs; i++) {
                double angle = (position + t) * frequencies[i];
                cos[(row + t) * pairs + i] = (float) Math.cos(angle);
                sin[(row + t) * pairs + i] = (float) Math.sin(angle);
            }
        }
    }

    /** Turns all {@code heads} heads of each of {@code rows} rows by the row's angles. */
    void rotate(float[] x, int rows, int heads) {
        for (int r = 0; r < rows; r++) {
            for (int h = 0; h < heads; h++) {
                int head = (r * heads + h) * headDim;
                for (int i = 0; i < pairs; i++) {
                    float c = cos[r * pairs + i];
                    float s = sin[r * pairs + i];
                    int a = head + i * stride;
                    int b = a + apart;
                    float xa = x[a];
                    float xb = x[b];
                    x[a] = xa * c - xb * s;
                    x[b] = xa * s + xb * c;
                }
            }
        }
    }
}
