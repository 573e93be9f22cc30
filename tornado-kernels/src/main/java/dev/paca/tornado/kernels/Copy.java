package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** Moves pages: on the device, before one of the sequences that share one writes to it, and from and to the host. */
public final class Copy {
    private Copy() {}

    /**
     * Copies a block of a layer, a thread an element.
     *
     * @param blocks from which block, to which; for each lane
     * @param elements elements of a block
     * @param scales scales of a block, in {@code f}
     * @param indexes ints of a block's index
     * @param parts floats of its part of an anchor
     * @param lane whose blocks are meant
     */
    public static void copy(
            KernelContext context,
            IntArray blocks,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            IntArray index,
            FloatArray anchors,
            int storage,
            int elements,
            int scales,
            int indexes,
            int parts,
            int lane) {
        int i = context.globalIdx;
        int from = blocks.get(2 * lane);
        int to = blocks.get(2 * lane + 1);
        if (i < elements) {
            move(storage, f, h, b, q, from * elements + i, f, h, b, q, to * elements + i);
        }
        if (i < scales) {
            f.set(to * scales + i, f.get(from * scales + i));
        }
        if (i < indexes) {
            index.set(to * indexes + i, index.get(from * indexes + i));
        }
        if (i < parts) {
            anchors.set(to * parts + i, anchors.get(from * parts + i));
        }
    }

    /**
     * Copies a block of a layer to a stage that holds a block of each layer, a thread an element.
     *
     * @param blocks which block; negative for none
     * @param layer which block of the stage
     */
    public static void out(
            KernelContext context,
            IntArray blocks,
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
            int layer) {
        int i = context.globalIdx;
        int from = blocks.get(0);
        int some = from >= 0 ? elements : 0;
        if (i < some) {
            int at = from * elements + i;
            move(storage, f, h, b, q, at, stageF, stageH, stageB, stageQ, layer * elements + i);
        }
        int others = from >= 0 ? scales : 0;
        if (i < others) {
            stageF.set(layer * scales + i, f.get(from * scales + i));
        }
    }

    /** The way back of {@link #out}. */
    public static void in(
            KernelContext context,
            IntArray blocks,
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
            int layer) {
        int i = context.globalIdx;
        int to = blocks.get(0);
        int some = to >= 0 ? elements : 0;
        if (i < some) {
            int at = to * elements + i;
            move(storage, stageF, stageH, stageB, stageQ, layer * elements + i, f, h, b, q, at);
        }
        int others = to >= 0 ? scales : 0;
        if (i < others) {
            f.set(to * scales + i, stageF.get(layer * scales + i));
        }
    }

    /** Moves an element as it is stored. */
    static void move(
            int storage,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            int from,
            FloatArray toF,
            HalfFloatArray toH,
            ShortArray toB,
            IntArray toQ,
            int to) {
        if (storage == Page.F32) {
            toF.set(to, f.get(from));
        } else if (storage == Page.F16) {
            HalfFloat half = h.get(from);
            toH.set(to, half);
        } else if (storage == Page.F16_BITS) {
            toB.set(to, b.get(from));
        } else {
            toQ.set(to, q.get(from));
        }
    }
}
