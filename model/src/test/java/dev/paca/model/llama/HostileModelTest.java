package dev.paca.model.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.Workers;
import dev.paca.model.decoder.Slice;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.kernels.KernelLookup;
import dev.paca.model.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever the header of a model's file says, loading and running it gives logits or one sentence. */
class HostileModelTest {
    private static final int MUTATIONS = 2000;
    private static final long SEED = 20261127;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** What sizes and counts break on; floats among them are 0, NaN and infinity. */
    private static final int[] TELLING = {
        0,
        1,
        2,
        3,
        5,
        63,
        65,
        255,
        4096,
        65535,
        1 << 24,
        -1,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        0x7FC00000,
        0x7F800000
    };

    @ParameterizedTest
    @EnumSource
    void mutationsRunOrAreRefused(Architecture architecture) {
        TinyModel model = new TinyModel(architecture, 32, 1, 2, 1, 16, 16, 32, 12, true, true, GgmlType.Q8_0, 1);
        byte[] file = model.writer().bytes();
        Gguf whole = Gguf.of(MemorySegment.ofArray(file), "whole");
        long weights = whole.tensors().values().stream()
                .mapToLong(t -> t.data().byteSize())
                .sum();
        int header = (int) (file.length - weights);
        Kernels kernels = KernelLookup.best();
        int refused = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            long seed = SEED + i;
            SplittableRandom random = new SplittableRandom(seed);
            byte[] mutant = file.clone();
            int at = random.nextInt(header - 4);
            if (random.nextBoolean()) {
                mutant[at] = (byte) random.nextInt();
            } else {
                MemorySegment.ofArray(mutant).set(INT, at, TELLING[random.nextInt(TELLING.length)]);
            }
            refused += isRefused(mutant, kernels, seed) ? 1 : 0;
        }
        assertThat(refused).isBetween(MUTATIONS / 2, MUTATIONS - 1);
    }

    private static boolean isRefused(byte[] mutant, Kernels kernels, long seed) {
        try (Gguf gguf = Gguf.of(MemorySegment.ofArray(mutant), "mutant");
                CpuDecoder decoder = CpuDecoder.of(gguf, kernels, Workers.serial(), new CpuOptions(0, 1 << 20))) {
            int[] tokens = {1, 2, 0};
            Slice slice = new Slice(decoder.pool().open(KvPolicy.DENSE), tokens, 0, 3, Phase.PREFILL_END, 1);
            assertThat(decoder.forward(List.of(slice)).rows())
                    .as("seed %d", seed)
                    .isEqualTo(1);
            return false;
        } catch (PacaException e) {
            assertThat(e.getMessage()).as("seed %d", seed).endsWith(".");
            return true;
        } catch (RuntimeException | Error e) {
            throw new AssertionError("seed " + seed, e);
        }
    }
}
