package dev.paca.model.llama;

import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.model.gguf.Metadata;
import dev.paca.model.gguf.Value;

/**
 * The shape of a model and the constants of its arithmetic.
 *
 * @param architecture its family
 * @param vocabulary tokens, and entries of a row of logits
 * @param contextLength tokens that it was trained to read
 * @param dim width of the residual stream
 * @param layers how many layers
 * @param heads query heads of a layer
 * @param kvHeads key and value heads of a layer
 * @param headDim channels of a head
 * @param ffnDim width of the feed-forward network
 * @param normEpsilon what RMSNorm adds to the mean square
 * @param ropeBase base of RoPE's frequencies
 * @param ropeDim channels of a head that RoPE turns, the first ones; even
 * @param ropeScale positions are divided by this before they are turned into angles (linear scaling); mostly 1
 * @param slidingWindow tokens that attention looks back, 0 for all
 */
public record LlamaConfig(
        Architecture architecture,
        int vocabulary,
        int contextLength,
        int dim,
        int layers,
        int heads,
        int kvHeads,
        int headDim,
        int ffnDim,
        float normEpsilon,
        float ropeBase,
        int ropeDim,
        float ropeScale,
        int slidingWindow) {

    /** What the cache has to hold. */
    public KvShape kvShape() {
        return new KvShape(layers, heads, kvHeads, headDim);
    }

    /** Channels of all query heads. */
    public int queryDim() {
        return heads * headDim;
    }

    /** Channels of all key (or value) heads. */
    public int kvDim() {
        return kvHeads * headDim;
    }

    /**
     * Reads a file's configuration.
     *
     * @throws PacaException if something is missing, out of range, or not supported
     */
    public static LlamaConfig of(Metadata metadata) {
        Architecture architecture = Architecture.of(metadata);
        Keys keys = new Keys(metadata, architecture.id() + ".");
        keys.refuseExperts();
        int dim = keys.size("embedding_length", 1 << 20);
        int heads = keys.size("attention.head_count", 1 << 12);
        int kvHeads = keys.size("attention.head_count_kv", 1 << 12, heads);
        if (heads % kvHeads != 0) {
            throw keys.refusal(heads + " query heads and " + kvHeads + " KV heads, expected a multiple."
                    + " The file is damaged: get it again.");
        }
        int headDim = keys.size("attention.key_length", 1 << 12, Math.max(1, dim / heads));
        int valueDim = keys.size("attention.value_length", 1 << 12, headDim);
        int ropeDim = keys.size("rope.dimension_count", 1 << 12, headDim);
        if (valueDim != headDim || ropeDim > headDim || ropeDim % 2 != 0) {
            throw keys.refusal("key length " + headDim + ", value length " + valueDim + " and RoPE dimension " + ropeDim
                    + ", expected key and value lengths to be equal and the RoPE dimension to be even and no larger."
                    + " Choose another model.");
        }
        return new LlamaConfig(
                architecture,
                keys.vocabulary(),
                keys.size("context_length", Integer.MAX_VALUE),
                dim,
                keys.size("block_count", 1 << 10),
                heads,
                kvHeads,
                headDim,
                keys.size("feed_forward_length", 1 << 22),
                keys.positive("attention.layer_norm_rms_epsilon"),
                keys.positive("rope.freq_base", 10_000),
                ropeDim,
                keys.ropeScale(),
                keys.slidingWindow());
    }

    /** Checked reading of the keys of one architecture. */
    private record Keys(Metadata metadata, String prefix) {
        private static final String TOKENS = "tokenizer.ggml.tokens";

        PacaException refusal(String sentence) {
            return new PacaException(metadata.file() + ": " + sentence);
        }

        int size(String name, int limit) {
            String key = prefix + name;
            int found = metadata.value(key).orElse(null) instanceof Value.Items ? same(key) : metadata.integer(key);
            if (found < 1 || found > limit) {
                throw refusal("metadata " + key + " is " + found + ", expected 1 to " + limit
                        + ". The file is damaged: get it again.");
            }
            return found;
        }

        int size(String name, int limit, int otherwise) {
            return metadata.has(prefix + name) ? size(name, limit) : otherwise;
        }

        /** A size that a file gives layer by layer: the same for all, since the cache has one shape. */
        private int same(String key) {
            int[] sizes = metadata.ints(key);
            for (int size : sizes) {
                if (size != sizes[0]) {
                    throw refusal("metadata " + key + " differs between layers, which is not supported."
                            + " Choose a model whose layers are alike.");
                }
            }
            return sizes.length == 0 ? 0 : sizes[0];
        }

        float positive(String name) {
            float found = metadata.real(prefix + name);
            if (!(found > 0 && found < Float.POSITIVE_INFINITY)) {
                throw refusal("metadata " + prefix + name + " is " + found
                        + ", expected a positive number. The file is damaged: get it again.");
            }
            return found;
        }

        float positive(String name, float otherwise) {
            return metadata.has(prefix + name) ? positive(name) : otherwise;
        }

        int vocabulary() {
            return metadata.value(TOKENS).orElse(null) instanceof Value.Items tokens && tokens.count() > 0
                    ? tokens.count()
                    : size("vocab_size", 1 << 24);
        }

        void refuseExperts() {
            int experts = metadata.integer(prefix + "expert_count", 0);
            if (experts > 0) {
                throw refusal("this is a mixture of " + experts + " experts, which is not supported."
                        + " Choose a dense model.");
            }
            float scale = metadata.real(prefix + "attention.scale", 0);
            if (scale != 0) {
                throw refusal("metadata " + prefix + "attention.scale is " + scale
                        + ", expected none (1 / sqrt(head dim) is used). Choose another model.");
            }
        }

        float ropeScale() {
            String type = metadata.string(prefix + "rope.scaling.type", "linear");
            return switch (type) {
                case "none" -> 1;
                case "linear" -> {
                    String key =
                            metadata.has(prefix + "rope.scaling.factor") ? "rope.scaling.factor" : "rope.scale_linear";
                    // ggml's converter writes 0 for "no scaling".
                    yield metadata.real(prefix + key, 0) == 0 ? 1 : positive(key);
                }
                default ->
                    throw refusal("RoPE scaling is " + metadata.describe(prefix + "rope.scaling.type")
                            + ", which is not supported (supported: none, linear, and Llama 3's rope_freqs)."
                            + " Choose a model without it.");
            };
        }

        int slidingWindow() {
            String key = prefix + "attention.sliding_window";
            return metadata.has(key) && metadata.real(key) != 0
                    ? size("attention.sliding_window", Integer.MAX_VALUE)
                    : 0;
        }
    }
}
