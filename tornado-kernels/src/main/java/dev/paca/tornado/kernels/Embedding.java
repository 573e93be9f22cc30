package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** Rows of the embedding matrix. */
public final class Embedding {
    private Embedding() {}

    /** {@code x[r] = w[token of row r]} for the step's rows: a thread a number. */
    public static void embed(
            KernelContext context,
            IntArray step,
            FloatArray x,
            FloatArray f,
            HalfFloatArray h,
            ShortArray b,
            IntArray q,
            int type,
            int dim) {
        int i = context.globalIdx;
        int row = i / dim;
        if (row < Step.rows(step)) {
            x.set(i, Weight.at(type, f, h, b, q, Step.token(step, row) * dim + i - row * dim));
        }
    }
}
