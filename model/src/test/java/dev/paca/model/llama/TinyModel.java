package dev.paca.model.llama;

import dev.paca.model.gguf.GgmlType;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.gguf.GgufWriter;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/** A model of random weights, small enough for a test. */
public record TinyModel(
        Architecture architecture,
        int dim,
        int layers,
        int heads,
        int kvHeads,
        int headDim,
        int ropeDim,
        int ffnDim,
        int vocabulary,
        boolean tied,
        boolean ropeFactors,
        GgmlType type,
        long seed) {

    /** A Llama with nothing special. */
    public static TinyModel llama() {
        return new TinyModel(Architecture.LLAMA, 64, 2, 4, 2, 16, 16, 96, 50, true, false, GgmlType.F32, 1);
    }

    /** The file. */
    public Gguf gguf() {
        return Gguf.of(MemorySegment.ofArray(writer().bytes()), "tiny.gguf");
    }

    /** The file, still to be written. */
    public GgufWriter writer() {
        return tensors(metadata());
    }

    /** The file's metadata. */
    GgufWriter metadata() {
        String prefix = architecture.id() + ".";
        return new GgufWriter()
                .put("general.architecture", architecture.id())
                .put(prefix + "vocab_size", vocabulary)
                .put(prefix + "context_length", 4096)
                .put(prefix + "embedding_length", dim)
                .put(prefix + "block_count", layers)
                .put(prefix + "feed_forward_length", ffnDim)
                .put(prefix + "attention.head_count", heads)
                .put(prefix + "attention.head_count_kv", kvHeads)
                .put(prefix + "attention.key_length", headDim)
                .put(prefix + "attention.value_length", headDim)
                .put(prefix + "attention.layer_norm_rms_epsilon", 1e-5f)
                .put(prefix + "rope.dimension_count", ropeDim)
                .put(prefix + "rope.freq_base", 10_000f);
    }

    /** Adds all tensors. */
    GgufWriter tensors(GgufWriter writer) {
        matrix(writer, "token_embd.weight", vocabulary, dim);
        for (int i = 0; i < layers; i++) {
            String blk = "blk." + i + ".";
            vector(writer, blk + "attn_norm.weight", dim, 1);
            matrix(writer, blk + "attn_q.weight", heads * headDim, dim);
            matrix(writer, blk + "attn_k.weight", kvHeads * headDim, dim);
            matrix(writer, blk + "attn_v.weight", kvHeads * headDim, dim);
            if (architecture.projectionBiases()) {
                vector(writer, blk + "attn_q.bias", heads * headDim, 0);
                vector(writer, blk + "attn_k.bias", kvHeads * headDim, 0);
                vector(writer, blk + "attn_v.bias", kvHeads * headDim, 0);
            }
            if (architecture.headNorms()) {
                vector(writer, blk + "attn_q_norm.weight", headDim, 1);
                vector(writer, blk + "attn_k_norm.weight", headDim, 1);
            }
            matrix(writer, blk + "attn_output.weight", dim, heads * headDim);
            vector(writer, blk + "ffn_norm.weight", dim, 1);
            matrix(writer, blk + "ffn_gate.weight", ffnDim, dim);
            matrix(writer, blk + "ffn_up.weight", ffnDim, dim);
            matrix(writer, blk + "ffn_down.weight", dim, ffnDim);
        }
        vector(writer, "output_norm.weight", dim, 1);
        if (!tied) {
            matrix(writer, "output.weight", vocabulary, dim);
        }
        if (ropeFactors) {
            float[] factors = new float[ropeDim / 2];
            for (int i = 0; i < factors.length; i++) {
                factors[i] = i < factors.length / 2 ? 1 : 1 + 7f * i / factors.length;
            }
            writer.tensor("rope_freqs.weight", GgmlType.F32, new long[] {factors.length}, factors);
        }
        return writer;
    }

    // Each output of a product with numbers around 1 is around 1 again, so that softmax and SwiGLU are not flat.
    private void matrix(GgufWriter writer, String name, int rows, int cols) {
        writer.tensor(name, type, new long[] {cols, rows}, random(name, rows * cols, 0, 1 / Math.sqrt(cols)));
    }

    private void vector(GgufWriter writer, String name, int n, float mean) {
        writer.tensor(name, GgmlType.F32, new long[] {n}, random(name, n, mean, 0.2));
    }

    private float[] random(String name, int n, float mean, double deviation) {
        SplittableRandom random = new SplittableRandom(seed * 1_000_003 + name.hashCode());
        float[] numbers = new float[n];
        for (int i = 0; i < n; i++) {
            numbers[i] = (float) (mean + deviation * random.nextGaussian());
        }
        return numbers;
    }
}
