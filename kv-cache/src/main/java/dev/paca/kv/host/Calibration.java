package dev.paca.kv.host;

import dev.paca.kv.Budget;
import dev.paca.kv.ChannelLabels;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.Selection;

/**
 * Finds the channels that Double Sparsity looks at from texts, run as prompts are, under {@link #POLICY}: those with the
 * largest mean of |q·k|, each token with itself, over the KV head's group (arXiv 2408.07092, {@code qk_proj} of its
 * reference).
 */
public final class Calibration {
    /** What the texts' caches are to be opened under. */
    public static final KvPolicy POLICY =
            KvPolicy.DENSE.with(Selection.of(Selection.Method.DOUBLE_SPARSITY, Budget.share(1)));

    private final KvShape shape;
    private final double[][] sums;

    public Calibration(KvShape shape) {
        this.shape = shape;
        this.sums = new double[shape.layers() * shape.kvHeads()][shape.headDim()];
    }

    /**
     * Takes in a text that has been run.
     *
     * @throws PacaException if the cache is none of the CPU's under {@link #POLICY}
     */
    public void add(KvCache cache) {
        double[][] products = cache instanceof HostCache host ? host.learned().channelProducts() : new double[0][];
        if (products.length == 0) {
            throw new PacaException(
                    "Channels are calibrated on the CPU and under the policy for that, found a cache under "
                            + cache.policy() + ".");
        }
        for (int t = 0; t < sums.length; t++) {
            for (int d = 0; d < sums[t].length; d++) {
                sums[t][d] += products[t][d];
            }
        }
    }

    /** What has been found. */
    public ChannelLabels labels(String model) {
        return ChannelLabels.of(model, shape, sums);
    }
}
