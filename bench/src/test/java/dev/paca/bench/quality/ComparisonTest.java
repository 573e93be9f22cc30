package dev.paca.bench.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import org.junit.jupiter.api.Test;

class ComparisonTest {
    private static final double ROUNDING = 1e-6;

    @Test
    void measuresTheDivergenceAndTheSurprise() {
        // Probabilities 3/4 and 1/4 beside 1/2 and 1/2.
        float[] dense = {(float) Math.log(3), 0};
        Comparison comparison = new Comparison();
        comparison.add(dense, new float[] {9, 5, 5}, 1, 0);
        double expected = 0.75 * Math.log(0.75 / 0.5) + 0.25 * Math.log(0.25 / 0.5);
        assertThat(comparison.divergence()).isCloseTo(expected, offset(ROUNDING));
        assertThat(comparison.surprise()).isCloseTo(Math.log(2), offset(ROUNDING));
        assertThat(comparison.alike()).isEqualTo(1);
        comparison.add(dense, new float[] {0, 2}, 0, -1);
        assertThat(comparison.alike()).isEqualTo(0.5);
        assertThat(comparison.foretold()).isEqualTo(1);
        assertThat(comparison.tokens()).isEqualTo(2);
    }
}
