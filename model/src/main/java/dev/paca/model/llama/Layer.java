package dev.paca.model.llama;

import dev.paca.model.kernels.Matrix;
import org.jspecify.annotations.Nullable;

/**
 * Weights of a layer. Matrices are {@code [outputs][inputs]}; what a model does not have is null.
 *
 * @param attentionNorm scale of the norm before attention, {@code [dim]}
 * @param q projection to queries, {@code [heads * headDim][dim]}
 * @param k projection to keys, {@code [kvHeads * headDim][dim]}
 * @param v projection to values, {@code [kvHeads * headDim][dim]}
 * @param qBias added to queries
 * @param kBias added to keys
 * @param vBias added to values
 * @param qNorm scale of the norm of each query head, {@code [headDim]}
 * @param kNorm scale of the norm of each key head, {@code [headDim]}
 * @param attentionOutput projection of what attention gathered, {@code [dim][heads * headDim]}
 * @param attentionOutputBias added to it
 * @param ffnNorm scale of the norm before the feed-forward network, {@code [dim]}
 * @param gate gate projection, {@code [ffnDim][dim]}
 * @param up up projection, {@code [ffnDim][dim]}
 * @param down down projection, {@code [dim][ffnDim]}
 */
public record Layer(
        float[] attentionNorm,
        Matrix q,
        Matrix k,
        Matrix v,
        float @Nullable [] qBias,
        float @Nullable [] kBias,
        float @Nullable [] vBias,
        float @Nullable [] qNorm,
        float @Nullable [] kNorm,
        Matrix attentionOutput,
        float @Nullable [] attentionOutputBias,
        float[] ffnNorm,
        Matrix gate,
        Matrix up,
        Matrix down) {}
