package dev.paca.kv.host;

import dev.paca.kv.attention.Reads;
import dev.paca.kv.page.PageTable;
import java.util.Arrays;

/** The sum of a table's values, kept up as it grows. SparQ lets their mean stand for the tokens it does not read. */
final class MeanValue {
    private final double[] sum;
    private final float[] value;
    private int summed;
    private int rewritten;

    MeanValue(int headDim) {
        sum = new double[headDim];
        value = new float[headDim];
    }

    /** Takes in what is encoded for good; open slots may yet change. */
    void extend(PageTable table) {
        if (rewritten != table.rewritten()) {
            rewritten = table.rewritten();
            summed = 0;
            Arrays.fill(sum, 0);
        }
        for (; summed < table.encoded(); summed++) {
            table.store().readValue(table.page(summed), table.place(summed), value, 0);
            for (int d = 0; d < sum.length; d++) {
                sum[d] += value[d];
            }
        }
    }

    /** The mean over all that a token reads, which begins with what was taken in. */
    float[] of(Reads reads) {
        int tokens = reads.tokens();
        int pageTokens = reads.store().format().tokens();
        double[] total = sum.clone();
        float[] v = new float[total.length];
        for (int i = summed; i < tokens; i++) {
            reads.store().readValue(reads.pages()[i / pageTokens], i % pageTokens, v, 0);
            for (int d = 0; d < total.length; d++) {
                total[d] += v[d];
            }
        }
        for (int d = 0; d < total.length; d++) {
            v[d] = (float) (total[d] / tokens);
        }
        return v;
    }
}
