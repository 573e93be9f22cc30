package dev.paca.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Storage;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.llama.Architecture;
import dev.paca.model.llama.LlamaConfig;
import dev.paca.model.part.Part;
import dev.paca.model.part.Parts;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Parts are compared with the CPU's scalar kernels when they are made: these only have to be made, and to be told about. */
class PartsTest {
    private final Parts device = Parts.on(Parts.AUTO);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "int8 | all | 64 | 96 | 3 | append attend combine",
                "fp8_e4m3 | quest:budget=128 | 128 | 1300 | 2 | append score choose attend combine"
            })
    void attends(String stored, String select, int headDim, int length, int sequences, String kernels) {
        Storage storage = PolicyText.storage(stored);
        KvPolicy policy = new KvPolicy(storage, storage, 16).with(PolicyText.selection(select));
        try (Part part = device.provider().attention(device.device(), config(2, headDim), policy, length, sequences)) {
            part.run();
            part.profile();
            List<Part.Kernel> profile = part.profile();
            assertThat(profile.stream().map(Part.Kernel::name)).containsExactlyInAnyOrder(kernels.split(" "));
            assertThat(profile)
                    .allSatisfy(kernel -> assertThat(kernel.seconds()).isPositive());
            assertThat(profile.stream().mapToLong(Part.Kernel::bytes).sum()).isEqualTo(part.bytes());
            assertThat(part.layers()).isEqualTo(2);
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "f16 | all | 64 | 333 | 1 | append attend combine",
                "f32 | quest:budget=64 | 64 | 527 | 2 | append score choose attend combine",
                "f16 | streaming:budget=64 | 64 | 207 | 1 | append attend combine",
                "f16 | key-codes:budget=64 | 64 | 600 | 1 | append settle seal score shares choose look keep attend combine"
            })
    void attendsInOtherWays(String stored, String select, int headDim, int length, int sequences, String kernels) {
        attends(stored, select, headDim, length, sequences, kernels);
    }

    @Test
    void saysWhatAttentionReads() {
        KvPolicy policy = KvPolicy.DENSE.with(PolicyText.selection("quest:budget=64"));
        try (Part part = device.provider().attention(device.device(), config(1, 64), policy, 399, 1)) {
            // 4 of 25 pages with 2 KV heads of 16 keys and values, and a minimum and a maximum of each channel
            assertThat(part.bytes()).isEqualTo(4 * 2 * 16 * 2 * 64 * 2 + 25 * 2 * 64 * 4);
        }
    }

    @ParameterizedTest
    @CsvSource({"F16, 3", "Q8_0, 1"})
    void multiplies(GgmlType type, int rows) {
        products(type, rows);
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"F32, 1", "Q4_0, 5", "Q4_K, 1", "BF16, 2", "Q6_K, 1"})
    void multipliesOtherTypes(GgmlType type, int rows) {
        products(type, rows);
    }

    private void products(GgmlType type, int rows) {
        try (Part part = device.provider().products(device.device(), config(1, 64), type, rows)) {
            part.run();
            part.run();
            assertThat(part.profile().stream().map(Part.Kernel::name)).contains("qkv", "output", "gateup", "down");
            assertThat(part.bytes()).isGreaterThan(type.bytes(256 * (512 + 256 + 3 * 512)) * 9 / 10);
            assertThat(part.error()).isLessThan(0.03);
        }
    }

    @Test
    void whatIsWrongIsNotMeasured() {
        float[] right = {3, 4};
        assertThat(SelfCheck.difference(new float[] {3, 4.5f}, right)).isEqualTo(0.1);
        assertThatThrownBy(() -> PartTruth.check("It", "ptx:0", 0.1, 0.05))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("It on ptx:0 is wrong");
        assertThatThrownBy(() -> PartTruth.check("It", "ptx:0", Double.NaN, 1)).isInstanceOf(PacaException.class);
    }

    @Test
    void readsMemory() {
        assertThat(device.provider().bandwidth(device.device())).isPositive();
    }

    @Test
    void whatTheDeviceDoesNotStoreIsRefused() {
        KvPolicy kivi = new KvPolicy(Storage.KIVI4, Storage.KIVI4, 32);
        assertThatThrownBy(() -> device.provider().attention(device.device(), config(1, 64), kivi, 64, 1))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("kivi4");
    }

    @Test
    void whatIsTooLargeIsRefusedBeforeAnythingIsMade() {
        String id = device.device();
        assertThatThrownBy(() -> device.provider().attention(id, config(1, 64), KvPolicy.DENSE, Integer.MAX_VALUE, 1))
                .hasMessageContaining("do not fit in arrays of the device");
        assertThatThrownBy(() -> device.provider().attention(id, config(1, 64), KvPolicy.DENSE, 64, 1 << 30))
                .hasMessageContaining("do not fit in arrays of the device");
        assertThatThrownBy(() -> device.provider().products(id, config(1, 64), GgmlType.F16, 1 << 20))
                .hasMessageContaining("up to 4096 rows");
        KvPolicy first = KvPolicy.DENSE.with(PolicyText.selection("quest:budget=64,layers=1"));
        assertThatThrownBy(() -> device.provider().attention(id, config(2, 64), first, 64, 1))
                .hasMessageContaining("Leave layers= out");
    }

    /** 4 query heads, 2 KV heads. */
    private static LlamaConfig config(int layers, int headDim) {
        return new LlamaConfig(
                Architecture.LLAMA, 1, 1 << 20, 256, layers, 4, 2, headDim, 512, 1e-5f, 10000, headDim, 1, 0);
    }
}
