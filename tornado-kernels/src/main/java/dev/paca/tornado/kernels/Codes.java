package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * A few bits of every key, as {@link dev.paca.kv.index.KeyCodes} defines them, byte for byte: what is kept beside a full page
 * to tell which of its keys a query may find, and the scores made of that. Before a sequence has an {@link Anchor}, and for
 * a page that is not full, the keys themselves are scored.
 */
public final class Codes {
    /** The form of such an index. */
    public static final int FORM = 3;
    /** Threads of a work-group. */
    public static final int THREADS = 128;
    /** Pages that a work-group scores. */
    public static final int PAGES = 64;

    /** Tokens whose codes stand together, and ints of their row of 16 channels. */
    private static final int TOKENS = 16;

    private static final int ROW = 16;
    private static final int MAX_NIBBLES = 112;
    /** Threads that share out a page, at most. */
    private static final int PARTS = 8;
    /** Values of a middle, and of a nibble. */
    private static final int VALUES = 16;

    /** Nibbles whose entries add up in a byte, and how far they may, what rounding adds left out. */
    private static final int SPAN = 32;

    private static final float MOST = 127f - 16f;
    /** 128 in each byte of an int. */
    private static final int ABOVE = 0x80808080;

    private static final float FINE = 16f;
    private static final float FAR = 1000f;
    static final float LOWEST = -1e30f;

    private Codes() {}

    /** Ints of a page's index for a KV head. */
    public static int ints(int geometry) {
        return ROW * rows(Geometry.headDim(geometry)) * ((Geometry.pageTokens(geometry) + TOKENS - 1) / TOKENS);
    }

    /** Work-groups along a sequence of so many pages. */
    public static int tiles(int capacity) {
        return (capacity + PAGES - 1) / PAGES;
    }

    private static int rows(int headDim) {
        return (headDim + 15) / 16;
    }

    /** What a code of 1 stands for, in deviations. */
    private static float stride(int bits) {
        return bits > 2 ? (bits == 3 ? 1.2f * 0.586f : 1.2f * 0.3352f) : (bits == 2 ? 1.2f * 0.9957f : 1.2f * 1.596f);
    }

    /** The nearest whole number below, of what is not far. */
    private static int floor(float x) {
        float near = TornadoMath.max(-FAR, TornadoMath.min(FAR, x));
        int k = (int) near;
        return near < k ? k - 1 : k;
    }

    /** The nearest whole number, of two as near the larger. */
    private static int round(float x) {
        int k = (int) x;
        int low = x < k ? k - 1 : k;
        return x - low >= 0.5f ? low + 1 : low;
    }

    /** The nearest whole number, of two as near the even one. */
    private static int nearest(float x) {
        int k = floor(x);
        float rest = x - k;
        int up = rest > 0.5f ? 1 : 0;
        int tie = rest == 0.5f ? 1 : 0;
        return k + up + tie * (k & 1);
    }

