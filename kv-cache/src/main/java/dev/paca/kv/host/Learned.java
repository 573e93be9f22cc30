package dev.paca.kv.host;

import dev.paca.kv.ChannelLabels;
import dev.paca.kv.KvShape;
import dev.paca.kv.Selection;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What a selection has learned of a sequence beside its pages, KV head by KV head: Double Sparsity's channels, SparQ's mean values. */
final class Learned {
    private final int kvHeads;
    private final Labels[] labels;
    private final MeanValue[] means;

    Learned(Selection selection, KvShape shape) {
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
