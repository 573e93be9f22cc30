package dev.paca.bench.random;

import dev.paca.kv.PacaException;
import dev.paca.model.llama.Architecture;
import dev.paca.model.llama.LlamaConfig;
import java.util.List;
import java.util.Locale;

/**
 * The shape of a model: everything that its speed and its memory depend on.
 *
 * @param name how it is asked for
 * @param architecture GGUF's name of its family, {@code llama} or {@code qwen3}
 * @param dim width of the residual stream
 * @param layers how many layers
 * @param heads query heads of a layer
 * @param kvHeads key and value heads of a layer
 * @param headDim channels of a head
 * @param ffnDim width of the feed-forward network
 * @param vocabulary tokens
 * @param specials tokens of those, the last ones, that are no text
 * @param tied whether the embeddings are the output projection too
 * @param contextLength tokens that such a model was trained to read
 * @param ropeBase base of RoPE's frequencies
 * @param ropeFactor what Llama 3.1's scaling divides low frequencies by; 1 for none
 * @param normEpsilon what RMSNorm adds to the mean square
 */
public record Shape(
        String name,
        String architecture,
        int dim,
        int layers,
        int heads,
        int kvHeads,
        int headDim,
        int ffnDim,
        int vocabulary,
        int specials,
        boolean tied,
        int contextLength,
        float ropeBase,
        float ropeFactor,
        float normEpsilon) {

    /** The shapes that have names; {@code llama-tiny} is nobody's, and for trying whether all is there that a run needs. */
    public static final List<Shape> KNOWN = List.of(
            llama3("llama-3.2-1b", 2048, 16, 32, 64, 8192, true, 32),
            llama3("llama-3.2-3b", 3072, 28, 24, 128, 8192, true, 32),
            llama3("llama-3.1-8b", 4096, 32, 32, 128, 14336, false, 8),
            new Shape("llama-tiny", "llama", 256, 2, 4, 2, 64, 512, 128256, 256, true, 131072, 500_000, 32, 1e-5f),
            new Shape(
                    "qwen3-0.6b", "qwen3", 1024, 28, 16, 8, 128, 3072, 151936, 293, true, 40960, 1_000_000, 1, 1e-6f));

    private static Shape llama3(
            String name, int dim, int layers, int heads, int headDim, int ffnDim, boolean tied, float ropeFactor) {
        return new Shape(
                name,
                "llama",
                dim,
                layers,
                heads,
                8,
                headDim,
                ffnDim,
                128256,
                256,
                tied,
                131072,
                500_000,
                ropeFactor,
                1e-5f);
    }

    /** @throws PacaException naming those that there are */
    public static Shape named(String name) {
        return KNOWN.stream()
                .filter(shape -> shape.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new PacaException("There is no shape '" + name + "', expected one of "
                        + String.join(", ", KNOWN.stream().map(Shape::name).toList()) + "."));
    }

    /** As the forward pass knows it, with another number of layers. */
    public LlamaConfig config(int otherLayers) {
        return new LlamaConfig(
                Architecture.valueOf(architecture.toUpperCase(Locale.ROOT)),
                vocabulary,
                contextLength,
                dim,
                otherLayers,
                heads,
                kvHeads,
                headDim,
                ffnDim,
                normEpsilon,
                ropeBase,
                headDim,
                1,
                0);
    }

    /** Whether queries and keys are normalised head by head. */
    boolean headNorms() {
        return architecture.equals("qwen3");
    }

    /**
     * What each pair of channels divides its frequency by, as Llama 3.1 does: short wavelengths stay, those longer than the
     * original context of 8192 are divided by the factor, and between a quarter of it and all of it lies a smooth passage.
     */
    float[] ropeFactors() {
        double original = 8192;
        float[] factors = new float[headDim / 2];
        for (int i = 0; i < factors.length; i++) {
            double wavelength = 2 * Math.PI * Math.pow(ropeBase, 2.0 * i / headDim);
            double smooth = Math.clamp((original / wavelength - 1) / (4 - 1), 0, 1);
            factors[i] = (float) (1 / ((1 - smooth) / ropeFactor + smooth));
        }
        return factors;
    }
}
