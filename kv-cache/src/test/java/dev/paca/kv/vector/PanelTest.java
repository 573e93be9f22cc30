package dev.paca.kv.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.Storage;
import dev.paca.kv.page.Block;
import dev.paca.kv.page.Codec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Expanding must give the codec's numbers to the bit: both are exact. */
class PanelTest {
    @Test
    void everyFiniteHalf() {
        MemorySegment bytes = Arena.ofAuto().allocate(2 * 65536 + 64);
        for (int code = 0; code < 65536; code++) {
            boolean finite = (code >> 10 & 31) != 31;
            bytes.setAtIndex(ValueLayout.JAVA_SHORT, code, finite ? (short) code : 0);
        }
        float[] panel = new float[65536 + 64];
        Panel.expand(Storage.F16, bytes, 0, 65536, 0, 1, 65536, panel, 0, 65536);
        for (int code = 0; code < 65536; code++) {
            float expected = Float.float16ToFloat(bytes.getAtIndex(ValueLayout.JAVA_SHORT, code));
            assertThat(panel[code]).as("code %x", code).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource(Storage.class)
    void keysAndValuesOfAnySize(Storage storage) {
        Random random = new Random(11);
        for (int dims : new int[] {1, 7, 64, 80, 96, 128, 256}) {
            for (int tokens : new int[] {1, 3, 8, 13, 16, 32, 48}) {
                check(storage, Block.keys(tokens, dims), random);
                check(storage, Block.values(tokens, dims), random);
            }
        }
    }

    private static void check(Storage storage, Block block, Random random) {
        Codec codec = Codec.of(storage);
        MemorySegment bytes = Arena.ofAuto().allocate(codec.bytes(block) + 64);
        float[][] tokens = new float[block.tokens()][block.dims()];
        for (int t = 0; t < block.tokens(); t++) {
            for (int d = 0; d < block.dims(); d++) {
                tokens[t][d] = (float) random.nextGaussian() * 3;
            }
            codec.write(block, bytes, 0, t, tokens[t], 0);
        }
        int stride = block.columns() + 64;
        float[] panel = new float[block.rows() * stride];
        Panel.expand(storage, bytes, 0, block.columns(), 0, block.rows(), block.columns(), panel, 0, stride);
        float[] expected = new float[block.dims()];
        for (int t = 0; t < block.tokens(); t++) {
            codec.read(block, bytes, 0, t, expected, 0);
            for (int d = 0; d < block.dims(); d++) {
                int at = block.tokensInRows() ? t * stride + d : d * stride + t;
                assertThat(panel[at])
                        .as("%s %s token %d channel %d", storage, block, t, d)
                        .isEqualTo(expected[d]);
            }
        }
    }
}
