package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * {@link Attention} where a row reads little, which is a matter of waiting and not of work. A split is so short that all of it
 * is asked for at once, and a work-group's warps share out a key's channels: nobody waits for a thread that has a key to
 * itself. There is no running softmax, since there is one tile. {@link Combine} puts the splits together.
 */
public final class ShortSplits {
    /** Threads of a work-group. */
    public static final int THREADS = 256;
    /** Tokens of a split: two for each thread of a warp. */
    public static final int TOKENS = 2 * Sum.WARP;

    private static final int WARPS = THREADS / Sum.WARP;
    private static final int QUERIES = Attention.QUERIES;
    /** Between planes of local memory whose threads read four of them side by side: each has banks of its own. */
    private static final int GAP = 8;

    private ShortSplits() {}

    /** Splits of so many pages. */
    public static int splits(int pages, int pageTokens) {
        return (pages * pageTokens + TOKENS - 1) / TOKENS;
    }

    /**
     * Attends each split: see {@link Attention#attend}.
     *
     * @param splits as many as {@link #splits} says, of the pages that a row reads at most
     */
    public static void attend(
            KernelContext context,
            IntArray step,
            IntArray tables,
            IntArray chosen,
            FloatArray qkv,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            FloatArray decoded,
            FloatArray partials,
            int storage,
            int geometry,
            int splits,
            int choices,
            int shuffle,
            float scale) {
        float[] query = context.allocateFloatLocalArray(QUERIES * Attention.MAX_HEAD_DIM);
        float[] lut = context.allocateFloatLocalArray(256);
        // what warps find of a score, then what parts of the tokens find of the values
        float[] sums = context.allocateFloatLocalArray(4 * QUERIES * (THREADS + GAP));
        float[] score = context.allocateFloatLocalArray(QUERIES * TOKENS);
        float[] weight = context.allocateFloatLocalArray(QUERIES * TOKENS);
        float[] few = context.allocateFloatLocalArray(2 * WARPS);
        int[] blocks = context.allocateIntLocalArray(TOKENS / Attention.MIN_PAGE_TOKENS);
        int[] counts = context.allocateIntLocalArray(TOKENS / Attention.MIN_PAGE_TOKENS);
        int headDim = Geometry.headDim(geometry);
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int group = Geometry.group(geometry);
        int quads = (group + QUERIES - 1) / QUERIES;
        int t = context.localIdx;
        int work = context.groupIdx;
        int split = work % splits;
        int quad = work / splits % quads;
        int head = work / (splits * quads) % kvHeads;
        int row = work / (splits * quads * kvHeads);
        int lane = t % Sum.WARP;
        int warp = t / Sum.WARP;
        // what a row says is read whether it is in use or not, so that nothing waits for that
        int each = TOKENS / pageTokens;
        int begin = split * each;
        int list = (row * kvHeads + head) * choices;
        int length = Step.position(step, row) + 1;
        int table = Step.table(step, row);
        int ends = choices == Attention.ENDS ? Step.head(step, row) : 0;
        int tail = choices == Attention.ENDS ? Step.tail(step, row) : 0;
        int begins = (ends + pageTokens - 1) / pageTokens;
        int gap = Attention.skipped(begins, tail, pageTokens);
        int pages = Attention.pages(step, chosen, row, list, pageTokens, choices);
        int used = row < Step.rows(step) ? 1 : 0;
        int here = used * max(0, min(each, pages - begin));
        int n = here * pageTokens;
        if (t < each) {
            int i = begin + t;
            int page = i < begins ? i : i + gap;
            if (choices > 0) {
                page = chosen.get(list + 1 + min(i, choices - 2));
            }
            page = t < here ? page : 0;
            blocks[t] = tables.get(table + page);
            // where a page begins in the text
            counts[t] = page * pageTokens;
        }
        int units = kvHeads * group + 2 * kvHeads;
        int firstHead = head * group + quad * QUERIES;
        int heads = min(QUERIES, group - quad * QUERIES);
        for (int i = t; i < QUERIES * headDim; i += THREADS) {
            float v = 0f;
            if (i / headDim < heads) {
                v = qkv.get((row * units + firstHead) * headDim + i) * scale;
            }
            query[i] = v;
        }
        if (storage >= Page.FP8) {
            lut[t] = decoded.get(t);
        }
        context.localBarrier();
        // all keys and values are asked for at once, and the loops find them near; the sum is of no use, but keeps the
        // loads
        int sector = Attention.SECTOR / Page.bytes(storage);
        int sectors = 2 * Page.values(geometry, storage) / sector;
        int lines = here * sectors;
        for (int i = t; i < lines; i += 2 * THREADS) {
            int next = min(i + THREADS, lines - 1);
            int p0 = Page.base(geometry, storage, blocks[i / sectors], head) + i % sectors * sector;
            int p1 = Page.base(geometry, storage, blocks[next / sectors], head) + next % sectors * sector;
            float touched;
            if (storage >= Page.FP8) {
                touched = q.get(p0) + q.get(p1);
            } else {
                touched = Page.get(storage, f, h, b, p0) + Page.get(storage, f, h, b, p1);
            }
            score[t] = touched;
        }
        // scores: a thread has two tokens, a warp every eighth four channels
        int near = lane / pageTokens;
        int far = (lane + Sum.WARP) / pageTokens;
        int slot = lane % pageTokens;
        int nearToken = counts[near] + slot;
        int farToken = counts[far] + slot;
        int nearSeen = (near < here ? 1 : 0) * (nearToken < length ? 1 : 0);
        int farSeen = (far < here ? 1 : 0) * (farToken < length ? 1 : 0);
        if (choices == Attention.ENDS) {
            nearSeen = nearSeen * max(nearToken < ends ? 1 : 0, nearToken >= tail ? 1 : 0);
            farSeen = farSeen * max(farToken < ends ? 1 : 0, farToken >= tail ? 1 : 0);
        }
        int key = Page.base(geometry, storage, blocks[near], head) + slot;
        int other = Page.base(geometry, storage, blocks[far], head) + slot;
        float s0 = 0f;
        float s1 = 0f;
        float s2 = 0f;
        float s3 = 0f;
        float u0 = 0f;
        float u1 = 0f;
        float u2 = 0f;
        float u3 = 0f;
        int channels = here > 0 ? headDim : 0;
        for (int d = 4 * warp; d < channels; d += 4 * WARPS) {
            float k0;
            float k1;
            float k2;
            float k3;
            float o0;
            float o1;
            float o2;
            float o3;
            if (storage >= Page.FP8) {
                int at = d / 4 * pageTokens;
                int w0 = q.get(key + at);
                int w1 = q.get(other + at);
                k0 = lut[w0 & 255];
                k1 = lut[(w0 >> 8) & 255];
                k2 = lut[(w0 >> 16) & 255];
                k3 = lut[(w0 >> 24) & 255];
                o0 = lut[w1 & 255];
                o1 = lut[(w1 >> 8) & 255];
                o2 = lut[(w1 >> 16) & 255];
                o3 = lut[(w1 >> 24) & 255];
            } else {
                int at = d * pageTokens;
                k0 = Page.get(storage, f, h, b, key + at);
                k1 = Page.get(storage, f, h, b, key + at + pageTokens);
                k2 = Page.get(storage, f, h, b, key + at + 2 * pageTokens);
                k3 = Page.get(storage, f, h, b, key + at + 3 * pageTokens);
                o0 = Page.get(storage, f, h, b, other + at);
                o1 = Page.get(storage, f, h, b, other + at + pageTokens);
                o2 = Page.get(storage, f, h, b, other + at + 2 * pageTokens);
                o3 = Page.get(storage, f, h, b, other + at + 3 * pageTokens);
            }
            float q00 = query[d];
            float q01 = query[d + 1];
            float q02 = query[d + 2];
            float q03 = query[d + 3];
            s0 += q00 * k0;
            s0 += q01 * k1;
            s0 += q02 * k2;
            s0 += q03 * k3;
            u0 += q00 * o0;
            u0 += q01 * o1;
            u0 += q02 * o2;
            u0 += q03 * o3;
            float q10 = query[headDim + d];
            float q11 = query[headDim + d + 1];
            float q12 = query[headDim + d + 2];
            float q13 = query[headDim + d + 3];
            s1 += q10 * k0;
            s1 += q11 * k1;
            s1 += q12 * k2;
            s1 += q13 * k3;
            u1 += q10 * o0;
            u1 += q11 * o1;
            u1 += q12 * o2;
            u1 += q13 * o3;
            float q20 = query[2 * headDim + d];
            float q21 = query[2 * headDim + d + 1];
            float q22 = query[2 * headDim + d + 2];
            float q23 = query[2 * headDim + d + 3];
            s2 += q20 * k0;
            s2 += q21 * k1;
            s2 += q22 * k2;
            s2 += q23 * k3;
            u2 += q20 * o0;
            u2 += q21 * o1;
            u2 += q22 * o2;
            u2 += q23 * o3;
            float q30 = query[3 * headDim + d];
            float q31 = query[3 * headDim + d + 1];
            float q32 = query[3 * headDim + d + 2];
            float q33 = query[3 * headDim + d + 3];
            s3 += q30 * k0;
            s3 += q31 * k1;
            s3 += q32 * k2;
            s3 += q33 * k3;
            u3 += q30 * o0;
            u3 += q31 * o1;
            u3 += q32 * o2;
            u3 += q33 * o3;
        }
        float ks = 1f;
        float os = 1f;
        if (storage == Page.INT8) {
            ks = f.get(Page.scale(geometry, blocks[near], head) + slot);
            os = f.get(Page.scale(geometry, blocks[far], head) + slot);
        }
        int to = warp * TOKENS + lane;
        int plane = WARPS * TOKENS;
        sums[to] = nearSeen == 1 ? s0 * ks : Attention.NOTHING;
        sums[to + Sum.WARP] = farSeen == 1 ? u0 * os : Attention.NOTHING;
        sums[plane + to] = nearSeen == 1 ? s1 * ks : Attention.NOTHING;
        sums[plane + to + Sum.WARP] = farSeen == 1 ? u1 * os : Attention.NOTHING;
        sums[2 * plane + to] = nearSeen == 1 ? s2 * ks : Attention.NOTHING;
        sums[2 * plane + to + Sum.WARP] = farSeen == 1 ? u2 * os : Attention.NOTHING;
        sums[3 * plane + to] = nearSeen == 1 ? s3 * ks : Attention.NOTHING;
        sums[3 * plane + to + Sum.WARP] = farSeen == 1 ? u3 * os : Attention.NOTHING;
        context.localBarrier();
        // softmax: a thread has a token and a query, two warps have a query
        int from = t / TOKENS * plane + t % TOKENS;
        float mine = 0f;
        for (int i = 0; i < WARPS; i++) {
            mine += sums[from + i * TOKENS];
        }
        float top = mine;
        if (shuffle == 1) {
            top = Sum.largest(context, mine);
        } else {
            score[t] = mine;
            context.localBarrier();
            for (int i = 0; i < Sum.WARP; i++) {
                top = TornadoMath.max(top, score[warp * Sum.WARP + i]);
            }
        }
        if (lane == 0) {
            few[warp] = top;
        }
        context.localBarrier();
        int pair = warp / 2 * 2;
        top = TornadoMath.max(few[pair], few[pair + 1]);
        mine = TornadoMath.exp(mine - top);
        weight[t] = mine;
        float sum = 0f;
        if (shuffle == 1) {
            sum = Sum.warp(context, mine);
        }
        context.localBarrier();
        if (shuffle != 1) {
            for (int i = 0; i < Sum.WARP; i++) {
                sum += weight[warp * Sum.WARP + i];
            }
        }
        if (lane == 0) {
            few[WARPS + warp] = sum;
        }
        // values: a thread has four channels of a part of the tokens
        int fours = headDim / 4;
        int parts = THREADS / fours;
        int part = t / fours;
        int c = t - part * fours;
        float a00 = 0f;
        float a01 = 0f;
        float a02 = 0f;
        float a03 = 0f;
        float a10 = 0f;
        float a11 = 0f;
        float a12 = 0f;
        float a13 = 0f;
        float a20 = 0f;
        float a21 = 0f;
        float a22 = 0f;
        float a23 = 0f;
        float a30 = 0f;
        float a31 = 0f;
        float a32 = 0f;
        float a33 = 0f;
        int stop = part < parts ? n : 0;
        for (int j = part; j < stop; j += parts) {
            int page = j / pageTokens;
            // beyond a page's last token it is read again, and weighs nothing
            int s = min(j % pageTokens, length - 1 - counts[page]);
            int block = blocks[page];
            int at = Page.base(geometry, storage, block, head) + Page.values(geometry, storage);
            float x0;
            float x1;
            float x2;
            float x3;
            if (storage >= Page.FP8) {
                int w = q.get(at + s * fours + c);
                float e = 1f;
                if (storage == Page.INT8) {
                    e = f.get(Page.scale(geometry, block, head) + pageTokens + s);
                }
                x0 = lut[w & 255] * e;
                x1 = lut[(w >> 8) & 255] * e;
                x2 = lut[(w >> 16) & 255] * e;
                x3 = lut[(w >> 24) & 255] * e;
            } else {
                int i = at + s * headDim + 4 * c;
                x0 = Page.get(storage, f, h, b, i);
                x1 = Page.get(storage, f, h, b, i + 1);
                x2 = Page.get(storage, f, h, b, i + 2);
                x3 = Page.get(storage, f, h, b, i + 3);
            }
            float w0 = weight[j];
            float w1 = weight[TOKENS + j];
            float w2 = weight[2 * TOKENS + j];
            float w3 = weight[3 * TOKENS + j];
            a00 += w0 * x0;
            a01 += w0 * x1;
            a02 += w0 * x2;
            a03 += w0 * x3;
            a10 += w1 * x0;
            a11 += w1 * x1;
            a12 += w1 * x2;
            a13 += w1 * x3;
            a20 += w2 * x0;
            a21 += w2 * x1;
            a22 += w2 * x2;
            a23 += w2 * x3;
            a30 += w3 * x0;
            a31 += w3 * x1;
            a32 += w3 * x2;
            a33 += w3 * x3;
        }
        int room = parts * fours + GAP;
        if (part < parts) {
            sums[t] = a00;
            sums[room + t] = a01;
            sums[2 * room + t] = a02;
            sums[3 * room + t] = a03;
            sums[4 * room + t] = a10;
            sums[5 * room + t] = a11;
            sums[6 * room + t] = a12;
            sums[7 * room + t] = a13;
            sums[8 * room + t] = a20;
            sums[9 * room + t] = a21;
            sums[10 * room + t] = a22;
            sums[11 * room + t] = a23;
            sums[12 * room + t] = a30;
            sums[13 * room + t] = a31;
            sums[14 * room + t] = a32;
            sums[15 * room + t] = a33;
        }
        context.localBarrier();
        int outputs = here > 0 ? heads * headDim : 0;
        for (int i = t; i < outputs; i += THREADS) {
            int g = i / headDim;
            int d = i - g * headDim;
            float value = 0f;
            for (int p = 0; p < parts; p++) {
                value += sums[(4 * g + d % 4) * room + p * fours + d / 4];
            }
            int out = ((row * kvHeads * group + firstHead + g) * splits + split) * (headDim + 2);
            partials.set(out + 2 + d, value);
            if (d == 0) {
                partials.set(out, TornadoMath.max(few[2 * g], few[2 * g + 1]));
                partials.set(out + 1, few[WARPS + 2 * g] + few[WARPS + 2 * g + 1]);
            }
        }
    }

    private static int min(int a, int b) {
        return a < b ? a : b;
    }

    private static int max(int a, int b) {
        return a > b ? a : b;
    }
}
