package dev.paca.model.llama;

import dev.paca.kv.PacaException;
import dev.paca.model.gguf.Metadata;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The families of models that the forward pass knows, and where they differ. */
public enum Architecture {
    /** Llama 1 to 3.x, Mistral, SmolLM, TinyLlama: {@code general.architecture} {@code llama}. */
    LLAMA(Pairs.ADJACENT, false, false),
    /** Qwen 2 and 2.5: biases on queries, keys and values. */
    QWEN2(Pairs.HALVES, true, false),
    /** Qwen 3: queries and keys are normalised head by head before they are rotated. */
    QWEN3(Pairs.HALVES, false, true);

    /** Which two channels of a head RoPE turns together. */
    public enum Pairs {
        /** Channels 2i and 2i + 1: GGUF files of Llamas have their rows permuted for this. */
        ADJACENT,
        /** Channels i and i + n / 2, as in GPT-NeoX. */
        HALVES
    }

    private static final String KEY = "general.architecture";

    private final Pairs pairs;
    private final boolean projectionBiases;
    private final boolean headNorms;

    Architecture(Pairs pairs, boolean projectionBiases, boolean headNorms) {
        this.pairs = pairs;
        this.projectionBiases = projectionBiases;
        this.headNorms = headNorms;
    }

    /** Which channels are turned together. */
    public Pairs pairs() {
        return pairs;
    }

    /** Whether queries, keys and values must have biases; without that they may. */
    public boolean projectionBiases() {
        return projectionBiases;
    }

    /** Whether queries and keys have norms of their own. */
    public boolean headNorms() {
        return headNorms;
    }

    /** The name in files, and the beginning of the keys of its metadata. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The architecture that a file names.
     *
     * @throws PacaException if it is none of these
     */
    public static Architecture of(Metadata metadata) {
        String found = metadata.string(KEY);
        return Arrays.stream(values())
                .filter(architecture -> architecture.id().equals(found))
                .findFirst()
                .orElseThrow(() -> new PacaException(metadata.file() + ": the architecture is "
                        + metadata.describe(KEY) + ", which is not supported (supported: "
                        + Arrays.stream(values()).map(Architecture::id).collect(Collectors.joining(", "))
                        + "). Choose a model of one of these."));
    }
}
