package dev.paca.tornado.weights;

import dev.paca.model.llama.LlamaConfig;
import dev.paca.model.llama.LlamaWeights;
import dev.paca.tornado.memory.HostArrays;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * All weights of a model as a device holds them.
 *
 * @param angles a cosine and a sine for each position and pair of channels
 * @param unused stands for what a kernel does not use
 */
public record DeviceModel(
        LlamaConfig config,
        DeviceMatrix embeddings,
        List<DeviceLayer> layers,
        FloatArray outputNorm,
        DeviceMatrix output,
        FloatArray angles,
        Unused unused) {

    /**
     * Lays out a model.
     *
     * @param halves whether the device computes with half precision
     * @param positions how many positions there are
     */
    public static DeviceModel of(LlamaConfig config, LlamaWeights weights, boolean halves, int positions) {
        Unused unused = Unused.create();
        FloatArray angles = Angles.of(config, weights.ropeFactors(), positions);
        DeviceMatrix embeddings = DeviceMatrix.of(List.of(weights.embeddings()), halves, unused);
        List<DeviceLayer> layers = weights.layers().stream()
                .map(layer -> DeviceLayer.of(layer, halves, unused))
                .toList();
        DeviceMatrix output = weights.output() == weights.embeddings()
                ? embeddings
                : DeviceMatrix.of(List.of(weights.output()), halves, unused);
        return new DeviceModel(
                config, embeddings, layers, HostArrays.floats(weights.outputNorm()), output, angles, unused);
    }

    /** Bytes of the matrices on the device. */
    public long bytes() {
        return matrices().stream().mapToLong(DeviceMatrix::bytes).sum();
    }

    /** How many matrices had to be converted to another type. */
    public long converted() {
        return matrices().stream().filter(DeviceMatrix::converted).count();
    }

    /**
     * The arrays of layers {@code from} to {@code to}, each once; with the first layer come those that all layers share, with
     * the last those of the output.
     */
    public Object[] arrays(int from, int to) {
        Map<Object, Object> shared = new IdentityHashMap<>();
        for (Object array : new Object[] {unused.f(), unused.h(), unused.b(), unused.q()}) {
            shared.put(array, array);
        }
        List<Object> found = new ArrayList<>();
        if (from == 0) {
            found.addAll(shared.keySet());
            found.add(angles);
            add(embeddings, shared, found);
        }
        for (DeviceLayer layer : layers.subList(from, to)) {
            layer.matrices().forEach(matrix -> add(matrix, shared, found));
            List.of(layer.attentionNorm(), layer.bias(), layer.headNorms(), layer.ffnNorm()).stream()
                    .filter(array -> !shared.containsKey(array))
                    .forEach(found::add);
        }
        if (to == layers.size()) {
            found.add(outputNorm);
            if (output != embeddings) {
                add(output, shared, found);
            }
        }
        return found.toArray();
    }

    private static void add(DeviceMatrix matrix, Map<Object, Object> shared, List<Object> to) {
        for (Object array : new Object[] {matrix.f(), matrix.h(), matrix.b(), matrix.q()}) {
            if (!shared.containsKey(array)) {
                to.add(array);
            }
        }
    }

    /** All matrices. */
    public List<DeviceMatrix> matrices() {
        List<DeviceMatrix> all = new ArrayList<>();
        all.add(embeddings);
        layers.forEach(layer -> all.addAll(layer.matrices()));
        if (output != embeddings) {
            all.add(output);
        }
        return all;
    }
}
