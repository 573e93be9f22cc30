package dev.paca.kv.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.Storage;
import dev.paca.kv.page.Block;
import dev.paca.kv.page.Codec;
import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageMemory;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.page.Tables;
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
        Panel.codes(Storage.F16, bytes, 0, 65536, 0, 1, 65536, panel, 0, 65536);
        for (int code = 0; code < 65536; code++) {
            float expected = Float.float16ToFloat(bytes.getAtIndex(ValueLayout.JAVA_SHORT, code));
            assertThat(panel[code]).as("code %x", code).isEqualTo(expected);
        }
    }

    @Test
    void everyBrainFloat() {
        MemorySegment bytes = Arena.ofAuto().allocate(2 * 65536 + 64);
        for (int code = 0; code < 65536; code++) {
            boolean finite = (code >> 7 & 255) != 255;
            bytes.setAtIndex(ValueLayout.JAVA_SHORT, code, finite ? (short) code : 0);
        }
        float[] panel = new float[65536 + 64];
        Panel.codes(Storage.BF16, bytes, 0, 65536, 0, 1, 65536, panel, 0, 65536);
        for (int code = 0; code < 65536; code++) {
            float expected = Float.intBitsToFloat(bytes.getAtIndex(ValueLayout.JAVA_SHORT, code) << 16);
            assertThat(panel[code]).as("code %x", code).isEqualTo(expected);
        }
    }

    @Test
    void everyByte() {
        for (Storage storage : new Storage[] {Storage.FP8_E4M3, Storage.FP8_E5M2}) {
            MemorySegment bytes = Arena.ofAuto().allocate(256 + 64);
            int largest = storage == Storage.FP8_E4M3 ? 0x7e : 0x7b;
            for (int code = 0; code < 256; code++) {
                bytes.set(ValueLayout.JAVA_BYTE, code, (code & 0x7f) <= largest ? (byte) code : 0);
            }
            float[] panel = new float[256 + 64];
            Panel.codes(storage, bytes, 0, 256, 0, 1, 256, panel, 0, 256);
            float[] expected = new float[256];
            Codec.of(storage).read(Block.values(1, 256), bytes, 0, 0, expected, 0);
            for (int code = 0; code < 256; code++) {
                assertThat(panel[code]).as("%s code %x", storage, code).isEqualTo(expected[code]);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Storage.class)
    void keysAndValuesOfAnySize(Storage storage) {
        Random random = new Random(11);
        for (int dims : new int[] {1, 7, 64, 80, 96, 128, 256}) {
            for (int tokens : storage.waits() ? new int[] {8, 16, 32, 64, 128} : new int[] {1, 3, 8, 13, 16, 32, 48}) {
                check(storage, tokens, dims, random);
            }
        }
    }

    private static void check(Storage storage, int tokens, int dims, Random random) {
        PageStore store =
                new PageStore(new PageFormat(storage, storage, tokens, dims, IndexForm.NONE), new PageMemory(1L << 30));
        try (store) {
            int written = Math.max(tokens, store.format().windowTokens());
            float[] k = new float[written * dims];
            float[] v = new float[written * dims];
            for (int i = 0; i < k.length; i++) {
                k[i] = (float) random.nextGaussian() * 3;
                v[i] = (float) random.nextGaussian() * 3;
            }
            int page = Tables.filled(store, written, k, v).pages()[0];
            assertThat(page).as("an encoded page").isNotNegative();
            int place = tokens / 3;
            int count = tokens - place;
            int keyStride = count + 64;
            int valueStride = dims + 64;
            float[] keys = new float[dims * keyStride + 64];
            float[] values = new float[count * valueStride + 64];
            Panel.keys(store, page, place, count, keys, 0, keyStride);
            Panel.values(store, page, place, count, values, 0, valueStride);
            for (int t = 0; t < count; t++) {
                store.readKey(page, place + t, k, 0);
                store.readValue(page, place + t, v, 0);
                for (int d = 0; d < dims; d++) {
                    assertThat(keys[d * keyStride + t])
                            .as("key %d %d of %s", t, d, store.format())
                            .isEqualTo(k[d]);
                    assertThat(values[t * valueStride + d])
                            .as("value %d %d of %s", t, d, store.format())
                            .isEqualTo(v[d]);
                }
            }
        }
    }
}
