package dev.paca.bench.jmh;

import dev.paca.kv.PacaException;

/** A benchmark whose result is checked before it is timed. */
public interface Checked {
    /**
     * Makes the inputs, and checks the result.
     *
     * @throws PacaException if the result is wrong
     */
    void setUp();

    /** Bytes of weights or of the cache that an operation reads; 0 where memory is not its roof. */
    default long bytes() {
        return 0;
    }

    /** Frees what {@link #setUp} took. */
    default void tearDown() {}

    /**
     * Compares with the definition.
     *
     * @param tolerance of the difference's length, as a share of the definition's
     * @throws PacaException if it is exceeded
     */
    static void agree(String what, float[] found, float[] defined, double tolerance) {
        double difference = 0;
        double length = 0;
        for (int i = 0; i < defined.length; i++) {
            difference += Math.pow((double) found[i] - defined[i], 2);
            length += Math.pow(defined[i], 2);
        }
        double share = Math.sqrt(difference / length);
        if (!(share <= tolerance)) {
            throw new PacaException(what + " is wrong: it differs from the definition by " + share
                    + " of its length, expected at most " + tolerance + ". What is timed must be right first.");
        }
    }
}
