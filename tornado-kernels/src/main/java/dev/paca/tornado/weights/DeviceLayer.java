package dev.paca.tornado.weights;

import dev.paca.kv.PacaException;
import dev.paca.model.kernels.Matrix;
import dev.paca.model.llama.Layer;
import dev.paca.tornado.memory.HostArrays;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * Weights of a layer on the device.
 *
 * @param qkv projections to queries, keys and values: one matrix if their types agree, else three
 * @param bias added to queries, keys and values, one after the other; one element if there is none
 * @param headNorms scales of the norms of a query head and of a key head; one element if there are none
 * @param gateUp gate above up
 */
public record DeviceLayer(
        FloatArray attentionNorm,
        List<Linear> qkv,
        FloatArray bias,
        FloatArray headNorms,
        DeviceMatrix attentionOutput,
        FloatArray ffnNorm,
        DeviceMatrix gateUp,
        DeviceMatrix down) {

    static DeviceLayer of(Layer w, boolean halves, Unused unused) {
        if (w.attentionOutputBias() != null) {
            throw new PacaException("The model adds a bias after attention, which the device's decoder does not."
                    + " Use --device cpu.");
        }
        return new DeviceLayer(
                HostArrays.floats(w.attentionNorm()),
                qkv(w, halves, unused),
                bias(w, unused),
                headNorms(w, unused),
                DeviceMatrix.of(List.of(w.attentionOutput()), halves, unused),
                HostArrays.floats(w.ffnNorm()),
                DeviceMatrix.of(List.of(w.gate(), w.up()), halves, unused),
                DeviceMatrix.of(List.of(w.down()), halves, unused));
    }

    private static List<Linear> qkv(Layer w, boolean halves, Unused unused) {
        List<Matrix> parts = List.of(w.q(), w.k(), w.v());
        if (w.q().type() == w.k().type() && w.q().type() == w.v().type()) {
            return List.of(new Linear(DeviceMatrix.of(parts, halves, unused), 0));
        }
        List<Linear> each = new ArrayList<>();
        int to = 0;
        for (Matrix part : parts) {
            each.add(new Linear(DeviceMatrix.of(List.of(part), halves, unused), to));
            to += part.rows();
        }
        return List.copyOf(each);
    }

    private static FloatArray bias(Layer w, Unused unused) {
        if (w.qBias() == null && w.kBias() == null && w.vBias() == null) {
            return unused.f();
        }
        int queries = w.q().rows();
        int keys = w.k().rows();
        FloatArray bias = HostArrays.floats(queries + 2 * keys);
        put(w.qBias(), bias, 0);
        put(w.kBias(), bias, queries);
        put(w.vBias(), bias, queries + keys);
        return bias;
    }

    private static FloatArray headNorms(Layer w, Unused unused) {
        float[] queries = w.qNorm();
        float[] keys = w.kNorm();
        if (queries == null || keys == null) {
            return unused.f();
        }
        FloatArray norms = HostArrays.floats(queries.length + keys.length);
        put(queries, norms, 0);
        put(keys, norms, queries.length);
        return norms;
    }

    private static void put(float @Nullable [] from, FloatArray to, int at) {
        for (int i = 0; from != null && i < from.length; i++) {
            to.set(at + i, from[i]);
        }
    }

    /** Whether there is a bias. */
    public boolean biased() {
        return bias.getSize() > 1;
    }

    /** Whether heads have norms. */
    public boolean normsHeads() {
        return headNorms.getSize() > 1;
    }

    /** All matrices. */
    public List<DeviceMatrix> matrices() {
        List<DeviceMatrix> all = new ArrayList<>();
        qkv.forEach(linear -> all.add(linear.matrix()));
        all.addAll(List.of(attentionOutput, gateUp, down));
        return all;
    }
}
