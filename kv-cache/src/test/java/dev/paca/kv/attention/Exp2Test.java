package dev.paca.kv.attention;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class Exp2Test {
    /** What the class promises: the polynomial's error and the rounding of its last step. */
    private static final double RELATIVE = 1.5e-7;

    @Test
    void isCloseEverywhere() {
        for (float x = 0; x >= Exp2.LOWEST; x -= 0.0007f) {
            double exact = Math.pow(2, x);
            assertThat(Math.abs(Exp2.of(x) - exact) / exact).as("2^%s", x).isLessThan(RELATIVE);
        }
    }

    @Test
    void isExactWhereItMatters() {
        assertThat(Exp2.of(0)).isEqualTo(1f);
        assertThat(Exp2.of(-1)).isEqualTo(0.5f);
        assertThat(Exp2.of(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(Exp2.of(Partial.NOTHING)).isZero();
        assertThat(Exp2.of(Math.nextDown(Exp2.LOWEST))).isZero();
    }
}