    /**
     * Computes the indexes of pages that the step's rows have filled: a work-group for a KV head of a row. The row that
     * completes a sequence's anchor does so for all pages up to then.
     *
     * @param index for each block and KV head {@link #ints}
     */
    public static void seal(
            KernelContext context,
            IntArray step,
            IntArray tables,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            IntArray index,
            FloatArray anchors,
            int storage,
            int geometry) {
        float[] centre = context.allocateFloatLocalArray(Attention.MAX_HEAD_DIM);
        float[] scale = context.allocateFloatLocalArray(Attention.MAX_HEAD_DIM);
        int[] place = context.allocateIntLocalArray(Attention.MAX_HEAD_DIM);
        int[] channel = context.allocateIntLocalArray(4 * MAX_NIBBLES);
        float[] middle = context.allocateFloatLocalArray(2 * Attention.MAX_HEAD_DIM);
        int[] value = context.allocateIntLocalArray(2 * Attention.MAX_HEAD_DIM);
        int t = context.localIdx;
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int head = context.groupIdx % kvHeads;
        int row = context.groupIdx / kvHeads;
        int used = row < Step.rows(step) ? 1 : 0;
        int safeRow = used == 1 ? row : 0;
        int length = Step.position(step, safeRow) + 1;
        int filled = length % pageTokens == 0 ? 1 : 0;
        int due = used * filled * (length >= Anchor.TOKENS ? 1 : 0);
        int table = Step.table(step, safeRow);
        int newest = (length - 1) / pageTokens;
        int first = length == Anchor.TOKENS ? 0 : newest;
        int last = due == 1 ? newest : first - 1;
        int nibbles = Anchor.nibbles(headDim);
        int padded = rows(headDim) * 16;
        int blocks = (pageTokens + TOKENS - 1) / TOKENS;
        int count = pageTokens / blocks;
        int ints = ints(geometry);
        for (int i = t; i < 4 * MAX_NIBBLES; i += THREADS) {
            channel[i] = -1;
        }
        context.localBarrier();
        for (int d = t; d < due * headDim; d += THREADS) {
            centre[d] = Anchor.get(tables, anchors, geometry, table, head, 0, d);
            scale[d] = Anchor.get(tables, anchors, geometry, table, head, 1, d);
            int where = (int) Anchor.get(tables, anchors, geometry, table, head, 2, d);
            place[d] = where;
            channel[4 * Anchor.nibble(where) + Anchor.shift(where)] = d;
        }
        context.localBarrier();
        for (int page = first; page <= last; page++) {
            int block = tables.get(table + page);
            int to = (block * kvHeads + head) * ints;
            for (int i = t; i < blocks * headDim; i += THREADS) {
                int d = i % headDim;
                int from = i / headDim * TOKENS;
                float sum = 0f;
                for (int s = from; s < from + count; s++) {
                    sum += Page.key(geometry, storage, f, h, b, q, block, head, s, d);
                }
                float away = (sum / count - centre[d]) / scale[d];
                int code = clamp(round(TornadoMath.max(-FAR, TornadoMath.min(FAR, away)) + 7.5f), VALUES - 1);
                value[i] = code;
                middle[i] = centre[d] + (code - 7.5f) * scale[d];
            }
            context.localBarrier();
            // four bytes at a time: of codes a token each, two nibbles; of middles two channels each
            for (int i = t; i < blocks * 2 * nibbles; i += THREADS) {
                int k = i / (2 * nibbles);
                int pair = i % (2 * nibbles) / 4;
                int quad = i % 4;
                int w = 0;
                for (int j = 0; j < 4; j++) {
                    int slot = quad * 4 + j;
                    int byteBits = 0;
                    for (int c = 0; c < 8; c++) {
                        int d = channel[8 * pair + c];
                        if (d >= 0) {
                            if (slot < count) {
                                int bits = Anchor.bits(place[d]);
                                int levels = 1 << bits;
                                float key = Page.key(geometry, storage, f, h, b, q, block, head, k * TOKENS + slot, d);
                                float size = TornadoMath.max(stride(bits) * scale[d], Anchor.LEAST);
                                int code = floor((key - middle[k * headDim + d]) / size) + levels / 2;
                                byteBits = byteBits
                                        | clamp(code, levels - 1) << (Anchor.shift(place[d]) + (c > 3 ? 4 : 0));
                            }
                        }
                    }
                    w = w | byteBits << (8 * j);
                }
                index.set(to + k * ROW * rows(headDim) + 4 * pair + quad, w);
            }
            // the left-over half row of an odd number of rows stays empty
            for (int i = t; i < blocks * padded / 8; i += THREADS) {
                int k = i / (padded / 8);
                int at = i % (padded / 8) * 4;
                int w = 0;
                for (int j = 0; j < 4; j++) {
                    int low = at + j;
                    int high = low + padded / 2;
                    int a = low < headDim ? value[k * headDim + smaller(low, headDim - 1)] : 0;
                    int o = high < headDim ? value[k * headDim + smaller(high, headDim - 1)] : 0;
                    w = w | (a | o << 4) << (8 * j);
                }
                index.set(to + k * ROW * rows(headDim) + 2 * nibbles + i % (padded / 8), w);
            }
            context.localBarrier();
        }
    }

