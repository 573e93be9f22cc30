package dev.paca.kv.index;

import dev.paca.kv.attention.Exp2;
import dev.paca.kv.attention.Queries;
import dev.paca.kv.attention.Reads;
import dev.paca.kv.page.Anchor;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageStore;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The definition of the scores. Never optimised; other scorers are tested against it. */
public final class ScalarScorer implements Scorer {
    private static final double LOG2_E = 1.4426950408889634;

    private static final class Memory implements Scratch {
        final KeyCodes.Tables tables = new KeyCodes.Tables();
        final Sketch.Query query = new Sketch.Query();
        final int[] histogram = new int[256];
    }

    @Override
    public Scratch scratch() {
        return new Memory();
    }

    @Override
    public void pages(
            Reads reads,
            @Nullable Anchor anchor,
            int count,
            Queries queries,
            float[] scores,
            int stride,
            Scratch scratch) {
        PageStore store = reads.store();
        PageFormat format = store.format();
        int dims = format.headDim();
        float scale = (float) (queries.scale() * LOG2_E);
        for (int h = 0; h < queries.group(); h++) {
            int q = queries.at(h);
            KeyCodes.Tables tables = ((Memory) scratch).tables;
            if (anchor != null) {
                tables.of(queries.values(), q, dims, anchor);
            }
            for (int i = 0; i < count; i++) {
                int page = reads.pages()[i];
                scores[h * stride + i] = scale
                        * switch (format.index()) {
                            case MIN_MAX, MEAN_DEVIATION ->
                                Spread.score(store.bytes(page), store.indexAt(page), queries.values(), q, dims);
                            case KEY_CODES -> {
                                Objects.requireNonNull(anchor);
                                int best = KeyCodes.best(
                                        store.bytes(page), store.indexAt(page), format.tokens(), dims, tables);
                                yield tables.score(best);
                            }
                            case NONE, KEY_ROWS ->
                                throw new IllegalStateException("Pages without an index have no scores.");
                        };
            }
        }
    }

    @Override
    public void sketched(Sketch sketch, int count, Queries queries, float[] scores, Scratch scratch) {
        Sketch.Query query = ((Memory) scratch).query;
        float scale = (float) (queries.scale() * LOG2_E);
        Arrays.fill(scores, 0, count, Float.NEGATIVE_INFINITY);
        for (int h = 0; h < queries.group(); h++) {
            query.of(queries, h, sketch);
            for (int i = 0; i < count; i++) {
                float score = sketch.score(i, query, queries.values(), queries.at(h));
                scores[i] = Math.max(scores[i], score * scale);
            }
        }
    }

    /** Narrowed down bit by bit, eight at a time: linear in n whatever k is. */
    @Override
    public float nth(float[] scores, int n, int k, Scratch scratch) {
        int[] histogram = ((Memory) scratch).histogram;
        int threshold = 0;
        int wanted = k;
        for (int shift = 24; shift >= 0; shift -= 8) {
            Arrays.fill(histogram, 0);
            int high = shift == 24 ? 0 : -1 << (shift + 8);
            for (int i = 0; i < n; i++) {
                int key = key(scores[i]);
                if ((key & high) == threshold) {
                    histogram[key >>> shift & 255]++;
                }
            }
            int digit = 255;
            while (histogram[digit] < wanted) {
                wanted -= histogram[digit--];
            }
            threshold |= digit << shift;
        }
        return Float.intBitsToFloat(threshold ^ (~threshold >> 31 | Integer.MIN_VALUE));
    }

    /** Bits that order as unsigned numbers as the floats do. */
    private static int key(float score) {
        int bits = Float.floatToRawIntBits(score);
        return bits ^ (bits >> 31 | Integer.MIN_VALUE);
    }

    @Override
    public int atLeast(float least, float[] scores, int n, int[] into) {
        int count = 0;
        for (int i = 0; i < n; i++) {
            if (scores[i] >= least) {
                into[count++] = i;
            }
        }
        return count;
    }

    @Override
    public void tokens(
            Reads reads,
            int first,
            int last,
            int @Nullable [] channels,
            Queries queries,
            float[] scores,
            int stride,
            Scratch scratch) {
        PageStore store = reads.store();
        int pageTokens = store.format().tokens();
        float[] key = new float[store.format().headDim()];
        for (int slot = first; slot < last; slot++) {
            store.readKey(reads.pages()[slot / pageTokens], slot % pageTokens, key, 0);
            for (int h = 0; h < queries.group(); h++) {
                int q = queries.at(h);
                double sum = 0;
                for (int c = 0; c < (channels == null ? key.length : channels.length); c++) {
                    int d = channels == null ? c : channels[c];
                    sum += (double) queries.values()[q + d] * key[d];
                }
                scores[h * stride + slot] = (float) (sum * queries.scale() * LOG2_E);
            }
        }
    }

    @Override
    public float largest(float[] scores, int from, int count) {
        float largest = scores[from];
        for (int i = from + 1; i < from + count; i++) {
            largest = Math.max(largest, scores[i]);
        }
        return largest;
    }

    @Override
    public float mass(float[] scores, int from, int count, float max) {
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += Exp2.of(scores[i] - max);
        }
        return (float) sum;
    }

    @Override
    public void addMass(float[] scores, int from, int count, float max, float factor, float[] into) {
        for (int i = 0; i < count; i++) {
            into[i] = Math.fma(Exp2.of(scores[from + i] - max), factor, into[i]);
        }
    }
}
