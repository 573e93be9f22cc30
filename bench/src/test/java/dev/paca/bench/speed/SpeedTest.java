package dev.paca.bench.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpeedTest {
    @Test
    void namesTestsAsLlamaBenchDoes() {
        List<Measurement> tests = Measurement.of(List.of(512, 0), List.of(64), List.of(0, 4096));
        assertThat(tests.stream().map(Measurement::label))
                .containsExactly("pp512", "tg64", "pp512 @ d4096", "tg64 @ d4096");
    }

    @Test
    void givesTheMedianAndWhatLiesAroundIt() {
        Rates odd = new Rates(List.of(10.0, 30.0, 20.0));
        assertThat(odd.median()).isEqualTo(20);
        assertThat(odd.spread()).isCloseTo(0.5, within(1e-12));
        assertThat(new Rates(List.of(10.0, 40.0, 20.0, 30.0)).median()).isEqualTo(25);
        assertThat(odd).hasToString("20.0 ± 50%");
    }
}
