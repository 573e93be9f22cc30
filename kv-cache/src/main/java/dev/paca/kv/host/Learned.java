package dev.paca.kv.host;

import dev.paca.kv.ChannelLabels;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.Selection;
import dev.paca.kv.index.Sketch;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a selection has learned of a sequence beside its pages, KV head by KV head: Double Sparsity's channels, SparQ's mean
 * values, sketches of pages that are chosen by bounds.
 */
final class Learned {
    private final int kvHeads;
    private final Labels[] labels;
    private final MeanValue[] means;
    /** None for layers that read everything. */
    private final @Nullable Sketch[] sketches;

    Learned(KvPolicy policy, KvShape shape) {
        Selection selection = policy.selection();
        kvHeads = shape.kvHeads();
        int tables = shape.layers() * kvHeads;
        labels = selection.method() == Selection.Method.DOUBLE_SPARSITY
                ? IntStream.range(0, tables)
                        .mapToObj(t -> labels(selection, shape, t))
                        .toArray(Labels[]::new)
                : new Labels[0];
        means = selection.method() == Selection.Method.SPARQ
                ? IntStream.range(0, tables)
                        .mapToObj(t -> new MeanValue(shape.headDim()))
                        .toArray(MeanValue[]::new)
                : new MeanValue[0];
        boolean sketched = selection.method().hasBounds()
                && !selection.exact()
                && policy.pruning().isOff();
        sketches = new Sketch[sketched ? tables : 0];
        for (int t = selection.dense(shape.layers()) * kvHeads; t < sketches.length; t++) {
            sketches[t] = new Sketch(shape.headDim());
        }
    }

    private static Labels labels(Selection selection, KvShape shape, int table) {
        ChannelLabels known = selection.labels();
        int[] channels = known == null
                ? null
                : known.first(table / shape.kvHeads(), table % shape.kvHeads(), selection.channels());
        return new Labels(shape.headDim(), channels);
    }

    /** The channels of a KV head, where the policy needs them. */
    @Nullable
    Labels labels(int layer, int kvHead) {
        return labels.length == 0 ? null : labels[layer * kvHeads + kvHead];
    }

    /** The mean value of a KV head, where the policy needs it. */
    @Nullable
    MeanValue mean(int layer, int kvHead) {
        return means.length == 0 ? null : means[layer * kvHeads + kvHead];
    }

    /** The sketch of a KV head's pages, where the policy has one. */
    @Nullable
    Sketch sketch(int layer, int kvHead) {
        return sketches.length == 0 ? null : sketches[layer * kvHeads + kvHead];
    }

    /** Bytes of the sketches. */
    long bytes() {
        long sum = 0;
        for (Sketch sketch : sketches) {
            sum += sketch == null ? 0 : sketch.bytes();
        }
        return sum;
    }

    /** What was summed up for each channel of each KV head; none under another policy than Double Sparsity. */
    double[][] channelProducts() {
        return Arrays.stream(labels).map(Labels::products).toArray(double[][]::new);
    }

    /** Goes on from what another policy's sequence of the same tokens has learned, as far as it has. */
    void copy(Learned other) {
        for (int i = 0; i < Math.min(labels.length, other.labels.length); i++) {
            labels[i].copy(other.labels[i]);
        }
    }

    /** Goes on from sketches of the very same pages. */
    void share(Learned other) {
        for (int t = 0; t < Math.min(sketches.length, other.sketches.length); t++) {
            Sketch mine = sketches[t];
            Sketch theirs = other.sketches[t];
            if (mine != null && theirs != null) {
                mine.share(theirs);
            }
        }
    }

    void save(DataOutputStream out) throws IOException {
        for (Labels label : labels) {
            label.save(out);
        }
    }

    void restore(DataInputStream in) throws IOException {
        for (Labels label : labels) {
            label.restore(in);
        }
    }
}
