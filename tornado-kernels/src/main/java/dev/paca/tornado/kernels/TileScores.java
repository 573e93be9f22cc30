package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * {@link Index#score} on tensor cores (PTX only), which take an index as it lies in memory: a channel's middle and spread
 * stand side by side in a page's row of the left side, and on the right side a channel has a row with the queries' numbers
 * and one with their magnitudes. These are two halves each, in two columns, the second being what rounding to the first
 * leaves out, so that 22 bits are kept; products are summed in floats.
 */
public final class TileScores {
    /** Threads of a work-group. */
    public static final int THREADS = 256;

    private static final int WARPS = THREADS / Sum.WARP;
    /** Pages that it scores: a fragment's for each warp. */
    public static final int PAGES = WARPS * Fragment.SIDE;

    /** Query heads of a fragment. */
    private static final int HEADS = Fragment.NARROW / 2;
    /** Fragments at a time: what an index is read for once. */
    private static final int QUADS = 2;
    /** Channels of a turn: a warp reads a page's side by side. */
    private static final int COLS = Sum.WARP;

    private static final int PITCH = COLS + Fragment.PAD;
    private static final int TILE = PAGES * PITCH;
    /** Bytes from 16 halves of a page to the next. */
    private static final int NEXT = 32;
    /** Bytes from 16 rows of the right side to the next. */
    private static final int BELOW = 256;

    private static final int LARGEST_BITS = 0x7BFF;
    private static final float LOWEST = -1e30f;
    /** How many of a half's smallest subnormal are 1. */
    private static final float UNITS = 16777216f;

    private TileScores() {}

    /** Work-groups for {@code capacity} pages of each of so many rows' KV heads. */
    public static int groups(int units, int capacity) {
        return units * ((capacity + PAGES - 1) / PAGES);
    }

    /** Floats that they need together, if a KV head has {@code group} query heads. */
    public static int tiles(int units, int capacity, int group) {
        return groups(units, capacity) * PAGES * columns(group);
    }

    /** Columns of a page's sums. */
    private static int columns(int group) {
        return min(QUADS, (group + HEADS - 1) / HEADS) * 2 * HEADS;
    }

    /**
     * Scores full pages: a work-group for {@link #PAGES} pages of a KV head of a row.
     *
     * @param scores for each row and KV head, of each page: the largest of its query heads' scores
     * @param each the same of each query head, where {@code single} is 1
     * @param tiles floats for each work-group's sums
     */
    public static void score(
            KernelContext context,
            IntArray step,
            IntArray tables,
            FloatArray qkv,
            IntArray index,
            FloatArray scores,
            FloatArray each,
            FloatArray tiles,
            int geometry,
            int capacity,
            int single,
            float scale) {
        int headDim = Geometry.headDim(geometry);
        int group = Geometry.group(geometry);
        // whole turns: channels beyond the last are the last's, times 0
        int width = (headDim + COLS - 1) / COLS * COLS;
        int columns = columns(group);
        int most = columns / 2;
        int[] pages = context.allocateIntLocalArray(TILE);
        int[] queries = context.allocateIntLocalArray(columns * width);
        int[] starts = context.allocateIntLocalArray(PAGES);
        HalfFloat[] halves = context.allocateHalfFloatLocalArray(THREADS);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int units = kvHeads * group + 2 * kvHeads;
        int spans = (capacity + PAGES - 1) / PAGES;
        int t = context.localIdx;
        int head = context.groupIdx / spans % kvHeads;
        int row = context.groupIdx / (spans * kvHeads);
        int used = row < Step.rows(step) ? 1 : 0;
        int full = used * ((Step.position(step, row) + 1) / pageTokens);
        int table = Step.table(step, row);
        int first = context.groupIdx % spans * PAGES;
        if (first < full) {
            if (t < PAGES) {
                // pages that are not full are not scored; for them another is read
                starts[t] = (tables.get(table + min(first + t, full - 1)) * kvHeads + head) * headDim;
            }
            context.localBarrier();
            int lane = t % Sum.WARP;
            int mine = t / Sum.WARP * Fragment.SIDE;
            int at = mine * PITCH + lane;
            int left = Fragment.left(t, 4 * PITCH) + mine * 4 * PITCH;
            float best = LOWEST;
            for (int from = 0; from < group; from += most) {
                int heads = min(most, group - from);
                int begin = min(lane, headDim - 1);
                int n0 = index.get(starts[mine + 0] + begin);
                int n1 = index.get(starts[mine + 1] + begin);
                int n2 = index.get(starts[mine + 2] + begin);
                int n3 = index.get(starts[mine + 3] + begin);
                int n4 = index.get(starts[mine + 4] + begin);
                int n5 = index.get(starts[mine + 5] + begin);
                int n6 = index.get(starts[mine + 6] + begin);
                int n7 = index.get(starts[mine + 7] + begin);
                int n8 = index.get(starts[mine + 8] + begin);
                int n9 = index.get(starts[mine + 9] + begin);
                int n10 = index.get(starts[mine + 10] + begin);
                int n11 = index.get(starts[mine + 11] + begin);
                int n12 = index.get(starts[mine + 12] + begin);
                int n13 = index.get(starts[mine + 13] + begin);
                int n14 = index.get(starts[mine + 14] + begin);
                int n15 = index.get(starts[mine + 15] + begin);
                // the queries' numbers, while those of pages are under way
                int asked = (row * units + head * group + from) * headDim;
                int numbers = heads * width;
                int rounds = (numbers + THREADS - 1) / THREADS;
                for (int r = 0; r < rounds; r++) {
                    int i = r * THREADS + t;
                    if (i < numbers) {
                        int d = i % width;
                        int g = i / width;
                        // TornadoVM gives bits only of what is rounded as it is read, and a half's number only from an
                        // array
                        float v = qkv.get(asked + g * headDim + min(d, headDim - 1));
                        HalfFloat rounded = new HalfFloat(v);
                        int bits = rounded.getHalfFloatValue() & 0xFFFF;
                        float x = Half.clamp(v);
                        HalfFloat number = new HalfFloat(x);
                        halves[t] = number;
                        HalfFloat stored = halves[t];
                        float y = x - stored.getFloat32();
                        int sign = bits & 0x8000;
                        int near = min(bits & 0x7FFF, LARGEST_BITS);
                        int far = half((int) (TornadoMath.abs(y) * UNITS + 0.5f)) | (y < 0f ? 0x8000 : 0);
                        int present = d < headDim ? -1 : 0;
                        int to = (g / HEADS * width + d) * 2 * HEADS + g % HEADS;
                        queries[to] = present & (near | sign | (far << 16));
                        queries[to + HEADS] = present & (near | ((far ^ sign) << 16));
                    }
                }
                float[] c = context.mmaFragment(0f);
                float[] e = context.mmaFragment(0f);
                for (int k = 0; k < width; k += COLS) {
                    pages[at + 0 * PITCH] = n0;
                    pages[at + 1 * PITCH] = n1;
                    pages[at + 2 * PITCH] = n2;
                    pages[at + 3 * PITCH] = n3;
                    pages[at + 4 * PITCH] = n4;
                    pages[at + 5 * PITCH] = n5;
                    pages[at + 6 * PITCH] = n6;
                    pages[at + 7 * PITCH] = n7;
                    pages[at + 8 * PITCH] = n8;
                    pages[at + 9 * PITCH] = n9;
                    pages[at + 10 * PITCH] = n10;
                    pages[at + 11 * PITCH] = n11;
                    pages[at + 12 * PITCH] = n12;
                    pages[at + 13 * PITCH] = n13;
                    pages[at + 14 * PITCH] = n14;
                    pages[at + 15 * PITCH] = n15;
                    if (k + COLS < width) {
                        int next = min(k + COLS + lane, headDim - 1);
                        n0 = index.get(starts[mine + 0] + next);
                        n1 = index.get(starts[mine + 1] + next);
                        n2 = index.get(starts[mine + 2] + next);
                        n3 = index.get(starts[mine + 3] + next);
                        n4 = index.get(starts[mine + 4] + next);
                        n5 = index.get(starts[mine + 5] + next);
                        n6 = index.get(starts[mine + 6] + next);
                        n7 = index.get(starts[mine + 7] + next);
                        n8 = index.get(starts[mine + 8] + next);
                        n9 = index.get(starts[mine + 9] + next);
                        n10 = index.get(starts[mine + 10] + next);
                        n11 = index.get(starts[mine + 11] + next);
                        n12 = index.get(starts[mine + 12] + next);
                        n13 = index.get(starts[mine + 13] + next);
                        n14 = index.get(starts[mine + 14] + next);
                        n15 = index.get(starts[mine + 15] + next);
                    }
                    context.localBarrier();
                    int right = 8 * HEADS * k;
                    HalfFloat[] a0 = context.mmaLoadA(pages, Fragment.SIDE, left + 0 * NEXT);
                    HalfFloat[] b0 = context.mmaLoadB(queries, Fragment.SIDE, right + 0 * BELOW);
                    c = context.mma(a0, b0, c, MMAShape.M16N8K16);
                    HalfFloat[] a1 = context.mmaLoadA(pages, Fragment.SIDE, left + 1 * NEXT);
                    HalfFloat[] b1 = context.mmaLoadB(queries, Fragment.SIDE, right + 1 * BELOW);
                    c = context.mma(a1, b1, c, MMAShape.M16N8K16);
                    HalfFloat[] a2 = context.mmaLoadA(pages, Fragment.SIDE, left + 2 * NEXT);
                    HalfFloat[] b2 = context.mmaLoadB(queries, Fragment.SIDE, right + 2 * BELOW);
                    c = context.mma(a2, b2, c, MMAShape.M16N8K16);
                    HalfFloat[] a3 = context.mmaLoadA(pages, Fragment.SIDE, left + 3 * NEXT);
                    HalfFloat[] b3 = context.mmaLoadB(queries, Fragment.SIDE, right + 3 * BELOW);
                    c = context.mma(a3, b3, c, MMAShape.M16N8K16);
                    if (most > HEADS) {
                        int second = right + 8 * HEADS * width;
                        HalfFloat[] f0 = context.mmaLoadB(queries, Fragment.SIDE, second + 0 * BELOW);
                        e = context.mma(a0, f0, e, MMAShape.M16N8K16);
                        HalfFloat[] f1 = context.mmaLoadB(queries, Fragment.SIDE, second + 1 * BELOW);
                        e = context.mma(a1, f1, e, MMAShape.M16N8K16);
                        HalfFloat[] f2 = context.mmaLoadB(queries, Fragment.SIDE, second + 2 * BELOW);
                        e = context.mma(a2, f2, e, MMAShape.M16N8K16);
                        HalfFloat[] f3 = context.mmaLoadB(queries, Fragment.SIDE, second + 3 * BELOW);
                        e = context.mma(a3, f3, e, MMAShape.M16N8K16);
                    }
                    context.localBarrier();
                }
                int down = context.groupIdx * PAGES + mine;
                context.mmaStore(c, tiles, down, 0, columns);
                if (most > HEADS) {
                    context.mmaStore(e, tiles, down, 2 * HEADS, columns);
                }
                context.localBarrier();
                if (t < PAGES) {
                    for (int g = 0; g < heads; g++) {
                        int of = (context.groupIdx * PAGES + t) * columns + 2 * g;
                        float score = (tiles.get(of) + tiles.get(of + 1)) * scale;
                        best = TornadoMath.max(best, score);
                        if (single == 1) {
                            if (first + t < full) {
                                int one = (row * kvHeads + head) * group + from + g;
                                each.set(one * capacity + first + t, score);
                            }
                        }
                    }
                }
                context.localBarrier();
            }
            int writes = (t < PAGES ? 1 : 0) * (first + t < full ? 1 : 0);
            if (writes == 1) {
                scores.set((row * kvHeads + head) * capacity + first + t, best);
            }
        }
    }

    /**
     * The bits of the half nearest to so many of its smallest subnormal, 0 to 2^28, without a branch: its exponent is how often
     * the number is halved until 11 bits are left.
     */
    static int half(int n) {
        int over = n >> 11;
        over = over | (over >> 1);
        over = over | (over >> 2);
        over = over | (over >> 4);
        over = over | (over >> 8);
        over = over | (over >> 16);
        int shift = Integer.bitCount(over);
        return (shift << 10) + ((n + ((1 << shift) >> 1)) >> shift);
    }

    private static int min(int a, int b) {
        return a < b ? a : b;
    }
}
