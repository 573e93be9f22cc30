package dev.paca.kv.index;

import dev.paca.kv.attention.Queries;
import dev.paca.kv.page.Growth;
import dev.paca.kv.page.PageStore;
import dev.paca.kv.page.PageTable;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The middles and spreads of a table's pages once more, in a byte a channel: 4 bits of the middle, 2 of the spread. Over a
 * long cache the indexes themselves are what costs, four times the bytes that attention over the chosen pages reads; a
 * sketch takes less than a third of them, and lies in one piece.
 *
 * <p>A code tells where a middle lies about the mean of those of {@value #GROUP} pages side by side, and where a spread lies
 * about the mean of all, in steps that the table's first {@value #BLOCK} pages fix: of the best uniform quantisers of a
 * normal variable (J. Max, 1960), somewhat longer. Rotated keys drift with their position, hence the means near by.
 * A page's score is a sum of entries of tables, one a channel, with 64 whole numbers, and what its group's means add, in an
 * order that is the same for any width of vectors: so every machine chooses the same pages. Codes round, so what they sum up
 * to is no bound: pages are chosen by estimates of their bounds.
 *
 * <p>Layout: {@value #BLOCK} pages make a block, 64 bytes a channel, page {@code p} of the first half at byte {@code 2p} and
 * page {@code 32 + p} at byte {@code 2p + 1}: sums of two bytes side by side come apart in order. The means of
 * {@value #GROUPS} groups lie side by side as well, channel by channel.
 */
public final class Sketch {
    /** Pages of a block; so many are sketched at least. */
    public static final int BLOCK = 64;

    /** Pages that share means, and are sketched together. */
    public static final int GROUP = 16;

    /** Groups whose means lie side by side: those of {@code GROUPS * GROUP / BLOCK} blocks. */
    public static final int GROUPS = 16;

    /** Entries of a channel's table. */
    public static final int ENTRIES = 64;

    /** What is added to an entry so that none is negative; entries of four channels add up in a byte. */
    public static final int BIAS = 31;

    /** Fractions of an entry's unit in which its two parts are given. */
    private static final int FINE = 256;

    private static final int MIDDLES = 16;
    private static final int SPREADS = 4;
    /** Steps in deviations. */
    private static final float MIDDLE_STEP = 1.2f * 0.3352f;

    private static final float SPREAD_STEP = 1.2f * 0.9957f;

    private final int dims;
    private int pages;
    private int rewritten;
    /** Steps of middles and of spreads, and the mean spread; a channel each. */
    private float[] middleStep = new float[0];

    private float[] spreadStep = new float[0];
    private float[] spreadMean = new float[0];
    private byte[][] codes = new byte[0][];
    private float[][] means = new float[0][];

    public Sketch(int headDim) {
        dims = headDim;
    }

    /** Channels, and as many more as make groups of four; the codes of those are 0. */
    public static int rows(int headDim) {
        return (headDim + 3) / 4 * 4;
    }

    /** Pages that the token in a slot finds sketched: those of groups that ended before it. However many a step runs. */
    public static int before(int slot, int pageTokens) {
        int count = slot / (GROUP * pageTokens) * GROUP;
        return count < BLOCK ? 0 : count;
    }

    public int headDim() {
        return dims;
    }

    /** Pages that are sketched, the first of the table. */
    public int pages() {
        return pages;
    }

    /** The codes of a block. */
    public byte[] codes(int block) {
        return codes[block];
    }

    /** The mean middles of the groups from {@code GROUPS * i} on: {@value #GROUPS} floats a channel. */
    public float[] means(int i) {
        return means[i];
    }

    /** Bytes of so many pages' codes and means. */
    public static long bytes(int pages, int headDim) {
        return (long) pages * rows(headDim) + (long) pages / GROUP * headDim * Float.BYTES;
    }

    /** Bytes that it holds. */
    public long bytes() {
        long sum = 0;
        for (byte[] block : codes) {
            sum += block.length;
        }
        for (float[] some : means) {
            sum += (long) Float.BYTES * some.length;
        }
        return sum;
    }

    /** Takes in what a step's tokens made full, after their pages have their indexes. */
    public void extend(Growth growth) {
        PageTable table = growth.table();
        PageStore store = table.store();
        int pageTokens = store.format().tokens();
        if (rewritten != table.rewritten()) {
            rewritten = table.rewritten();
            pages = 0;
        }
        // A step that was not finished may have left pages that now hold other tokens.
        pages = Math.min(pages, before(table.tokens(), pageTokens));
        int wanted = before(growth.end() - 1, pageTokens);
        if (pages < wanted) {
            int[] list = growth.pagesAfter();
            grow(Math.ceilDiv(wanted, BLOCK));
            if (pages == 0) {
                settle(store, list);
            }
            for (; pages < wanted; pages += GROUP) {
                add(store, list);
            }
        }
    }

    /** Begins as another one, of a table that shares its pages with this one's. */
    public void share(Sketch other) {
        pages = other.pages;
        middleStep = other.middleStep;
        spreadStep = other.spreadStep;
        spreadMean = other.spreadMean;
        codes = other.codes.clone();
        means = other.means.clone();
        // Only the last ones still change.
        for (int b = pages / BLOCK; b < codes.length; b++) {
            codes[b] = codes[b].clone();
        }
        for (int i = pages / (GROUPS * GROUP); i < means.length; i++) {
            means[i] = means[i].clone();
        }
    }

    private void grow(int blocks) {
        int had = codes.length;
        if (blocks > had) {
            codes = Arrays.copyOf(codes, blocks);
        }
        for (int b = had; b < blocks; b++) {
            codes[b] = new byte[rows(dims) * BLOCK];
        }
        had = means.length;
        int some = Math.ceilDiv(blocks * BLOCK, GROUPS * GROUP);
        if (some > had) {
            means = Arrays.copyOf(means, some);
        }
        for (int i = had; i < some; i++) {
            means[i] = new float[dims * GROUPS];
        }
    }

    /** Fixes the steps by the first block's pages. */
    private void settle(PageStore store, int[] list) {
        middleStep = new float[dims];
        spreadStep = new float[dims];
        spreadMean = new float[dims];
        float[][] rows = read(store, list, 0, BLOCK);
        for (int d = 0; d < dims; d++) {
            double apart = 0;
            for (int g = 0; g < BLOCK; g += GROUP) {
                double mean = mean(rows, g, g + GROUP, d);
                apart += squares(rows, g, g + GROUP, d, mean);
            }
            double mean = mean(rows, 0, BLOCK, dims + d);
            spreadMean[d] = (float) mean;
            middleStep[d] = step(MIDDLE_STEP, apart);
            spreadStep[d] = step(SPREAD_STEP, squares(rows, 0, BLOCK, dims + d, mean));
        }
    }

    private static float step(float inDeviations, double squares) {
        return Math.max(Float.MIN_NORMAL, (float) (inDeviations * Math.sqrt(squares / BLOCK)));
    }

    /** Writes the codes of the next group. */
    private void add(PageStore store, int[] list) {
        float[][] rows = read(store, list, pages, GROUP);
        byte[] block = codes[pages / BLOCK];
        int first = pages % BLOCK;
        int group = pages / GROUP;
        for (int d = 0; d < dims; d++) {
            float mean = (float) mean(rows, 0, GROUP, d);
            means[group / GROUPS][d * GROUPS + group % GROUPS] = mean;
            for (int i = 0; i < GROUP; i++) {
                int middle = code(rows[i][d] - mean, middleStep[d], MIDDLES);
                int spread = code(rows[i][dims + d] - spreadMean[d], spreadStep[d], SPREADS);
                block[d * BLOCK + place(first + i)] = (byte) (spread * MIDDLES + middle);
            }
        }
    }

    private static int code(float distance, float step, int levels) {
        return Math.clamp((long) Math.floor(distance / step) + levels / 2, 0, levels - 1);
    }

    /** Where the byte of a block's page stands among those of a channel. */
    static int place(int page) {
        return page < BLOCK / 2 ? 2 * page : 2 * (page - BLOCK / 2) + 1;
    }

    /** Middles and spreads of some pages. */
    private float[][] read(PageStore store, int[] list, int first, int count) {
        float[][] rows = new float[count][2 * dims];
        for (int i = 0; i < count; i++) {
            MemorySegment bytes = store.bytes(list[first + i]);
            long at = store.indexAt(list[first + i]);
            for (int d = 0; d < 2 * dims; d++) {
                rows[i][d] = Halves.get(bytes, at, d);
            }
        }
        return rows;
    }

    private static double mean(float[][] rows, int from, int to, int d) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += rows[i][d];
        }
        return sum / (to - from);
    }

    private static double squares(float[][] rows, int from, int to, int d, double mean) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += (rows[i][d] - mean) * (rows[i][d] - mean);
        }
        return sum;
    }

    /**
     * What a query head makes of codes. An entry is {@code ((2m - 15)·middle + (2s - 3)·spread + 128 >> 8) + 31} for a middle
     * {@code m} and a spread {@code s}; a page's score is {@code base + unit·sum}, and the query's product with its group's
     * mean.
     */
    public static final class Query {
        /** The channels' parts, in fractions of an entry's unit. */
        public short[] middle = new short[0];

        public short[] spread = new short[0];
        /** What an entry of 1 stands for. */
        public float unit;
        /** What all pages have in common. */
        public float base;

        /** Prepares a row of queries: of query head {@code head} of one token. */
        public void of(Queries queries, int head, Sketch sketch) {
            int dims = sketch.dims;
            int at = queries.at(head);
            float[] q = queries.values();
            if (middle.length != rows(dims)) {
                middle = new short[rows(dims)];
                spread = new short[rows(dims)];
            }
            float largest = Float.MIN_NORMAL * BIAS;
            double mean = 0;
            for (int d = 0; d < dims; d++) {
                float x = Math.abs(q[at + d]);
                largest = Math.max(
                        largest, x * (sketch.middleStep[d] * (MIDDLES - 1) + sketch.spreadStep[d] * (SPREADS - 1)) / 2);
                mean += (double) x * sketch.spreadMean[d];
            }
            unit = largest / BIAS;
            float fine = FINE / (2 * unit);
            for (int d = 0; d < dims; d++) {
                middle[d] = nearest(q[at + d] * sketch.middleStep[d] * fine);
                spread[d] = nearest(Math.abs(q[at + d]) * sketch.spreadStep[d] * fine);
            }
            base = (float) mean - unit * BIAS * rows(dims);
        }

        private static short nearest(float x) {
            return (short) Float.floatToRawIntBits(x + KeyCodes.ROUND);
        }

        /** The entry of a code. */
        int entry(int d, int code) {
            int m = 2 * (code % MIDDLES) - (MIDDLES - 1);
            int s = 2 * (code / MIDDLES) - (SPREADS - 1);
            return (m * middle[d] + s * spread[d] + FINE / 2 >> 8) + BIAS;
        }
    }

    /** The sum of a page's entries. */
    int sum(int page, Query query) {
        byte[] block = codes[page / BLOCK];
        int sum = 0;
        for (int d = 0; d < rows(dims); d++) {
            sum += query.entry(d, block[d * BLOCK + place(page % BLOCK)]);
        }
        return sum;
    }

    /**
     * The product of a query, from index {@code from} of {@code q} on, with the mean of a page's group: that of all even
     * channels and that of all odd ones, each in order.
     */
    float product(int page, float[] q, int from) {
        int group = page / GROUP;
        float[] mean = means[group / GROUPS];
        float even = 0;
        float odd = 0;
        for (int d = 0; d < dims; d++) {
            float x = mean[d * GROUPS + group % GROUPS];
            even = d % 2 == 0 ? Math.fma(x, q[from + d], even) : even;
            odd = d % 2 == 1 ? Math.fma(x, q[from + d], odd) : odd;
        }
        return even + odd;
    }

    /** The score of a page: the largest of the heads' counts. */
    float score(int page, Query query, float[] q, int from) {
        return Math.fma(sum(page, query), query.unit, query.base + product(page, q, from));
    }
}
