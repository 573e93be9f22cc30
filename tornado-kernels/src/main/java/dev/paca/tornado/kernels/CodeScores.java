package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * Scores of pages by {@link Codes} of their keys. Before a sequence has an {@link Anchor}, and for a page that is not full,
 * the keys themselves are scored. It is long because what a kernel holds in local memory no other method can be given.
 */
public final class CodeScores {
    /** Threads of a work-group. */
    public static final int THREADS = 128;
    /** Pages that a work-group scores. */
    public static final int PAGES = 64;

    /** Threads that share out a page, at most. */
    private static final int PARTS = 8;

    /** Nibbles whose entries add up in a byte, and how far they may, what rounding adds left out. */
    private static final int SPAN = 32;

    private static final float MOST = 127f - 16f;
    /** 128 in each byte of an int. */
    private static final int ABOVE = 0x80808080;

    private static final float FINE = 16f;
    static final float LOWEST = -1e30f;

    private CodeScores() {}

    /** Work-groups along a sequence of so many pages. */
    public static int tiles(int capacity) {
        return (capacity + PAGES - 1) / PAGES;
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
        float[] bit = context.allocateFloatLocalArray(Attention.QUERIES * 4 * Codes.MAX_NIBBLES);
        int[] middle = context.allocateIntLocalArray(Attention.QUERIES * Attention.MAX_HEAD_DIM);
        int[] entry = context.allocateIntLocalArray(Codes.VALUES * Codes.MAX_NIBBLES);
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
        int end = Codes.smaller(first + PAGES, pages);
        int busy = used * (first < end ? 1 : 0);
        int codes = busy * (first < coded ? 1 : 0);
        int quads = busy * ((group + Attention.QUERIES - 1) / Attention.QUERIES);
        int nibbles = Anchor.nibbles(headDim);
        int half = Codes.rows(headDim) * 8;
        int ints = Codes.ints(geometry);
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
            int heads = Codes.smaller(Attention.QUERIES, group - quad * Attention.QUERIES);
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
            for (int i = t; i < Attention.QUERIES * 4 * Codes.MAX_NIBBLES; i += THREADS) {
                bit[i] = 0f;
            }
            context.localBarrier();
            // what each bit of each nibble adds when it is set, from less its half to its half
            for (int i = t; i < codes * Attention.QUERIES * headDim; i += THREADS) {
                int d = i % headDim;
                int bits = Anchor.bits(place[d]);
                int at = i / headDim * 4 * Codes.MAX_NIBBLES + 4 * Anchor.nibble(place[d]) + Anchor.shift(place[d]);
                float weight = query[i] * Codes.stride(bits) * spread[d];
                for (int j = 0; j < bits; j++) {
                    bit[at + j] = weight * (1 << j);
                }
            }
            context.localBarrier();
            // 32 threads a head: the unit in which no span's entries can add up to more than a byte holds
            float unit = Anchor.LEAST;
            for (int span = 0; span < codes * spans; span++) {
                int end4 = Codes.smaller(4 * SPAN * (span + 1), 4 * Codes.MAX_NIBBLES);
                float sum = 0f;
                for (int i = 4 * SPAN * span + lane; i < end4; i += Sum.WARP) {
                    sum += TornadoMath.abs(bit[mine * 4 * Codes.MAX_NIBBLES + i]) * 0.5f;
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
            for (int i = t; i < Codes.larger(THREADS, Codes.VALUES * nibbles); i += THREADS) {
                int x = i % Codes.VALUES;
                int b0 = x & 1;
                int b1 = (x >> 1) & 1;
                int b2 = (x >> 2) & 1;
                int b3 = (x >> 3) & 1;
                int w = 0;
                for (int g = 3; g >= 0; g--) {
                    int at = g * 4 * Codes.MAX_NIBBLES + 4 * (i / Codes.VALUES);
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
                int m = Codes.round(v * spread[d] / step16);
                middle[mine * Attention.MAX_HEAD_DIM + d] = m;
                base -= (Codes.VALUES - 1) * m;
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
                int at = Codes.larger(0, Codes.smaller(first + page, coded - 1));
                int from = (tables.get(table + at) * kvHeads + head) * ints + share / 4 * (2 * half);
                int threads = Codes.smaller(shares, 4);
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
                    int last = Codes.smaller(SPAN * (span + 1), nibbles) / 2;
                    // of bytes that begin in the middle
                    int x = ABOVE;
                    int y = ABOVE;
                    int z = ABOVE;
                    int v = ABOVE;
                    for (int g = SPAN / 2 * span; g < last; g++) {
                        int w = index.get(from + 4 * g + u);
                        int low = 2 * g * Codes.VALUES;
                        int high = low + Codes.VALUES;
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
                found[to] = (Codes.larger(Codes.larger(a0, b0), Codes.larger(c0, d0)) - above) * 16 + m0;
                found[PAGES * PARTS + to] =
                        (Codes.larger(Codes.larger(a1, b1), Codes.larger(c1, d1)) - above) * 16 + m1;
                found[2 * PAGES * PARTS + to] =
                        (Codes.larger(Codes.larger(a2, b2), Codes.larger(c2, d2)) - above) * 16 + m2;
                found[3 * PAGES * PARTS + to] =
                        (Codes.larger(Codes.larger(a3, b3), Codes.larger(c3, d3)) - above) * 16 + m3;
                context.localBarrier();
            }
            // of what has no codes, the keys: fewer than an anchor takes
            int keysFrom = Codes.larger(first, coded);
            int tokens = Codes.larger(0, Codes.smaller(length, end * pageTokens) - keysFrom * pageTokens);
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
                            best = Codes.larger(best, found[(mine * PAGES + page) * PARTS + i]);
                        }
                        score = ((best + base * 0.5f) * step16 + centred) * scale;
                    } else {
                        int from = (at - keysFrom) * pageTokens;
                        int to = Codes.smaller(from + pageTokens, tokens);
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

    /** The nearest whole number, of two as near the even one. */
    private static int nearest(float x) {
        int k = Codes.floor(x);
        float rest = x - k;
        int up = rest > 0.5f ? 1 : 0;
        int tie = rest == 0.5f ? 1 : 0;
        return k + up + tie * (k & 1);
    }
}
