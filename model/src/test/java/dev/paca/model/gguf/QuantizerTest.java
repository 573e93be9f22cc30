package dev.paca.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.PacaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class QuantizerTest {
    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_NONE, names = ".*_K")
    void storesWhatGgmlStores(GgmlType type) {
        MemorySegment stored = MemorySegment.ofArray(new byte[(int) type.bytes(Quants.COUNT)]);
        Quantizer.quantize(type, Quants.input(), 0, Quants.COUNT, stored, 0);
        assertThat(stored.toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(Quants.stored(type).toArray(ValueLayout.JAVA_BYTE));
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_NONE, names = ".*_K")
    void keepsZeros(GgmlType type) {
        MemorySegment stored = MemorySegment.ofArray(new byte[(int) type.bytes(64)]);
        Quantizer.quantize(type, new float[64], 0, 64, stored, 0);
        float[] out = new float[64];
        Dequantizer.dequantize(type, stored, 0, 64, out, 0);
        for (float number : out) {
            assertThat(number == 0).isTrue(); // -0 is as good: ggml's Q4_0 and Q5_0 give it, too
        }
    }

    @Test
    void doesNotWriteKQuants() {
        MemorySegment stored = MemorySegment.ofArray(new byte[144]);
        assertThatThrownBy(() -> Quantizer.quantize(GgmlType.Q4_K, new float[256], 0, 256, stored, 0))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("Q4_K cannot be written");
    }
}
