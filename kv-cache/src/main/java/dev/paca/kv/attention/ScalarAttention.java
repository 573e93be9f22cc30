package dev.paca.kv.attention;

import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageStore;

/**
 * The definition: softmax(q·k × scale)·v, slot by slot, summed in double precision. Never optimised; other kernels are
 * tested against it.
 */
public final class ScalarAttention implements AttentionKernel {
    private static final double LOG2_E = 1.4426950408889634;

    private record Nothing() implements Scratch {}

    @Override
    public Scratch scratch() {
        return new Nothing();
    }

    @Override
    public int stride(int headDim) {
        return headDim;
    }

    @Override
    public void attend(Reads reads, Queries queries, int first, int last, Partial into, Scratch scratch) {
        PageStore store = reads.store();
        PageFormat format = store.format();
        int dims = queries.headDim();
        float[] k = new float[dims];
        float[] v = new float[dims];
        float[] one = new float[1];
        for (int r = 0; r < queries.rows(); r++) {
            int end = Math.min(last, queries.visible(r));
            double[] scores = new double[Math.max(0, end - first)];
            double max = Partial.NOTHING;
            for (int i = first; i < end; i++) {
                int slot = reads.slot(i);
                int page = reads.pages()[slot / format.tokens()];
                store.readKey(page, slot % format.tokens(), k, 0);
                double dot = 0;
                for (int d = 0; d < dims; d++) {
                    dot += (double) queries.values()[queries.at(r) + d] * k[d];
                }
                scores[i - first] = dot * queries.scale() * LOG2_E;
                max = Math.max(max, scores[i - first]);
                one[0] = (float) scores[i - first];
                into.traced(r, i, one, 0, 1);
            }
            double sum = 0;
            double[] out = new double[dims];
            for (int i = first; i < end; i++) {
                int slot = reads.slot(i);
                int page = reads.pages()[slot / format.tokens()];
                store.readValue(page, slot % format.tokens(), v, 0);
                double weight = Math.pow(2, scores[i - first] - max);
                sum += weight;
                for (int d = 0; d < dims; d++) {
                    out[d] += weight * v[d];
                }
            }
            add(into, r, max, sum, out);
        }
    }

    private static void add(Partial into, int row, double max, double sum, double[] out) {
        double m = Math.max(into.max[row], max);
        double mine = Math.pow(2, into.max[row] - m);
        double theirs = Math.pow(2, max - m);
        into.max[row] = (float) m;
        into.sum[row] = (float) (into.sum[row] * mine + sum * theirs);
        for (int d = 0; d < out.length; d++) {
            int o = row * into.stride() + d;
            into.out[o] = (float) (into.out[o] * mine + out[d] * theirs);
        }
    }
}
