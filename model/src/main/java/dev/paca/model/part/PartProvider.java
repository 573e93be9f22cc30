package dev.paca.model.part;

import dev.paca.kv.KvPolicy;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.llama.LlamaConfig;
import java.util.Map;

/** Makes parts that run on devices other than the CPU. Found with {@link java.util.ServiceLoader}. */
public interface PartProvider {
    /**
     * Names of the devices that are there, each with what it is; the one to prefer first.
     *
     * @throws dev.paca.kv.PacaException if the devices cannot be reached; says what to do
     */
    Map<String, String> devices();

    /** Bytes a second that the device reads of its memory when it does nothing else, in the best of several rounds. */
    double bandwidth(String device);

    /**
     * The attention of a token that is decoded in each of some sequences: it joins its pages, and reads them, or what is
     * selected of them.
     *
     * @param config shape of the model; as many layers as are to run, of which as many do as fit in a graph
     * @param policy how pages are stored and read
     * @param length tokens that each sequence has before
     * @throws dev.paca.kv.PacaException if the device cannot do it, has not enough memory, or computes it wrongly
     */
    Part attention(String device, LlamaConfig config, KvPolicy policy, int length, int sequences);

    /**
     * The products of a layer's matrices with some rows of activations: to queries, keys and values, from what the heads
     * gathered, to the feed-forward network's inner row, and from that.
     *
     * @param config shape of the model; as many layers as are to run, of which as many do as fit in a graph, each with
     *     weights of its own
     * @param type how the weights are stored
     * @throws dev.paca.kv.PacaException if the device cannot do it, has not enough memory, or computes it wrongly
     */
    Part products(String device, LlamaConfig config, GgmlType type, int rows);
}
