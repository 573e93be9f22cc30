package dev.paca.bench.quality;

/**
 * Distributions of the next token beside those of dense attention. The divergence is Kullback and Leibler's, of the
 * measured distribution from the dense one, in nats.
 */
final class Comparison {
    private int tokens;
    private int alike;
    private double divergence;
    private int foretold;
    private double surprise;

    /**
     * @param dense logits of dense attention
     * @param logits measured ones, as many from index {@code at} on
     * @param target the token that came; negative where none is known
     */
    void add(float[] dense, float[] logits, int at, int target) {
        double denseTotal = logTotal(dense, 0, dense.length);
        double total = logTotal(logits, at, dense.length);
        double sum = 0;
        for (int i = 0; i < dense.length; i++) {
            double p = dense[i] - denseTotal;
            if (p > -40) {
                sum += Math.exp(p) * (p - (logits[at + i] - total));
            }
        }
        tokens++;
        divergence += Math.max(0, sum);
        alike += Sequence.largest(dense, 0, dense.length) == Sequence.largest(logits, at, dense.length) ? 1 : 0;
        if (target >= 0) {
            foretold++;
            surprise += total - logits[at + target];
        }
    }

    private static double logTotal(float[] logits, int at, int count) {
        double max = logits[at + Sequence.largest(logits, at, count)];
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Math.exp(logits[at + i] - max);
        }
        return max + Math.log(sum);
    }

    /** Tokens compared. */
    int tokens() {
        return tokens;
    }

    /** Mean divergence. */
    double divergence() {
        return divergence / tokens;
    }

    /** Share of the tokens at which both would have said the same. */
    double alike() {
        return (double) alike / tokens;
    }

    /** Tokens that came and were known. */
    int foretold() {
        return foretold;
    }

    /** Mean negative log likelihood of those, in nats: the logarithm of the perplexity. */
    double surprise() {
        return surprise / foretold;
    }
}
