package dev.paca.kv.index;

import dev.paca.kv.page.IndexForm;
import dev.paca.kv.page.PageFormat;
import dev.paca.kv.page.PageStore;
import java.lang.foreign.MemorySegment;

/**
 * Where a page's keys lie and how far they spread, for each channel: first all middles, then all spreads, in F16. A query
 * scores a page with {@code sum over channels of q·middle + |q|·spread}.
 *
 * <p>With the middle of minimum and maximum, and half their distance, that is Quest's bound {@code sum of max(q·min, q·max)}
 * (arXiv 2406.10774), in a form that needs no choice. Spreads are rounded up, so it stays a bound. With mean and standard
 * deviation it is an estimate of the best key.
 */
final class Spread {
    private Spread() {}

    /** Computes the index of a full page from its keys as they were stored. */
    static void seal(PageStore store, int page) {
        PageFormat format = store.format();
        int dims = format.headDim();
        int tokens = format.tokens();
        float[] keys = new float[tokens * dims];
        for (int i = 0; i < tokens; i++) {
            store.readKey(page, i, keys, i * dims);
        }
        MemorySegment bytes = store.bytes(page);
        long middles = store.indexAt(page);
        long spreads = middles + 2L * dims;
        for (int d = 0; d < dims; d++) {
            if (format.index() == IndexForm.MIN_MAX) {
                bounds(keys, d, dims, bytes, middles, spreads);
            } else {
                moments(keys, d, dims, bytes, middles, spreads);
            }
        }
    }

    private static void bounds(float[] keys, int d, int dims, MemorySegment bytes, long middles, long spreads) {
        float min = keys[d];
        float max = keys[d];
        for (int i = d; i < keys.length; i += dims) {
            min = Math.min(min, keys[i]);
            max = Math.max(max, keys[i]);
        }
        float middle = Halves.put(bytes, middles, d, min / 2 + max / 2);
        Halves.putUp(bytes, spreads, d, Math.max(max - middle, middle - min));
    }

    private static void moments(float[] keys, int d, int dims, MemorySegment bytes, long middles, long spreads) {
        int n = keys.length / dims;
        double sum = 0;
        for (int i = d; i < keys.length; i += dims) {
            sum += keys[i];
        }
        double mean = sum / n;
        double squares = 0;
        for (int i = d; i < keys.length; i += dims) {
            squares += (keys[i] - mean) * (keys[i] - mean);
        }
        Halves.put(bytes, middles, d, (float) mean);
        Halves.put(bytes, spreads, d, (float) Math.sqrt(squares / n));
    }

    /** A page's score for one query head. */
    static float score(MemorySegment bytes, long at, float[] q, int from, int dims) {
        double sum = 0;
        for (int d = 0; d < dims; d++) {
            float x = q[from + d];
            sum += x * (double) Halves.get(bytes, at, d) + Math.abs(x) * (double) Halves.get(bytes, at + 2L * dims, d);
        }
        return (float) sum;
    }
}
