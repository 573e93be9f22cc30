package dev.paca.kv.host;

import dev.paca.kv.PacaException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The queries of the last tokens of a prompt, of every layer: what a prompt is judged by when it ends. */
final class LastQueries {
    private final int most;
    private final int width;
    private final float[][] rows;
    private int count;

    /**
     * @param most tokens whose queries are kept
     * @param width floats of a token's queries
     */
    LastQueries(int layers, int most, int width) {
        this.most = most;
        this.width = width;
        this.rows = new float[layers][0];
    }

    /** Tokens whose queries are here. */
    int count() {
        return count;
    }

    /** Rows of a layer, the oldest token first. */
    float[] rows(int layer) {
        return rows[layer];
    }

    /** Those that were staged follow; the oldest go. */
    void take(LastQueries staged) {
        int all = Math.min(most, count + staged.count);
        int old = all - Math.min(all, staged.count);
        for (int layer = 0; layer < rows.length; layer++) {
            float[] joined = rows[layer].length == all * width ? rows[layer] : new float[all * width];
            System.arraycopy(rows[layer], (count - old) * width, joined, 0, old * width);
            int from = staged.count - (all - old);
            System.arraycopy(staged.rows[layer], from * width, joined, old * width, (all - old) * width);
            rows[layer] = joined;
        }
        count = all;
    }

    /** Sets a layer's queries to the last of a step's tokens. */
    void stage(int layer, float[] q, int row, int tokens) {
        count = Math.min(most, tokens);
        int from = (row + tokens - count) * width;
        rows[layer] = Arrays.copyOfRange(q, from, from + count * width);
    }

    /** As many layers and tokens of as many floats, with nothing in it; null if it keeps none. */
    @Nullable
    LastQueries empty() {
        return most == 0 ? null : new LastQueries(rows.length, most, width);
    }

    void save(DataOutputStream out) throws IOException {
        out.writeInt(count);
        for (float[] layer : rows) {
            for (int i = 0; i < count * width; i++) {
                out.writeFloat(layer[i]);
            }
        }
    }

    void restore(DataInputStream in) throws IOException {
        count = in.readInt();
        if (count < 0 || count > most) {
            throw new PacaException("The saved KV cache is damaged: it tells of " + count
                    + " tokens' queries. Run the prompt again instead.");
        }
        for (int layer = 0; layer < rows.length; layer++) {
            rows[layer] = new float[count * width];
            for (int i = 0; i < rows[layer].length; i++) {
                rows[layer][i] = in.readFloat();
            }
        }
    }

    void clear() {
        Arrays.fill(rows, new float[0]);
        count = 0;
    }

    long bytes() {
        return 4L * rows.length * count * width;
    }
}