    /**
     * Scores pages for each query head: a work-group for {@link #PAGES} pages of a KV head of a row.
     *
     * @param each scores: for each row and query head, of each page, in base 2
     * @param tiles for each row, query head and work-group the largest of its scores, and the mass of all relative to it
     * @param capacity pages of a sequence at most
     * @param scale what a product of query and key is multiplied with to become a score
     */
    public static void score(
            KernelContext context,
            IntArray step,
            IntArray tables,
            FloatArray qkv,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            IntArray index,
            FloatArray anchors,
            FloatArray each,
            FloatArray tiles,
            int storage,
            int geometry,
            int capacity,
            float scale) {
        float[] query = context.allocateFloatLocalArray(Attention.QUERIES * Attention.MAX_HEAD_DIM);
        float[] bit = context.allocateFloatLocalArray(Attention.QUERIES * 4 * MAX_NIBBLES);
        int[] middle = context.allocateIntLocalArray(Attention.QUERIES * Attention.MAX_HEAD_DIM);
        int[] entry = context.allocateIntLocalArray(VALUES * MAX_NIBBLES);
        int[] place = context.allocateIntLocalArray(Attention.MAX_HEAD_DIM);
        float[] spread = context.allocateFloatLocalArray(Attention.MAX_HEAD_DIM);
        float[] part = context.allocateFloatLocalArray(THREADS);
        float[] inverse = context.allocateFloatLocalArray(Attention.QUERIES);
        int[] sums = context.allocateIntLocalArray(Attention.QUERIES * THREADS);
        int[] found = context.allocateIntLocalArray(Attention.QUERIES * PAGES * PARTS);
        int t = context.localIdx;
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int group = Geometry.group(geometry);
        int units = kvHeads * group + 2 * kvHeads;
        int count = tiles(capacity);
        int tile = context.groupIdx % count;
        int head = context.groupIdx / count % kvHeads;
        int row = context.groupIdx / (count * kvHeads);
        int used = row < Step.rows(step) ? 1 : 0;
        int safeRow = used == 1 ? row : 0;
        int length = Step.position(step, safeRow) + 1;
        int pages = (length + pageTokens - 1) / pageTokens;
        int coded = length >= Anchor.TOKENS ? length / pageTokens : 0;
        int table = Step.table(step, safeRow);
        int first = tile * PAGES;
        int end = smaller(first + PAGES, pages);
        int busy = used * (first < end ? 1 : 0);
        int codes = busy * (first < coded ? 1 : 0);
        int quads = busy * ((group + Attention.QUERIES - 1) / Attention.QUERIES);
        int nibbles = Anchor.nibbles(headDim);
        int half = rows(headDim) * 8;
        int ints = ints(geometry);
        int shares = pageTokens / 4;
        int lane = t % Sum.WARP;
        int mine = t / Sum.WARP;
        int spans = (nibbles + SPAN - 1) / SPAN;
        // bits that the sum of a span loses, so that all fit into a byte again
        int wide = (headDim + 63) / 64;
        int shift = wide > 2 ? 2 : wide - 1;
        for (int d = t; d < codes * headDim; d += THREADS) {
            place[d] = (int) Anchor.get(tables, anchors, geometry, table, head, 2, d);
            spread[d] = Anchor.get(tables, anchors, geometry, table, head, 1, d);
        }
        for (int quad = 0; quad < quads; quad++) {
            int heads = smaller(Attention.QUERIES, group - quad * Attention.QUERIES);
            int firstHead = head * group + quad * Attention.QUERIES;
            for (int i = t; i < Attention.QUERIES * headDim; i += THREADS) {
                float v = 0f;
                if (i / headDim < heads) {
                    v = qkv.get((safeRow * units + firstHead) * headDim + i);
                }
                query[i] = v;
            }
            for (int i = t; i < Attention.QUERIES * Attention.MAX_HEAD_DIM; i += THREADS) {
                middle[i] = 0;
            }
            for (int i = t; i < Attention.QUERIES * 4 * MAX_NIBBLES; i += THREADS) {
                bit[i] = 0f;
            }
            context.localBarrier();
            // what each bit of each nibble adds when it is set, from less its half to its half
            for (int i = t; i < codes * Attention.QUERIES * headDim; i += THREADS) {
                int d = i % headDim;
                int bits = Anchor.bits(place[d]);
                int at = i / headDim * 4 * MAX_NIBBLES + 4 * Anchor.nibble(place[d]) + Anchor.shift(place[d]);
                float weight = query[i] * stride(bits) * spread[d];
                for (int j = 0; j < bits; j++) {
                    bit[at + j] = weight * (1 << j);
                }
            }
            context.localBarrier();
            // 32 threads a head: the unit in which no span's entries can add up to more than a byte holds
            float unit = Anchor.LEAST;
            for (int span = 0; span < codes * spans; span++) {
                int end4 = smaller(4 * SPAN * (span + 1), 4 * MAX_NIBBLES);
                float sum = 0f;
                for (int i = 4 * SPAN * span + lane; i < end4; i += Sum.WARP) {
                    sum += TornadoMath.abs(bit[mine * 4 * MAX_NIBBLES + i]) * 0.5f;
                }
                part[t] = sum;
                context.localBarrier();
                sum = 0f;
                for (int i = 0; i < Sum.WARP; i++) {
                    sum += part[mine * Sum.WARP + i];
                }
                unit = TornadoMath.max(unit, sum / MOST);
                context.localBarrier();
            }
            if (lane == 0) {
                inverse[mine] = 1f / unit;
            }
            context.localBarrier();
            // the entries of four heads in an int, as a sum: that of many is made of their sums, each of which fits
            // at least one for each thread: PoCL's compiler leaves out what only some threads do here
            for (int i = t; i < larger(THREADS, VALUES * nibbles); i += THREADS) {
                int x = i % VALUES;
                int b0 = x & 1;
                int b1 = (x >> 1) & 1;
                int b2 = (x >> 2) & 1;
                int b3 = (x >> 3) & 1;
                int w = 0;
                for (int g = 3; g >= 0; g--) {
                    int at = g * 4 * MAX_NIBBLES + 4 * (i / VALUES);
                    float least = -0.5f * (bit[at] + bit[at + 1] + bit[at + 2] + bit[at + 3]);
                    float v = least + b0 * bit[at] + b1 * bit[at + 1] + b2 * bit[at + 2] + b3 * bit[at + 3];
                    w = w * 256 + nearest(v * inverse[g]);
                }
                entry[i] = w;
            }
            context.localBarrier();
            float step16 = unit * (1 << shift) / FINE;
            int base = 0;
            float centred = 0f;
            for (int d = lane; d < codes * headDim; d += Sum.WARP) {
                float v = query[mine * headDim + d];
                int m = round(v * spread[d] / step16);
                middle[mine * Attention.MAX_HEAD_DIM + d] = m;
                base -= (VALUES - 1) * m;
                centred += v * Anchor.get(tables, anchors, geometry, table, head, 0, d);
            }
            part[t] = centred;
            sums[t] = base;
            context.localBarrier();
            centred = 0f;
            base = 0;
            for (int i = 0; i < Sum.WARP; i++) {
                centred += part[mine * Sum.WARP + i];
                base += sums[mine * Sum.WARP + i];
            }
            context.localBarrier();
            int passes = PAGES * shares / THREADS;
            for (int pass = 0; pass < passes; pass++) {
                int work = pass * THREADS + t;
                int page = work / shares;
                int share = work % shares;
                int at = larger(0, smaller(first + page, coded - 1));
                int from = (tables.get(table + at) * kvHeads + head) * ints + share / 4 * (2 * half);
                int threads = smaller(shares, 4);
                int u = share % 4;
                int m0 = 0;
                int m1 = 0;
                int m2 = 0;
                int m3 = 0;
                for (int j = u; j < half / 4; j += threads) {
                    int w = index.get(from + 2 * nibbles + j);
                    for (int k = 0; k < 4; k++) {
                        int low = (w >> (8 * k)) & 15;
                        int high = (w >> (8 * k + 4)) & 15;
                        int c = 4 * j + k;
                        m0 += middle[c] * low + middle[c + half] * high;
                        m1 += middle[256 + c] * low + middle[256 + c + half] * high;
                        m2 += middle[512 + c] * low + middle[512 + c + half] * high;
                        m3 += middle[768 + c] * low + middle[768 + c + half] * high;
                    }
                }
                sums[t] = m0;
                sums[THREADS + t] = m1;
                sums[2 * THREADS + t] = m2;
                sums[3 * THREADS + t] = m3;
                context.localBarrier();
                m0 = 0;
                m1 = 0;
                m2 = 0;
                m3 = 0;
                for (int j = 0; j < threads; j++) {
                    int o = t - u + j;
                    m0 += sums[o];
                    m1 += sums[THREADS + o];
                    m2 += sums[2 * THREADS + o];
                    m3 += sums[3 * THREADS + o];
                }
                // four tokens
                int a0 = 0;
                int a1 = 0;
                int a2 = 0;
                int a3 = 0;
                int b0 = 0;
                int b1 = 0;
                int b2 = 0;
                int b3 = 0;
                int c0 = 0;
                int c1 = 0;
                int c2 = 0;
                int c3 = 0;
                int d0 = 0;
                int d1 = 0;
                int d2 = 0;
                int d3 = 0;
                for (int span = 0; span < spans; span++) {
                    int last = smaller(SPAN * (span + 1), nibbles) / 2;
                    // of bytes that begin in the middle
                    int x = ABOVE;
                    int y = ABOVE;
                    int z = ABOVE;
                    int v = ABOVE;
                    for (int g = SPAN / 2 * span; g < last; g++) {
                        int w = index.get(from + 4 * g + u);
                        int low = 2 * g * VALUES;
                        int high = low + VALUES;
                        x += entry[low + (w & 15)] + entry[high + ((w >> 4) & 15)];
                        y += entry[low + ((w >> 8) & 15)] + entry[high + ((w >> 12) & 15)];
                        z += entry[low + ((w >> 16) & 15)] + entry[high + ((w >> 20) & 15)];
                        v += entry[low + ((w >> 24) & 15)] + entry[high + ((w >> 28) & 15)];
                    }
                    a0 += (x & 255) >> shift;
                    a1 += ((x >> 8) & 255) >> shift;
                    a2 += ((x >> 16) & 255) >> shift;
                    a3 += ((x >> 24) & 255) >> shift;
                    b0 += (y & 255) >> shift;
                    b1 += ((y >> 8) & 255) >> shift;
                    b2 += ((y >> 16) & 255) >> shift;
                    b3 += ((y >> 24) & 255) >> shift;
                    c0 += (z & 255) >> shift;
                    c1 += ((z >> 8) & 255) >> shift;
                    c2 += ((z >> 16) & 255) >> shift;
                    c3 += ((z >> 24) & 255) >> shift;
                    d0 += (v & 255) >> shift;
                    d1 += ((v >> 8) & 255) >> shift;
                    d2 += ((v >> 16) & 255) >> shift;
                    d3 += ((v >> 24) & 255) >> shift;
                }
                int above = spans * (128 >> shift);
                int to = page * PARTS + share;
                found[to] = (larger(larger(a0, b0), larger(c0, d0)) - above) * 16 + m0;
                found[PAGES * PARTS + to] = (larger(larger(a1, b1), larger(c1, d1)) - above) * 16 + m1;
                found[2 * PAGES * PARTS + to] = (larger(larger(a2, b2), larger(c2, d2)) - above) * 16 + m2;
                found[3 * PAGES * PARTS + to] = (larger(larger(a3, b3), larger(c3, d3)) - above) * 16 + m3;
                context.localBarrier();
            }
            // of what has no codes, the keys: fewer than an anchor takes
            int keysFrom = larger(first, coded);
            int tokens = larger(0, smaller(length, end * pageTokens) - keysFrom * pageTokens);
            for (int i = t; i < tokens; i += THREADS) {
                int block = tables.get(table + keysFrom + i / pageTokens);
                int slot = i % pageTokens;
                float s0 = 0f;
                float s1 = 0f;
                float s2 = 0f;
                float s3 = 0f;
                for (int d = 0; d < headDim; d++) {
                    float key = Page.key(geometry, storage, f, h, b, q, block, head, slot, d);
                    s0 += query[d] * key;
                    s1 += query[headDim + d] * key;
                    s2 += query[2 * headDim + d] * key;
                    s3 += query[3 * headDim + d] * key;
                }
                bit[i] = s0;
                bit[Anchor.TOKENS + i] = s1;
                bit[2 * Anchor.TOKENS + i] = s2;
                bit[3 * Anchor.TOKENS + i] = s3;
            }
            context.localBarrier();
            // 32 threads a head, two pages each
            float top = LOWEST;
            float near = LOWEST;
            float far = LOWEST;
            for (int j = 0; j < 2; j++) {
                int page = lane + j * Sum.WARP;
                int at = first + page;
                float score = LOWEST;
                if (at < end) {
                    if (at < coded) {
                        int best = found[(mine * PAGES + page) * PARTS];
                        for (int i = 1; i < shares; i++) {
                            best = larger(best, found[(mine * PAGES + page) * PARTS + i]);
                        }
                        score = ((best + base * 0.5f) * step16 + centred) * scale;
                    } else {
                        int from = (at - keysFrom) * pageTokens;
                        int to = smaller(from + pageTokens, tokens);
                        for (int i = from; i < to; i++) {
                            score = TornadoMath.max(score, bit[mine * Anchor.TOKENS + i] * scale);
                        }
                    }
                    if (mine < heads) {
                        each.set((safeRow * kvHeads * group + firstHead + mine) * capacity + at, score);
                    }
                }
                top = TornadoMath.max(top, score);
                near = j == 0 ? score : near;
                far = score;
            }
            part[t] = top;
            context.localBarrier();
            for (int i = 0; i < Sum.WARP; i++) {
                top = TornadoMath.max(top, part[mine * Sum.WARP + i]);
            }
            context.localBarrier();
            part[t] = Shortlist.power(near - top) + Shortlist.power(far - top);
            context.localBarrier();
            int writes = (lane == 0 ? 1 : 0) * (mine < heads ? 1 : 0);
            if (writes == 1) {
                float mass = 0f;
                for (int i = 0; i < Sum.WARP; i++) {
                    mass += part[mine * Sum.WARP + i];
                }
                int to = ((safeRow * kvHeads * group + firstHead + mine) * count + tile) * 2;
                tiles.set(to, top);
                tiles.set(to + 1, mass);
            }
            context.localBarrier();
        }
    }

    private static int clamp(int x, int most) {
        return smaller(larger(x, 0), most);
    }

    private static int smaller(int a, int b) {
        return a < b ? a : b;
    }

    private static int larger(int a, int b) {
        return a > b ? a : b;
    }
}
