package dev.paca.kv.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NibblesTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 16, 48, 64, 80, 96, 128, 256})
    void giveEveryChannelSomeBitsAndThoseThatSpreadMoreAtLeastAsMany(int dims) {
        for (double exponent : new double[] {0, 1, 4}) {
            Random random = new Random(dims);
            float[] scale = new float[dims];
            for (int d = 0; d < dims; d++) {
                scale[d] = (float) Math.pow(0.1 + random.nextDouble(), exponent);
            }
            Nibbles nibbles = Nibbles.of(scale);
            assertThat(nibbles.count()).isLessThanOrEqualTo(Nibbles.most(dims));
            int[] taken = new int[nibbles.count()];
            for (int d = 0; d < dims; d++) {
                assertThat(nibbles.bits()[d]).isBetween(1, 4);
                int mask = (1 << nibbles.bits()[d]) - 1 << nibbles.shift()[d];
                assertThat(mask).isLessThan(16);
                assertThat(taken[nibbles.nibble()[d]] & mask)
                        .as("channel %d", d)
                        .isZero();
                taken[nibbles.nibble()[d]] |= mask;
                for (int e = 0; e < dims; e++) {
                    assertThat(scale[d] > scale[e] && nibbles.bits()[d] < nibbles.bits()[e])
                            .as("channels %d and %d", d, e)
                            .isFalse();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 128})
    void fillTheirBytes(int dims) {
        float[] scale = new float[dims];
        for (int d = 0; d < dims; d++) {
            scale[d] = d < 4 ? 8 : 1;
        }
        Nibbles nibbles = Nibbles.of(scale);
        int sum = 0;
        for (int bits : nibbles.bits()) {
            sum += bits;
        }
        assertThat(sum).isEqualTo(4 * Nibbles.most(dims)).isEqualTo(dims * 7 / 4);
        assertThat(nibbles.bits()[0]).isEqualTo(4);
        assertThat(IndexForm.KEY_CODES.bytes(16, dims)).isEqualTo(IndexForm.MIN_MAX.bytes(16, dims));
    }
}
