package dev.paca.kv.attention;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Attention over a part of the slots, for some rows: enough to merge it with the attention over other parts
 * (the online softmax of Milakov and Gimelshein, arXiv 1805.02867). Scores are in base 2: score × scale × log2 e.
 * For each row: {@link #max}, the largest score; {@link #sum}, of 2^(score - max); {@link #out}, of 2^(score - max) × value.
 */
public final class Partial {
    /** The maximum of no scores. Finite, so that the difference of two is no NaN. */
    public static final float NOTHING = -Float.MAX_VALUE;

    public float[] max = new float[0];
    public float[] sum = new float[0];
    /** Row-major, {@link #stride} floats a row, of which the first {@code headDim} count. */
    public float[] out = new float[0];

    /** Takes the scores of the attention that is added; null where nobody asks for them. */
    private @Nullable Trace trace;

    private int rows;
    private int stride;

    /** Makes it the attention over no slots. */
    public void clear(int rows, int stride) {
        this.rows = rows;
        this.stride = stride;
        trace = null;
        if (max.length < rows) {
            max = new float[rows];
            sum = new float[rows];
        }
        if (out.length < rows * stride) {
            out = new float[rows * stride];
        }
        Arrays.fill(max, 0, rows, NOTHING);
        Arrays.fill(sum, 0, rows, 0f);
        Arrays.fill(out, 0, rows * stride, 0f);
    }

    public int rows() {
        return rows;
    }

    public int stride() {
        return stride;
    }

    /** From here on kernels leave their scores there; until the next {@link #clear}. */
    public void trace(@Nullable Trace to) {
        trace = to;
    }

    /** Called by kernels with a row's scores for {@code count} places of the list from {@code place} on. */
    public void traced(int row, int place, float[] scores, int at, int count) {
        if (trace != null) {
            trace.take(row, place, scores, at, count);
        }
    }

    /** Adds the attention over further slots for the same rows. */
    public void merge(Partial more) {
        for (int r = 0; r < rows; r++) {
            float m = Math.max(max[r], more.max[r]);
            float mine = Exp2.of(max[r] - m);
            float theirs = Exp2.of(more.max[r] - m);
            max[r] = m;
            sum[r] = sum[r] * mine + more.sum[r] * theirs;
            int a = r * stride;
            int b = r * more.stride;
            for (int d = 0; d < stride; d++) {
                out[a + d] = out[a + d] * mine + more.out[b + d] * theirs;
            }
        }
    }

    /** Writes the finished attention to where each row's query stands in an array laid out like the queries'. */
    public void finish(Queries queries, float[] result) {
        for (int r = 0; r < rows; r++) {
            float factor = 1 / sum[r];
            int to = queries.at(r);
            for (int d = 0; d < queries.headDim(); d++) {
                result[to + d] = out[r * stride + d] * factor;
            }
        }
    }
}
