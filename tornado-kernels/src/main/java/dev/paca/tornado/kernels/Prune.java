package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Leaves out chosen pages once those with larger scores hold enough of the attention mass, as {@code dev.paca.kv.select} does. */
public final class Prune {
    /** Threads of a work-group. */
    public static final int THREADS = Choose.THREADS;
    /** Pages that a threshold on the mass can choose from. */
    public static final int MAX_PAGES = 2048;

    /** Pages that are taken between two looks at what they hold. */
    private static final int STRIDE = 4;

    private static final float ALWAYS = 3e38f;

    private Prune() {}

    /**
     * Leaves out chosen pages once those with larger scores hold enough of the attention mass, as estimated from the scores
     * (Lin and others 2025, Twilight): a work-group for a KV head of a row.
     *
     * @param each for each row and query head, in base 2, of each page
     * @param mass the share that is enough
     */
    public static void topP(
            KernelContext context,
            IntArray step,
            FloatArray scores,
            FloatArray each,
            IntArray chosen,
            int geometry,
            int choices,
            int capacity,
            float mass) {
        float[] share = context.allocateFloatLocalArray(MAX_PAGES);
        float[] order = context.allocateFloatLocalArray(MAX_PAGES);
        int[] page = context.allocateIntLocalArray(MAX_PAGES);
        float[] part = context.allocateFloatLocalArray(THREADS);
        int t = context.localIdx;
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int group = Geometry.group(geometry);
        int row = context.groupIdx / kvHeads;
        int used = row < Step.rows(step) ? 1 : 0;
        int safeRow = used == 1 ? row : 0;
        int kvHead = context.groupIdx % kvHeads;
        int unit = safeRow * kvHeads + kvHead;
        int list = unit * choices;
        int pages = (Step.position(step, safeRow) + pageTokens) / pageTokens;
        int head = Step.head(step, safeRow);
        int tail = Step.tail(step, safeRow);
        int always = head >= tail ? pages : head + pages - tail;
        int n = used * chosen.get(list);
        for (int i = t; i < n; i += THREADS) {
            int p = chosen.get(list + 1 + i);
            int forced = max(p < head ? 1 : 0, p >= tail ? 1 : 0);
            page[i] = p;
            share[i] = 0f;
            order[i] = forced == 1 ? ALWAYS : scores.get(unit * capacity + (forced == 1 ? 0 : p));
        }
        context.localBarrier();
        int busy = n < THREADS ? n : THREADS;
        for (int g = 0; g < group; g++) {
            int from = (safeRow * kvHeads * group + kvHead * group + g) * capacity;
            float top = -ALWAYS;
            for (int i = t; i < n; i += THREADS) {
                top = TornadoMath.max(top, each.get(from + page[i]));
            }
            part[t] = top;
            context.localBarrier();
            for (int i = 0; i < busy; i++) {
                top = TornadoMath.max(top, part[i]);
            }
            context.localBarrier();
            float sum = 0f;
            for (int i = t; i < n; i += THREADS) {
                sum += power(each.get(from + page[i]) - top);
            }
            part[t] = sum;
            context.localBarrier();
            float total = 0f;
            for (int i = 0; i < busy; i++) {
                total += part[i];
            }
            for (int i = t; i < n; i += THREADS) {
                share[i] = share[i] + power(each.get(from + page[i]) - top) / total / group;
            }
            context.localBarrier();
        }
        // a page stays unless those before it suffice; which those are is found for each by itself
        int kept = 0;
        for (int i = t; i < n; i += THREADS) {
            float before = 0f;
            int rank = 0;
            for (int j = 0; j < n; j++) {
                int first = max(order[j] > order[i] ? 1 : 0, (order[j] == order[i] ? 1 : 0) * (j < i ? 1 : 0));
                rank += first;
                before += first * share[j];
            }
            int stays = max(rank < always ? 1 : 0, before < mass ? 1 : 0);
            chosen.set(list + 1 + i, stays);
            kept += stays;
        }
        part[t] = kept;
        context.localBarrier();
        float count = 0f;
        for (int i = 0; i < busy; i++) {
            count += part[i];
        }
        // the marks move to local memory, then the pages that stay close up
        for (int i = t; i < n; i += THREADS) {
            share[i] = chosen.get(list + 1 + i);
        }
        context.localBarrier();
        for (int i = t; i < n; i += THREADS) {
            int to = 0;
            for (int j = 0; j < i; j++) {
                to += share[j] > 0.5f ? 1 : 0;
            }
            if (share[i] > 0.5f) {
                chosen.set(list + 1 + to, page[i]);
            }
        }
        int counted = used * (t == 0 ? 1 : 0);
        if (counted == 1) {
            chosen.set(list, (int) count);
        }
    }

