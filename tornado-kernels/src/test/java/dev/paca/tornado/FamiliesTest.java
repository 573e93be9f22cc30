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
import dev.paca.model.gguf.GgufWriter;
import dev.paca.model.kernels.ScalarKernels;
import dev.paca.model.llama.CpuDecoder;
import dev.paca.model.llama.CpuOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small models of each family, with random weights, against the CPU's decoder. */
class FamiliesTest {
    private static final int TOKENS = 21;
    private static final int VOCABULARY = 50;
    private static final int DIM = 64;
    /** Of the norm: the output matrix is converted to halves, which keep 11 bits. */
    private static final double TOLERANCE = 5e-4;

    @TempDir
    private Path folder;

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
        write(file, family, heads, kvHeads, headDim, ffnDim, type);
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

    private static void write(
            Path file, String family, int heads, int kvHeads, int headDim, int ffnDim, GgmlType type) {
        Random random = new Random(2);
        GgufWriter writer = new GgufWriter()
                .put("general.architecture", family)
                .put(family + ".vocab_size", VOCABULARY)
                .put(family + ".context_length", 64)
                .put(family + ".embedding_length", DIM)
                .put(family + ".block_count", 2)
                .put(family + ".feed_forward_length", ffnDim)
                .put(family + ".attention.head_count", heads)
                .put(family + ".attention.head_count_kv", kvHeads)
                .put(family + ".attention.key_length", headDim)
                .put(family + ".attention.value_length", headDim)
                .put(family + ".attention.layer_norm_rms_epsilon", 1e-5f)
                .put(family + ".rope.freq_base", 10000f);
        matrix(writer, "token_embd.weight", type, VOCABULARY, DIM, random);
        matrix(writer, "output.weight", GgmlType.Q5_1, VOCABULARY, DIM, random);
        vector(writer, "output_norm.weight", DIM, random);
        for (int l = 0; l < 2; l++) {
            String blk = "blk." + l + ".";
            vector(writer, blk + "attn_norm.weight", DIM, random);
            vector(writer, blk + "ffn_norm.weight", DIM, random);
            // one projection with a type of its own in the second layer
            matrix(writer, blk + "attn_q.weight", type, heads * headDim, DIM, random);
            matrix(writer, blk + "attn_k.weight", type, kvHeads * headDim, DIM, random);
            matrix(writer, blk + "attn_v.weight", l == 1 ? GgmlType.F16 : type, kvHeads * headDim, DIM, random);
            if (family.equals("qwen2")) {
                vector(writer, blk + "attn_q.bias", heads * headDim, random);
                vector(writer, blk + "attn_k.bias", kvHeads * headDim, random);
                vector(writer, blk + "attn_v.bias", kvHeads * headDim, random);
            }
            if (family.equals("qwen3")) {
                vector(writer, blk + "attn_q_norm.weight", headDim, random);
                vector(writer, blk + "attn_k_norm.weight", headDim, random);
            }
            int wide = heads * headDim;
            matrix(writer, blk + "attn_output.weight", wide % 32 == 0 ? type : GgmlType.F32, DIM, wide, random);
            matrix(writer, blk + "ffn_gate.weight", type, ffnDim, DIM, random);
            matrix(writer, blk + "ffn_up.weight", type, ffnDim, DIM, random);
            matrix(writer, blk + "ffn_down.weight", type, DIM, ffnDim, random);
        }
        writer.write(file);
    }

    private static void matrix(GgufWriter writer, String name, GgmlType type, int rows, int cols, Random random) {
        float[] numbers = new float[rows * cols];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) (random.nextGaussian() / Math.sqrt(cols));
        }
        writer.tensor(name, type, new long[] {cols, rows}, numbers);
    }

    private static void vector(GgufWriter writer, String name, int n, Random random) {
        float[] numbers = new float[n];
        for (int i = 0; i < n; i++) {
            numbers[i] = 1 + (float) random.nextGaussian() / 10;
        }
        writer.tensor(name, GgmlType.F32, new long[] {n}, numbers);
    }
}
