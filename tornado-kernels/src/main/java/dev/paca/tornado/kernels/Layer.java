package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** What a layer's kernels find in a step where layers hold different numbers of tokens, in pages of their own. */
public final class Layer {
    private Layer() {}

    /**
     * Puts a layer's rows and page tables where its kernels look for them: a thread an int.
     *
     * @param places for each layer the fields of all rows
     * @param all for each layer the page tables of all sequences
     * @param fields ints of a layer in {@code places}
     * @param size ints of a layer in {@code all}
     */
    public static void enter(
            KernelContext context,
            IntArray places,
            IntArray all,
            IntArray step,
            IntArray tables,
            int layer,
            int fields,
            int size) {
        int i = context.globalIdx;
        if (i < fields) {
            step.set(Step.HEADER + i, places.get(layer * fields + i));
        }
        if (i < size) {
            tables.set(i, all.get(layer * size + i));
        }
    }
}
