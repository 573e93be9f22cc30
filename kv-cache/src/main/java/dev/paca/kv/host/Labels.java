package dev.paca.kv.host;

import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The channels of one KV head that Double Sparsity looks at: those with the largest mean of |q·k|, each token with itself,
 * over a text (arXiv 2408.07092, its calibration with the queries' and keys' product). The text is the prompt, so that no
 * file is needed, unless a file says which channels these are.
 */
final class Labels {
    private final double[] products;
    private final int @Nullable [] given;
    private int @Nullable [] channels;

    /** @param given the channels, or null to find them */
    Labels(int headDim, int @Nullable [] given) {
        this.products = new double[headDim];
        this.given = given;
    }

    /** Takes in the prompt's tokens that {@code queries} are of; they are the slots of the list from {@code first} on. */
    void observe(Reads reads, int first, Queries queries) {
        if (given != null) {
            return;
        }
        int pageTokens = reads.store().format().tokens();
        float[] key = new float[products.length];
        for (int t = 0; t < queries.tokens(); t++) {
            reads.store().readKey(reads.pages()[(first + t) / pageTokens], (first + t) % pageTokens, key, 0);
            for (int h = 0; h < queries.group(); h++) {
                int at = queries.at(t * queries.group() + h);
                for (int d = 0; d < key.length; d++) {
                    products[d] += Math.abs(queries.values()[at + d] * key[d]);
                }
            }
        }
        channels = null;
    }

    /** Begins where another stands. */
    void copy(Labels other) {
        System.arraycopy(other.products, 0, products, 0, products.length);
        channels = null;
    }

    /** The sums of |q·k| so far, channel by channel. */
    double[] products() {
        return products.clone();
    }

    void save(DataOutputStream out) throws IOException {
        for (double product : products) {
            out.writeDouble(product);
        }
    }

    void restore(DataInputStream in) throws IOException {
        for (int d = 0; d < products.length; d++) {
            products[d] = in.readDouble();
        }
        channels = null;
    }

    /** The best {@code count} channels in ascending order; null, which is all, where no prompt was seen. */
    synchronized int @Nullable [] channels(int count) {
        if (given != null) {
            return given;
        }
        if (channels == null && IntStream.range(0, products.length).anyMatch(d -> products[d] > 0)) {
            channels = IntStream.range(0, products.length)
                    .boxed()
                    .sorted((a, b) -> Double.compare(products[b], products[a]))
                    .limit(count)
                    .mapToInt(Integer::intValue)
                    .sorted()
                    .toArray();
        }
        return channels;
    }
}
