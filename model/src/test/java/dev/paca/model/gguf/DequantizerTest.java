package dev.paca.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DequantizerTest {
    @ParameterizedTest
    @EnumSource
    void equalsGgmlToTheBit(GgmlType type) {
        float[] out = new float[Quants.COUNT];
        Dequantizer.dequantize(type, Quants.stored(type), 0, Quants.COUNT, out, 0);
        assertThat(out).isEqualTo(Quants.dequantized(type));
    }

    @ParameterizedTest
    @EnumSource
    void readsAPart(GgmlType type) {
        int from = 3 * type.blockSize();
        int n = 2 * type.blockSize();
        float[] out = new float[n + 9];
        Dequantizer.dequantize(type, Quants.stored(type), from, n, out, 7);
        float[] all = Quants.dequantized(type);
        for (int i = 0; i < out.length; i++) {
            assertThat(out[i]).isEqualTo(i < 7 || i >= 7 + n ? 0 : all[from + i - 7]);
        }
    }
}
