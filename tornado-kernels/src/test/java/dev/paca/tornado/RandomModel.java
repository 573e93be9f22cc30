package dev.paca.tornado;

import dev.paca.model.gguf.GgmlType;
import dev.paca.model.gguf.GgufWriter;
import java.nio.file.Path;
import java.util.Random;

/** Small models with random weights. */
final class RandomModel {
    static final int VOCABULARY = 50;
    private static final int DIM = 64;

    private RandomModel() {}

    static void write(
            Path file, String family, int heads, int kvHeads, int headDim, int ffnDim, GgmlType type, long seed) {
        Random random = new Random(seed);
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
