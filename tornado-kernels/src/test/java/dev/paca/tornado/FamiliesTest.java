package dev.paca.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.Phase;
import dev.paca.kv.Storage;
import dev.paca.kv.Workers;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.kernels.ScalarKernels;
import dev.paca.model.llama.CpuDecoder;
import dev.paca.model.llama.CpuOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small models of each family, with random weights, against the CPU's decoder. */
class FamiliesTest {
    private static final int TOKENS = 21;
    private static final int VOCABULARY = RandomModel.VOCABULARY;
    private static final long SEED = 2;
    /** Of the norm: the output matrix is converted to halves, which keep 11 bits. */
    private static final double TOLERANCE = 5e-4;

    @TempDir
    private Path folder;

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({
        // family, heads, KV heads, head dim, feed-forward dim, type, storage
        "llama, 6, 2, 16, 96, Q4_0, F16",
        "qwen2, 7, 1, 24, 160, Q8_0, F32",
        "qwen3, 4, 2, 32, 32, F32, F16"
    })
    void agreesWithTheCpu(
            String family, int heads, int kvHeads, int headDim, int ffnDim, GgmlType type, Storage storage) {
        Path file = folder.resolve(family + ".gguf");
        RandomModel.write(file, family, heads, kvHeads, headDim, ffnDim, type, SEED);
        KvPolicy policy = new KvPolicy(storage, storage, 8);
        int[] ids = new Random(3).ints(TOKENS, 0, VOCABULARY).toArray();
        try (Gguf gguf = Gguf.open(file);
                Decoder cpu =
                        CpuDecoder.of(gguf, new ScalarKernels("truth"), Workers.serial(), new CpuOptions(64, 1 << 20));
                Decoder device = TornadoDecoder.of(gguf, new TornadoOptions("auto", 64, policy, 0, 16, 2, true))) {
            float[] expected = run(cpu, policy, ids);
            float[] found = run(device, policy, ids);
            double error = 0;
            double norm = 0;
            for (int i = 0; i < expected.length; i++) {
                error += Math.pow(found[i] - expected[i], 2);
                norm += Math.pow(expected[i], 2);
            }
            assertThat(Math.sqrt(error / norm)).isLessThan(TOLERANCE);
        }
    }

    /** Logits after all but the last token, which are a prompt, and after the last. */
    private static float[] run(Decoder decoder, KvPolicy policy, int[] ids) {
        float[] all = new float[2 * VOCABULARY];
        try (KvCache cache = decoder.pool().open(policy)) {
            cache.reserve(TOKENS);
            Logits logits = decoder.forward(List.of(new Slice(cache, ids, 0, TOKENS - 1, Phase.PREFILL_END, 1)));
            System.arraycopy(logits.values(), 0, all, 0, VOCABULARY);
            logits = decoder.forward(List.of(new Slice(cache, ids, TOKENS - 1, 1, Phase.DECODE, 1)));
            System.arraycopy(logits.values(), 0, all, VOCABULARY, VOCABULARY);
        }
        return all;
    }
}
