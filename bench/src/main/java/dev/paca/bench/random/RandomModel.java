package dev.paca.bench.random;

import dev.paca.model.gguf.GgmlType;
import dev.paca.model.gguf.GgufWriter;
import dev.paca.model.gguf.Quantizer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A model of a shape, with random weights: as fast and as large as a real one, and as the numbers of a real one around 0
 * with a deviation of 0.02. It depends on the shape, the type and nothing else.
 */
public final class RandomModel {
    private static final double DEVIATION = 0.02;
    /** Rows begin anywhere in a table of this many numbers: drawing each number anew would take a minute. */
    private static final int TABLE = 1 << 20;
    /** Bytes that are made before they are copied to the file. */
    private static final int PIECE = 16 << 20;

    private static final Map<Integer, String> LLAMA = Map.of(
            0,
            "<|begin_of_text|>",
            1,
            "<|end_of_text|>",
            6,
            "<|start_header_id|>",
            7,
            "<|end_header_id|>",
            9,
            "<|eot_id|>");
    private static final Map<Integer, String> QWEN = Map.of(0, "<|endoftext|>", 1, "<|im_start|>", 2, "<|im_end|>");

    private final Shape shape;
    private final GgmlType type;

    private record Tensor(String name, int cols, int rows) {}

    public RandomModel(Shape shape, GgmlType type) {
        this.shape = shape;
        this.type = type;
    }

    /** Bytes of all matrices. */
    public long bytes() {
        return matrices().stream()
                .mapToLong(t -> type.bytes((long) t.cols * t.rows))
                .sum();
    }

    /**
     * Writes it.
     *
     * @throws dev.paca.kv.PacaException if the file cannot be written
     */
    public void write(Path file) {
        float[] table = new float[TABLE + Math.max(shape.ffnDim(), Math.max(shape.dim(), queryDim()))];
        SplittableRandom random = new SplittableRandom(shape.name().hashCode());
        for (int i = 0; i < table.length; i++) {
            table[i] = (float) (DEVIATION * random.nextGaussian());
        }
        GgufWriter writer = new GgufWriter();
        metadata(writer);
        for (Tensor tensor : matrices()) {
            long seed = random.nextLong();
            writer.tensor(
                    tensor.name, type, new long[] {tensor.cols, tensor.rows}, to -> fill(to, tensor, table, seed));
        }
        for (int i = 0; i < shape.layers(); i++) {
            String blk = "blk." + i + ".";
            ones(writer, blk + "attn_norm.weight", shape.dim());
            ones(writer, blk + "ffn_norm.weight", shape.dim());
            if (shape.headNorms()) {
                ones(writer, blk + "attn_q_norm.weight", shape.headDim());
                ones(writer, blk + "attn_k_norm.weight", shape.headDim());
            }
        }
        ones(writer, "output_norm.weight", shape.dim());
        if (shape.ropeFactor() != 1) {
            float[] factors = shape.ropeFactors();
            writer.tensor("rope_freqs.weight", GgmlType.F32, new long[] {factors.length}, factors);
        }
        writer.write(file);
    }

    private void metadata(GgufWriter writer) {
        String prefix = shape.architecture() + ".";
        writer.put("general.architecture", shape.architecture())
                .put("general.file_type", fileType())
                .put("general.name", "Random weights in the shape of " + shape.name())
                .put(prefix + "vocab_size", shape.vocabulary())
                .put(prefix + "context_length", shape.contextLength())
                .put(prefix + "embedding_length", shape.dim())
                .put(prefix + "block_count", shape.layers())
                .put(prefix + "feed_forward_length", shape.ffnDim())
                .put(prefix + "attention.head_count", shape.heads())
                .put(prefix + "attention.head_count_kv", shape.kvHeads())
                .put(prefix + "attention.key_length", shape.headDim())
                .put(prefix + "attention.value_length", shape.headDim())
                .put(prefix + "attention.layer_norm_rms_epsilon", shape.normEpsilon())
                .put(prefix + "rope.dimension_count", shape.headDim())
                .put(prefix + "rope.freq_base", shape.ropeBase());
        if (shape.headNorms()) {
            new SyntheticVocabulary(shape.vocabulary(), shape.specials(), QWEN).write(writer, "qwen2", 0, 2, false);
        } else {
            new SyntheticVocabulary(shape.vocabulary(), shape.specials(), LLAMA).write(writer, "llama-bpe", 0, 9, true);
        }
    }

    /** llama.cpp's number of a file whose matrices are of the type: there are programs that ask for nothing else. */
    private int fileType() {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q4_1 -> 3;
            case Q8_0 -> 7;
            case Q5_0 -> 8;
            case Q5_1 -> 9;
            case BF16 -> 32;
            default -> throw new IllegalStateException(type + " has no number");
        };
    }

    private List<Tensor> matrices() {
        List<Tensor> all = new ArrayList<>();
        int dim = shape.dim();
        int kvDim = shape.kvHeads() * shape.headDim();
        all.add(new Tensor("token_embd.weight", dim, shape.vocabulary()));
        for (int i = 0; i < shape.layers(); i++) {
            String blk = "blk." + i + ".";
            all.add(new Tensor(blk + "attn_q.weight", dim, queryDim()));
            all.add(new Tensor(blk + "attn_k.weight", dim, kvDim));
            all.add(new Tensor(blk + "attn_v.weight", dim, kvDim));
            all.add(new Tensor(blk + "attn_output.weight", queryDim(), dim));
            all.add(new Tensor(blk + "ffn_gate.weight", dim, shape.ffnDim()));
            all.add(new Tensor(blk + "ffn_up.weight", dim, shape.ffnDim()));
            all.add(new Tensor(blk + "ffn_down.weight", shape.ffnDim(), dim));
        }
        if (!shape.tied()) {
            all.add(new Tensor("output.weight", dim, shape.vocabulary()));
        }
        return all;
    }

    private int queryDim() {
        return shape.heads() * shape.headDim();
    }

    /** Piece by piece, since the file's memory belongs to one thread, and all take part in the numbers. */
    private void fill(MemorySegment to, Tensor tensor, float[] table, long seed) {
        int rowBytes = Math.toIntExact(type.bytes(tensor.cols));
        int most = Math.min(tensor.rows, Math.max(1, PIECE / rowBytes));
        byte[] piece = new byte[most * rowBytes];
        MemorySegment bytes = MemorySegment.ofArray(piece);
        for (int from = 0; from < tensor.rows; from += most) {
            int first = from;
            int rows = Math.min(most, tensor.rows - from);
            IntStream.range(0, rows).parallel().forEach(r -> {
                int start = new SplittableRandom(seed + first + r).nextInt(TABLE);
                Quantizer.quantize(type, table, start, tensor.cols, bytes, (long) r * tensor.cols);
            });
            MemorySegment.copy(
                    bytes,
                    ValueLayout.JAVA_BYTE,
                    0,
                    to,
                    ValueLayout.JAVA_BYTE,
                    (long) first * rowBytes,
                    (long) rows * rowBytes);
        }
    }

    private static void ones(GgufWriter writer, String name, int n) {
        float[] ones = new float[n];
        Arrays.fill(ones, 1);
        writer.tensor(name, GgmlType.F32, new long[] {n}, ones);
    }
}
