package dev.paca.kv.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.Storage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CodecTest {
    private static final int TOKENS = 16;
    private static final int DIMS = 80;
    private static final float LARGEST = 20.1f;

    /** The largest error of an element, relative to the element, or to the token's largest element for integers. */
    private static double bound(Storage storage) {
        return switch (storage) {
            case F32 -> 0;
            case F16 -> Math.pow(2, -11);
            case BF16 -> Math.pow(2, -8);
            // Half a unit in the last place of the mantissa. With a scale the division and the product round too.
            case FP8_E4M3, FP8_E4M3_TENSOR, FP8_E4M3_HEAD, FP8_E4M3_TOKEN -> Math.pow(2, -4) + 1e-6;
            case FP8_E5M2, FP8_E5M2_TENSOR, FP8_E5M2_HEAD, FP8_E5M2_TOKEN -> Math.pow(2, -3) + 1e-6;
            case INT8 -> 0.5 / 127 + 1e-6;
            // Half a step of the way from one end to the other; scale and minimum are rounded to F16.
            case KIVI4 -> 2 * 0.5 / 15 + 1e-3;
            case KIVI2 -> 2 * 0.5 / 3 + 1e-3;
        };
    }

    @Test
    void errorsAreThoseOfTheForm() {
        Random random = new Random(17);
        for (Storage storage : Storage.values()) {
            for (Block block : new Block[] {Block.keys(TOKENS, DIMS), Block.values(TOKENS, DIMS)}) {
                check(storage, block, random);
            }
        }
    }

    private static void check(Storage storage, Block block, Random random) {
        Codec codec = Codec.of(storage);
        MemorySegment bytes = Arena.ofAuto().allocate(codec.bytes(block));
        float[] rows = new float[block.elements()];
        float[][] tokens = new float[TOKENS][DIMS];
        for (int t = 0; t < TOKENS; t++) {
            for (int d = 0; d < DIMS; d++) {
                // Above the subnormals of every form, where relative bounds hold.
                tokens[t][d] = (0.1f + random.nextFloat() * 20) * (random.nextBoolean() ? 1 : -1);
            }
            if (codec instanceof TokenCodec single) {
                single.write(block, bytes, 0, t, tokens[t], 0);
            }
            for (int d = 0; d < DIMS; d++) {
                rows[block.first(t) + d * block.step()] = tokens[t][d];
            }
        }
        if (codec instanceof GroupCodec groups) {
            groups.encode(block, bytes, 0, rows);
        }
        float[] read = new float[DIMS];
        for (int t = 0; t < TOKENS; t++) {
            codec.read(block, bytes, 0, t, read, 0);
            for (int d = 0; d < DIMS; d++) {
                double reference = storage == Storage.INT8 || storage.isGrouped() ? LARGEST : Math.abs(tokens[t][d]);
                assertThat(Math.abs(read[d] - tokens[t][d]) / reference)
                        .as("%s %s", storage, tokens[t][d])
                        .isLessThanOrEqualTo(bound(storage));
            }
        }
    }

    @Test
    void whatIsNoNumberOrTooLargeIsStoredFinite() {
        Block block = Block.values(1, 4);
        float[] read = new float[4];
        for (Storage storage : Storage.values()) {
            if (storage == Storage.F32 || storage.isGrouped()) {
                // The one stores everything, the others only what F16 has made finite.
                continue;
            }
            TokenCodec codec = Codec.ofToken(storage);
            MemorySegment bytes = Arena.ofAuto().allocate(codec.bytes(block));
            float[] token = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e-30f};
            codec.write(block, bytes, 0, 0, token, 0);
            codec.read(block, bytes, 0, 0, read, 0);
            for (float x : read) {
                assertThat(x).as("%s", storage).isFinite();
            }
            assertThat(read[0]).as("%s", storage).isZero();
            assertThat(read[1]).as("%s", storage).isPositive();
            assertThat(read[2]).as("%s", storage).isNegative();
        }
    }

    @Test
    void pagesTakeTheBytesComputedByHand() {
        assertThat(bytes(Storage.F32)).isEqualTo(2 * 16 * 64 * 4);
        assertThat(bytes(Storage.F16)).isEqualTo(2 * 16 * 64 * 2);
        assertThat(bytes(Storage.BF16)).isEqualTo(2 * 16 * 64 * 2);
        assertThat(bytes(Storage.FP8_E4M3)).isEqualTo(2 * 16 * 64);
        assertThat(bytes(Storage.FP8_E5M2)).isEqualTo(2 * 16 * 64);
        // A float for each of 16 tokens.
        assertThat(bytes(Storage.FP8_E4M3_TOKEN)).isEqualTo(2 * (16 * 64 + 64));
        assertThat(bytes(Storage.INT8)).isEqualTo(2 * (16 * 64 + 64));
        // Two floats for the page.
        assertThat(bytes(Storage.FP8_E4M3_HEAD)).isEqualTo(2 * 16 * 64 + 8);
        assertThat(bytes(Storage.FP8_E5M2_TENSOR)).isEqualTo(2 * 16 * 64 + 8);
        // Two F16 for each of the keys' 64 channels and for two groups of each of the values' 16 tokens.
        assertThat(bytes(Storage.KIVI4)).isEqualTo(2 * 16 * 64 / 2 + 64 * 4 + 16 * 2 * 4);
        assertThat(bytes(Storage.KIVI2)).isEqualTo(2 * 16 * 64 / 4 + 64 * 4 + 16 * 2 * 4);
    }

    private static long bytes(Storage storage) {
        return new PageFormat(storage, storage, 16, 64, IndexForm.NONE).bytes();
    }
}
