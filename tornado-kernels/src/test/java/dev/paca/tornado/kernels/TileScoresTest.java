package dev.paca.tornado.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What tile scores compute of queries' bits; their scores are tried by {@link SelectionTest}. */
class TileScoresTest {
    private static final long SEED = 5;
    /** Of a half's smallest subnormal. */
    private static final int LARGEST = 1 << 28;

    private static final double UNIT = 0x1p-24;
    /** Half of the last of 11 bits. */
    private static final double ROUNDING = 0x1p-11;

    @Test
    void halvesAreTheNearest() {
        IntStream few = IntStream.rangeClosed(0, 5000);
        IntStream binades = IntStream.rangeClosed(11, 28).flatMap(e -> IntStream.of((1 << e) - 1, 1 << e));
        IntStream random = new Random(SEED).ints(10000, 0, LARGEST);
        few.forEach(TileScoresTest::assertNearest);
        binades.forEach(TileScoresTest::assertNearest);
        random.forEach(TileScoresTest::assertNearest);
    }

    private static void assertNearest(int units) {
        double half = Float.float16ToFloat((short) TileScores.half(units)) / UNIT;
        double allowed = units < 2048 ? 0 : units * ROUNDING;
        assertThat(Math.abs(half - units)).as(units + " units, found " + half).isLessThanOrEqualTo(allowed);
    }
}
