package dev.paca.bench.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import org.junit.jupiter.api.Test;

class IntervalTest {
    /** Values that are printed with three digits in Newcombe (1998), Statistics in Medicine 17, table I. */
    @Test
    void isWilsons() {
        Interval some = Interval.of(81, 263);
        assertThat(some.low()).isCloseTo(0.2553, offset(0.0001));
        assertThat(some.high()).isCloseTo(0.3662, offset(0.0001));
        Interval none = Interval.of(0, 20);
        assertThat(none.low()).isZero();
        assertThat(none.high()).isCloseTo(0.1611, offset(0.0001));
        assertThat(Interval.of(20, 20)).hasToString("84–100");
    }
}
