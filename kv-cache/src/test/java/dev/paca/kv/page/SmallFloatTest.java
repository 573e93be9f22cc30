package dev.paca.kv.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SmallFloatTest {
    /** The numbers by the specification: sign, 2^exponent, mantissa. */
    private static double value(int code, int mantissaBits, int bias) {
        int exponent = (code & 0x7f) >> mantissaBits;
        double mantissa = (code & (1 << mantissaBits) - 1) / (double) (1 << mantissaBits);
        double size = exponent == 0 ? mantissa * Math.pow(2, 1 - bias) : (1 + mantissa) * Math.pow(2, exponent - bias);
        return code >= 128 ? -size : size;
    }

    @Test
    void everyCode() {
        check(SmallFloat.E4M3, 3, 7, 0x7e, 448);
        check(SmallFloat.E5M2, 2, 15, 0x7b, 57344);
    }

    private static void check(SmallFloat format, int mantissaBits, int bias, int largest, float max) {
        assertThat(format.max()).isEqualTo(max);
        TreeMap<Double, Integer> codes = new TreeMap<>();
        for (int code = 0; code < 256; code++) {
            if ((code & 0x7f) > largest) {
                continue;
            }
            double value = value(code, mantissaBits, bias);
            assertThat(format.decode((byte) code)).as("code %x", code).isEqualTo((float) value);
            if (value != 0) {
                assertThat(format.encode((float) value) & 0xff).as("%s", value).isEqualTo(code);
            }
            if (code != 0x80) {
                codes.put(value, code);
            }
        }
        Random random = new Random(5);
        for (int i = 0; i < 200_000; i++) {
            float x = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(40) - 22));
            assertThat(format.decode(format.encode(x))).as("%s", x).isEqualTo(nearest(x, max, codes));
        }
        // Ties between every two neighbours.
        Double last = null;
        for (double value : codes.keySet()) {
            if (last != null) {
                float middle = (float) ((last + value) / 2);
                assertThat(format.decode(format.encode(middle)))
                        .as("%s", middle)
                        .isEqualTo(nearest(middle, max, codes));
            }
            last = value;
        }
    }

    private static float nearest(float x, float max, TreeMap<Double, Integer> codes) {
        double inside = Math.clamp(x, -max, max);
        double below = codes.floorKey(inside);
        double above = codes.ceilingKey(inside);
        double result = inside - below < above - inside ? below : above;
        if (inside - below == above - inside && codes.get(below) % 2 == 0) {
            result = below;
        }
        // A negative number that rounds to zero is negative zero.
        return result == 0 && x < 0 ? -0f : (float) result;
    }

    @Test
    void saturatesAndForgetsNaN() {
        for (SmallFloat format : new SmallFloat[] {SmallFloat.E4M3, SmallFloat.E5M2}) {
            assertThat(format.decode(format.encode(Float.POSITIVE_INFINITY))).isEqualTo(format.max());
            assertThat(format.decode(format.encode(-1e30f))).isEqualTo(-format.max());
            assertThat(format.encode(Float.NaN)).isZero();
        }
    }
}
