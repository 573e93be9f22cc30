package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * Brings the tokens that survive an eviction together, as they are stored: from wherever they lie to a stage of some pages,
 * and from there to the pages that will hold them, which may be those that they came from. A thread has an element.
 */
public final class Evict {
    private Evict() {}

    /**
     * Fills the stage's pages for a layer.
     *
     * @param sources for each KV head, of each of the stage's slots: page × page tokens + place; negative for none
     * @param elements elements of a block
     * @param pages pages of the stage
     * @param layer which layer of {@code sources}
     */
    public static void gather(
            KernelContext context,
            IntArray sources,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            FloatArray stageF,
            HalfFloatArray stageH,
            ShortArray stageB,
            IntArray stageQ,
            int storage,
            int geometry,
            int elements,
            int pages,
            int layer) {
        int i = context.globalIdx;
        int pageTokens = Geometry.pageTokens(geometry);
        int kvHeads = Geometry.kvHeads(geometry);
        int half = Page.values(geometry, storage);
        int wide = Geometry.headDim(geometry) / Page.packed(storage);
        if (i < elements * pages) {
            int page = i / elements;
            int head = (i - page * elements) / (2 * half);
            int e = i - page * elements - head * 2 * half;
            int key = e < half ? 1 : 0;
            int in = e - (1 - key) * half;
            int slot = key == 1 ? in % pageTokens : in / wide;
            int part = key == 1 ? in / pageTokens : in % wide;
            int source = sources.get(((layer * kvHeads + head) * pages + page) * pageTokens + slot);
            if (source >= 0) {
                int block = source / pageTokens;
                int place = source - block * pageTokens;
                int base = Page.base(geometry, storage, block, head);
                int from = key == 1 ? base + part * pageTokens + place : base + half + place * wide + part;
                Copy.move(storage, f, h, b, q, from, stageF, stageH, stageB, stageQ, i);
            }
        }
        if (storage == Page.INT8) {
            int scales = Page.scales(geometry, storage);
            if (i < scales * pages) {
                int page = i / scales;
                int head = (i - page * scales) / (2 * pageTokens);
                int e = i - page * scales - head * 2 * pageTokens;
                int kind = e / pageTokens * pageTokens;
                int source = sources.get(((layer * kvHeads + head) * pages + page) * pageTokens + e - kind);
                if (source >= 0) {
                    int block = source / pageTokens;
                    int place = source - block * pageTokens;
                    stageF.set(i, f.get(Page.scale(geometry, block, head) + kind + place));
                }
            }
        }
    }

    /**
     * Empties the stage into a layer's pages.
     *
     * @param targets the page that each of the stage's becomes; negative for none
     * @param scales scales of a block
     */
    public static void scatter(
            KernelContext context,
            IntArray targets,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            FloatArray stageF,
            HalfFloatArray stageH,
            ShortArray stageB,
            IntArray stageQ,
            int storage,
            int elements,
            int scales,
            int pages) {
        int i = context.globalIdx;
        if (i < elements * pages) {
            int page = i / elements;
            int block = targets.get(page);
            if (block >= 0) {
                int to = block * elements + i - page * elements;
                Copy.move(storage, stageF, stageH, stageB, stageQ, i, f, h, b, q, to);
            }
        }
        if (storage == Page.INT8) {
            if (i < scales * pages) {
                int page = i / scales;
                int block = targets.get(page);
                if (block >= 0) {
                    f.set(block * scales + i - page * scales, stageF.get(i));
                }
            }
        }
    }
}
