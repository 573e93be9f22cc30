package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** Copies a page on the device, before one of the sequences that share it writes to it. */
public final class Copy {
    private Copy() {}

    /**
     * Copies a block of a layer, a thread an element.
     *
     * @param blocks from which block, to which
     * @param elements elements of a block
     */
    public static void copy(
            KernelContext context,
            IntArray blocks,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            int storage,
            int elements) {
        int i = context.globalIdx;
        int from = blocks.get(0) * elements + i;
        int to = blocks.get(1) * elements + i;
        if (i < elements) {
            if (storage == Page.F32) {
                f.set(to, f.get(from));
            } else if (storage == Page.F16) {
                HalfFloat half = h.get(from);
                h.set(to, half);
            } else if (storage == Page.F16_BITS) {
                b.set(to, b.get(from));
            } else {
                q.set(to, q.get(from));
            }
        }
    }
}
