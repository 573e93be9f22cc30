package dev.paca.kv.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.attention.Exp2;
import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class VectorExp2Test {
    @Test
    void givesTheScalarBits() {
        Random random = new Random(7);
        float[] x = new float[Lanes.COUNT];
        float[] y = new float[Lanes.COUNT];
        for (int round = 0; round < 20_000; round++) {
            for (int i = 0; i < x.length; i++) {
                x[i] = i == 0 ? Float.NEGATIVE_INFINITY : -random.nextFloat() * (round % 2 == 0 ? 150 : 3);
            }
            VectorExp2.of(FloatVector.fromArray(Lanes.FLOAT, x, 0)).intoArray(y, 0);
            for (int i = 0; i < x.length; i++) {
                assertThat(y[i]).as("2^%s", x[i]).isEqualTo(Exp2.of(x[i]));
            }
        }
    }
}