    /**
     * Leaves out chosen pages once those with larger scores hold enough of the attention mass, theirs computed from their
     * keys, that of all others estimated from scores: a work-group for a KV head of a row. It is looked each time after
     * {@link #STRIDE} pages whether for every query head what has been taken reaches its share.
     *
     * @param scores for each row and KV head, of each page: pages are taken in decreasing order of these; of pages that are
     *     listed they are lost
     * @param each for each row and query head, in base 2, of each page
     * @param masses of listed pages, computed from their keys: see {@link Shortlist#look}
     * @param mass the share that is enough
     */
    public static void progressive(
            KernelContext context,
            IntArray step,
            FloatArray scores,
            FloatArray each,
            FloatArray masses,
            IntArray chosen,
            int geometry,
            int choices,
            int capacity,
            float mass) {
        float[] order = context.allocateFloatLocalArray(MAX_PAGES);
        int[] page = context.allocateIntLocalArray(MAX_PAGES);
        int[] place = context.allocateIntLocalArray(MAX_PAGES);
        // of the pages in their order: what they hold by their keys, and by their scores
        float[] known = context.allocateFloatLocalArray(MAX_PAGES);
        float[] guessed = context.allocateFloatLocalArray(MAX_PAGES);
        float[] part = context.allocateFloatLocalArray(2 * THREADS);
        int[] enough = context.allocateIntLocalArray(THREADS);
        int t = context.localIdx;
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int group = Geometry.group(geometry);
        int row = context.groupIdx / kvHeads;
        int used = row < Step.rows(step) ? 1 : 0;
        int safeRow = used == 1 ? row : 0;
        int kvHead = context.groupIdx % kvHeads;
        int unit = safeRow * kvHeads + kvHead;
        int list = unit * choices;
        int pages = (Step.position(step, safeRow) + pageTokens) / pageTokens;
        int head = Step.head(step, safeRow);
        int tail = Step.tail(step, safeRow);
        int always = head >= tail ? pages : head + pages - tail;
        int n = used * chosen.get(list);
        for (int i = t; i < n; i += THREADS) {
            int p = chosen.get(list + 1 + i);
            int forced = max(p < head ? 1 : 0, p >= tail ? 1 : 0);
            page[i] = p;
            order[i] = forced == 1 ? ALWAYS : scores.get(unit * capacity + (forced == 1 ? 0 : p));
        }
        context.localBarrier();
        for (int i = t; i < n; i += THREADS) {
            int rank = 0;
            for (int j = 0; j < n; j++) {
                rank += order[j] > order[i] ? 1 : 0;
                rank += (order[j] == order[i] ? 1 : 0) * (j < i ? 1 : 0);
            }
            place[i] = rank;
            scores.set(unit * capacity + page[i], ALWAYS);
        }
        context.globalBarrier();
        // a thread for a place where it is looked: the first pages, and each time some more
        int first = max(always, STRIDE);
        int stop = min(n, first + t * STRIDE);
        int begin = t == 0 ? 0 : min(n, first + (t - 1) * STRIDE);
        int reached = 1;
        for (int g = 0; g < group; g++) {
            int query = safeRow * kvHeads * group + kvHead * group + g;
            float top = -ALWAYS;
            for (int i = t; i < used * pages; i += THREADS) {
                top = TornadoMath.max(top, each.get(query * capacity + i));
            }
            part[t] = top;
            context.localBarrier();
            top = -ALWAYS;
            if (t < Sum.WARP) {
                for (int i = t; i < THREADS; i += Sum.WARP) {
                    top = TornadoMath.max(top, part[i]);
                }
                part[THREADS + t] = top;
            }
            context.localBarrier();
            top = -ALWAYS;
            for (int i = 0; i < Sum.WARP; i++) {
                top = TornadoMath.max(top, part[THREADS + i]);
            }
            context.localBarrier();
            float sum = 0f;
            for (int i = t; i < used * pages; i += THREADS) {
                int others = scores.get(unit * capacity + i) < ALWAYS ? 1 : 0;
                sum += others * power(each.get(query * capacity + i) - top);
            }
            part[t] = sum;
            for (int i = t; i < n; i += THREADS) {
                known[place[i]] = power(masses.get(query * choices + i) - top);
                guessed[place[i]] = power(each.get(query * capacity + page[i]) - top);
            }
            context.localBarrier();
            sum = 0f;
            if (t < Sum.WARP) {
                for (int i = t; i < THREADS; i += Sum.WARP) {
                    sum += part[i];
                }
                part[THREADS + t] = sum;
            }
            context.localBarrier();
            float rest = 0f; // of what is not listed
            for (int i = 0; i < Sum.WARP; i++) {
                rest += part[THREADS + i];
            }
            context.localBarrier();
            // a thread's pages; then what is known of those up to it, and guessed of those after it
            float knows = 0f;
            float guesses = 0f;
            for (int i = begin; i < stop; i++) {
                knows += known[i];
                guesses += guessed[i];
            }
            part[t] = knows;
            part[THREADS + t] = guesses;
            context.localBarrier();
            for (int away = 1; away < THREADS; away *= 2) {
                float before = part[max(t - away, 0)];
                float after = part[THREADS + min(t + away, THREADS - 1)];
                context.localBarrier();
                part[t] = part[t] + (t >= away ? 1 : 0) * before;
                part[THREADS + t] = part[THREADS + t] + (t + away < THREADS ? 1 : 0) * after;
                context.localBarrier();
            }
            float taken = part[t];
            int next = t + 1 < THREADS ? 1 : 0;
            float left = pageTokens * (rest + next * part[THREADS + min(t + 1, THREADS - 1)]);
            reached = reached * (taken >= mass * (taken + left) ? 1 : 0);
            context.localBarrier();
        }
        enough[t] = reached == 1 ? stop : n;
        context.localBarrier();
        int kept = n;
        for (int i = 0; i < THREADS; i++) {
            kept = min(kept, enough[i]);
        }
        // pages that stay close up
        for (int i = t; i < n; i += THREADS) {
            int to = 0;
            for (int j = 0; j < i; j++) {
                to += place[j] < kept ? 1 : 0;
            }
            if (place[i] < kept) {
                chosen.set(list + 1 + to, page[i]);
            }
        }
        int counted = used * (t == 0 ? 1 : 0);
        if (counted == 1) {
            chosen.set(list, kept);
        }
    }

    private static int min(int a, int b) {
        return a < b ? a : b;
    }

    private static float power(float x) {
        return TornadoMath.exp(x * 0.6931472f);
    }

    private static int max(int a, int b) {
        return a > b ? a : b;
    }
}
