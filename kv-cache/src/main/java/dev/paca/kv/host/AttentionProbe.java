package dev.paca.kv.host;

import dev.paca.kv.KvCache;
import dev.paca.kv.PacaException;
import dev.paca.kv.attention.Exp2;
import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.index.Scorer;
import dev.paca.kv.page.PageTable;
import java.util.Arrays;

/**
 * Tells how much of the attention a policy gets hold of, whatever it does: each time a token of the measured sequence is
 * decoded, its queries are put to all keys and values of a second sequence, the truth, that holds the same tokens in full;
 * what was read and what came of it is compared with that. Layers that a policy reads in full count too: what they lack is
 * what storage or eviction has taken.
 *
 * <p>Costs a dense pass over the truth for every query, of one sequence on one thread; meant for measuring, not for use.
 */
public final class AttentionProbe {
    /** How many of the tokens with most attention are looked for. */
    public static final int TOP = 16;

    /** Weights below this are left out of the true output: together they are less than rounding. */
    private static final double NEGLIGIBLE = 1e-9;

    private final HostCache truth;
    private final Scorer scorer;
    private final Scorer.Scratch scratch;
    private final double[][] sums;
    private float[] scores = new float[0];

    private AttentionProbe(HostCache truth) {
        this.truth = truth;
        this.scorer = truth.pool().scorer();
        this.scratch = scorer.scratch();
        this.sums = new double[truth.pool().shape().layers()][4];
    }

    /**
     * Looks at every token that {@code measured} decodes from now on, until {@link #detach}.
     *
     * @param truth a sequence of the same pool that has run the same tokens, those that will be decoded included, and has
     *     kept them all; stays open as long as the probe is used
     */
    public static AttentionProbe attach(KvCache measured, KvCache truth) {
        if (!(measured instanceof HostCache sequence) || !(truth instanceof HostCache all)) {
            throw new PacaException("Attention can only be looked at on the CPU, found a cache of another device.");
        }
        if (!all.isComplete()) {
            throw new PacaException(
                    "A cache that has evicted tokens cannot be the truth that others are compared with.");
        }
        AttentionProbe probe = new AttentionProbe(all);
        sequence.probe(probe);
        return probe;
    }

    /** Ends what {@link #attach} began. */
    public static void detach(KvCache measured) {
        if (measured instanceof HostCache sequence) {
            sequence.probe(null);
        }
    }

    /**
     * Means over queries: of every query head of every layer asked for.
     *
     * @param queries how many
     * @param recall share of the {@value #TOP} tokens with most attention that were read
     * @param mass share of the attention that was read
     * @param error distance of the output from the true one, over the length of the true one
     */
    public record Fidelity(long queries, double recall, double mass, double error) {}

    /** What was seen of layers from {@code first} to {@code last - 1}. */
    public Fidelity fidelity(int first, int last) {
        double[] sum = new double[4];
        for (int layer = first; layer < last; layer++) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += sums[layer][i];
            }
        }
        return new Fidelity((long) sum[0], sum[1] / sum[0], sum[2] / sum[0], sum[3] / sum[0]);
    }

    /**
     * A token has been decoded.
     *
     * @param position its position
     * @param read positions that it has read, itself included, ascending
     * @param queries its queries of the head's group
     * @param out attention, laid out like the queries
     */
    void look(int layer, int kvHead, int position, int[] read, Queries queries, float[] out) {
        if (truth.length() <= position) {
            throw new PacaException("The truth has run " + truth.length() + " tokens, and one at position " + position
                    + " is compared with it. Run it further first.");
        }
        PageTable table = truth.table(layer, kvHead);
        int tokens = position + 1;
        if (scores.length < queries.group() * tokens) {
            scores = new float[2 * queries.group() * tokens];
        }
        Reads all = new Reads(table.store(), table.pages(), tokens);
        scorer.tokens(all, 0, tokens, null, queries, scores, tokens, scratch);
        for (int h = 0; h < queries.group(); h++) {
            double[] weights = softmax(h * tokens, tokens);
            double mass = 0;
            for (int p : read) {
                mass += weights[p];
            }
            sums[layer][0]++;
            sums[layer][1] += recall(h * tokens, tokens, read);
            sums[layer][2] += mass;
            sums[layer][3] += error(table, weights, out, queries.at(h));
        }
    }

    private double[] softmax(int at, int tokens) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < tokens; i++) {
            max = Math.max(max, scores[at + i]);
        }
        double[] weights = new double[tokens];
        double sum = 0;
        for (int i = 0; i < tokens; i++) {
            weights[i] = Exp2.of((float) (scores[at + i] - max));
            sum += weights[i];
        }
        for (int i = 0; i < tokens; i++) {
            weights[i] /= sum;
        }
        return weights;
    }

    /** Of tokens with equal scores at the edge those count that were read. */
    private double recall(int at, int tokens, int[] read) {
        int top = Math.min(TOP, tokens);
        float[] largest = Arrays.copyOfRange(scores, at, at + top);
        Arrays.sort(largest);
        for (int i = at + top; i < at + tokens; i++) {
            if (scores[i] > largest[0]) {
                int place = 0;
                for (; place + 1 < top && largest[place + 1] < scores[i]; place++) {
                    largest[place] = largest[place + 1];
                }
                largest[place] = scores[i];
            }
        }
        float least = largest[0];
        int found = 0;
        for (int p : read) {
            found += scores[at + p] >= least ? 1 : 0;
        }
        return Math.min(found, top) / (double) top;
    }

    private static double error(PageTable table, double[] weights, float[] out, int at) {
        int dims = table.store().format().headDim();
        float[] value = new float[dims];
        double[] full = new double[dims];
        for (int i = 0; i < weights.length; i++) {
            if (weights[i] < NEGLIGIBLE) {
                continue;
            }
            table.store().readValue(table.page(i), table.place(i), value, 0);
            for (int d = 0; d < dims; d++) {
                full[d] += weights[i] * value[d];
            }
        }
        double distance = 0;
        double length = 0;
        for (int d = 0; d < dims; d++) {
            distance += (out[at + d] - full[d]) * (out[at + d] - full[d]);
            length += full[d] * full[d];
        }
        return length == 0 ? 0 : Math.sqrt(distance / length);
    }
}
