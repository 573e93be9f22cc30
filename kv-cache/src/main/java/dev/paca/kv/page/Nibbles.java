package dev.paca.kv.page;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * How the bits of a key's code are shared out among its channels, 1 to 4 bits each. A nibble holds one channel with 4 bits,
 * one with 3 and one with 1, two with 2, or four with 1, so that whatever it holds is one of 16 and is looked up at once.
 *
 * <p>Channels with the largest scales get most: of all ways to fill the nibbles the one whose error is least, the sum over
 * channels of {@code scale² · D(bits)}, where {@code D} is the error of the best uniform quantiser of a normal variable
 * (J. Max, Quantizing for Minimum Distortion, 1960). No channel gets nothing: what a query asks for is not always where
 * keys differ most.
 *
 * @param count nibbles
 * @param bits of each channel
 * @param nibble in which its code is
 * @param shift where it begins in the nibble
 * @param channel whose each bit of each nibble is, the lowest first; any where a bit is nobody's
 */
public record Nibbles(int count, int[] bits, int[] nibble, int[] shift, int[] channel) {
    /** What a code of 1 stands for, for each number of bits, in deviations. */
    private static final float[] STEP = {0, 1.2f * 1.596f, 1.2f * 0.9957f, 1.2f * 0.586f, 1.2f * 0.3352f};

    /** Mean square error of the best uniform quantiser with so many bits of a variable with deviation 1. */
    private static final double[] ERROR = {1, 0.3634, 0.1188, 0.03744, 0.01154};

    /** How many nibbles of each kind, and what comes of it. */
    private record Mix(int fours, int threes, int twos, int ones, double error) {}

    /** Nibbles of a key in the bytes that {@link IndexForm#KEY_CODES} has for it: what the middles leave. */
    public static int most(int headDim) {
        return 2 * (7 * Math.ceilDiv(headDim, IndexForm.CODE_CHANNELS) / 2);
    }

    /** What a code of 1 of a channel stands for, in its scale. */
    public float step(int channel) {
        return STEP[bits[channel]];
    }

    /** What each bit of each nibble adds to its channel where it is set; nothing where it is nobody's. */
    float[] values(float[] scale) {
        float[] values = new float[4 * count];
        for (int d = 0; d < scale.length; d++) {
            for (int bit = 0; bit < bits[d]; bit++) {
                values[4 * nibble[d] + shift[d] + bit] = step(d) * scale[d] * (1 << bit);
            }
        }
        return values;
    }

    static Nibbles of(float[] scale) {
        int dims = scale.length;
        // A channel too many makes pairs of all.
        int channels = dims + dims % 2;
        int count = Math.min(most(dims), channels);
        Integer[] order = IntStream.range(0, channels).boxed().toArray(Integer[]::new);
        double[] weight = new double[channels];
        for (int d = 0; d < dims; d++) {
            weight[d] = (double) scale[d] * scale[d];
        }
        Arrays.sort(order, Comparator.comparingDouble((Integer d) -> -weight[d]).thenComparingInt(d -> d));
        double[] sums = new double[channels + 1];
        for (int i = 0; i < channels; i++) {
            sums[i + 1] = sums[i] + weight[order[i]];
        }
        return fill(best(sums, channels, count), order, dims, count);
    }

    private static Mix best(double[] sums, int channels, int count) {
        Mix best = null;
        for (int fours = Math.max(0, 2 * count - channels); fours <= count; fours += 2) {
            int ones = (channels - 2 * count + fours) / 2;
            for (int threes = 0; fours + ones + threes <= count; threes++) {
                int three = fours + threes;
                int one = channels - threes - 4 * ones;
                double error = ERROR[4] * sums[fours]
                        + ERROR[3] * (sums[three] - sums[fours])
                        + ERROR[2] * (sums[one] - sums[three])
                        + ERROR[1] * (sums[channels] - sums[one]);
                if (best == null || error < best.error()) {
                    best = new Mix(fours, threes, count - fours - threes - ones, ones, error);
                }
            }
        }
        if (best == null) {
            throw new IllegalStateException(count + " nibbles do not hold " + channels + " channels.");
        }
        return best;
    }

    private static Nibbles fill(Mix mix, Integer[] order, int dims, int count) {
        int[] bits = new int[order.length];
        int[] nibble = new int[order.length];
        int[] shift = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            int d = order[i];
            int pair = i - mix.fours() - mix.threes();
            int single = pair - 2 * mix.twos();
            int quad = single - mix.threes();
            if (pair < 0) {
                bits[d] = i < mix.fours() ? 4 : 3;
                nibble[d] = i;
            } else if (single < 0) {
                bits[d] = 2;
                nibble[d] = mix.fours() + mix.threes() + pair / 2;
                shift[d] = pair % 2 * 2;
            } else {
                bits[d] = 1;
                nibble[d] = quad < 0 ? mix.fours() + single : count - mix.ones() + quad / 4;
                shift[d] = quad < 0 ? 3 : quad % 4;
            }
        }
        int[] channel = new int[4 * count];
        for (int d = 0; d < dims; d++) {
            int at = 4 * nibble[d] + shift[d];
            Arrays.fill(channel, at, at + bits[d], d);
        }
        return new Nibbles(
                count, Arrays.copyOf(bits, dims), Arrays.copyOf(nibble, dims), Arrays.copyOf(shift, dims), channel);
    }
}
