package dev.paca.bench.quality;

import java.util.Locale;

/** How a policy did on a task: answers found, and what was read for them. */
final class Tally {
    private int samples;
    private double right;
    private long read;
    private long dense;

    void add(double score, long readBytes, long denseBytes) {
        samples++;
        right += score;
        read += readBytes;
        dense += denseBytes;
    }

    double right() {
        return right;
    }

    /** Bytes read in decoding, as a share of what a dense F16 cache would have read. */
    double share() {
        return dense == 0 ? 0 : (double) read / dense;
    }

    /** {@code right/samples, share of bytes read}. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s/%d, %.1f%%",
                right == Math.rint(right)
                        ? Long.toString(Math.round(right))
                        : String.format(Locale.ROOT, "%.1f", right),
                samples,
                100 * share());
    }
}
