package dev.paca.tornado.weights;

import dev.paca.model.llama.LlamaConfig;
import dev.paca.model.llama.LlamaWeights;
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
                config, embeddings, layers, FloatArray.fromArray(weights.outputNorm()), output, angles, unused);
    }

    /** Bytes of the matrices on the device. */
    public long bytes() {
        return matrices().stream().mapToLong(DeviceMatrix::bytes).sum();
    }

    /** How many matrices had to be converted to another type. */
    public long converted() {
        return matrices().stream().filter(DeviceMatrix::converted).count();
    }

    /** Every array, once. */
    public Object[] arrays() {
        Map<Object, Object> all = new IdentityHashMap<>();
        List<Object> found =
                new ArrayList<>(List.of(unused.f(), unused.h(), unused.b(), unused.q(), outputNorm, angles));
        for (DeviceMatrix matrix : matrices()) {
            found.addAll(List.of(matrix.f(), matrix.h(), matrix.b(), matrix.q()));
        }
        for (DeviceLayer layer : layers) {
            found.addAll(List.of(layer.attentionNorm(), layer.bias(), layer.headNorms(), layer.ffnNorm()));
        }
        return found.stream().filter(array -> all.put(array, array) == null).toArray();
    }

    private List<DeviceMatrix> matrices() {
        List<DeviceMatrix> all = new ArrayList<>();
        all.add(embeddings);
        layers.forEach(layer -> all.addAll(layer.matrices()));
        if (output != embeddings) {
            all.add(output);
        }
        return all;
    }
}
