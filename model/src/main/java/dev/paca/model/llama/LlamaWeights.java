package dev.paca.model.llama;

import dev.paca.kv.PacaException;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.kernels.Matrix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All weights of a model: matrices where they lie in the file, vectors as floats.
 *
 * @param embeddings {@code [vocabulary][dim]}
 * @param layers from first to last
 * @param outputNorm scale of the last norm, {@code [dim]}
 * @param output projection to logits, {@code [vocabulary][dim]}: the embeddings, where the two are tied
 * @param ropeFactors each pair's frequency is divided by this, {@code [ropeDim / 2]}: Llama 3.1's scaling; or null
 */
public record LlamaWeights(
        Matrix embeddings, List<Layer> layers, float[] outputNorm, Matrix output, float @Nullable [] ropeFactors) {

    /**
     * Finds every tensor that the configuration needs.
     *
     * @throws PacaException if one is missing, of another shape, or there is one more than is understood
     */
    public static LlamaWeights of(Gguf gguf, LlamaConfig config) {
        Tensors tensors = new Tensors(gguf);
        int dim = config.dim();
        Matrix embeddings = tensors.matrix("token_embd.weight", config.vocabulary(), dim);
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            layers.add(layer(tensors, config, "blk." + i + "."));
        }
        LlamaWeights weights = new LlamaWeights(
                embeddings,
                List.copyOf(layers),
                tensors.vector("output_norm.weight", dim),
                tensors.has("output.weight") ? tensors.matrix("output.weight", config.vocabulary(), dim) : embeddings,
                tensors.vectorIfAny("rope_freqs.weight", config.ropeDim() / 2));
        tensors.refuseOthers(config.architecture());
        return weights;
    }

    private static Layer layer(Tensors tensors, LlamaConfig config, String blk) {
        Architecture architecture = config.architecture();
        int dim = config.dim();
        int queryDim = config.queryDim();
        int kvDim = config.kvDim();
        return new Layer(
                tensors.vector(blk + "attn_norm.weight", dim),
                tensors.matrix(blk + "attn_q.weight", queryDim, dim),
                tensors.matrix(blk + "attn_k.weight", kvDim, dim),
                tensors.matrix(blk + "attn_v.weight", kvDim, dim),
                tensors.vector(blk + "attn_q.bias", queryDim, architecture.projectionBiases()),
                tensors.vector(blk + "attn_k.bias", kvDim, architecture.projectionBiases()),
                tensors.vector(blk + "attn_v.bias", kvDim, architecture.projectionBiases()),
                architecture.headNorms() ? tensors.vector(blk + "attn_q_norm.weight", config.headDim()) : null,
                architecture.headNorms() ? tensors.vector(blk + "attn_k_norm.weight", config.headDim()) : null,
                tensors.matrix(blk + "attn_output.weight", dim, queryDim),
                tensors.vectorIfAny(blk + "attn_output.bias", dim),
                tensors.vector(blk + "ffn_norm.weight", dim),
                tensors.matrix(blk + "ffn_gate.weight", config.ffnDim(), dim),
                tensors.matrix(blk + "ffn_up.weight", config.ffnDim(), dim),
                tensors.matrix(blk + "ffn_down.weight", dim, config.ffnDim()));
    }
}
