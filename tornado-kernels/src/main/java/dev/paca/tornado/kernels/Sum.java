package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;

/** Sums and maxima over the threads of a work-group. */
final class Sum {
    /** Threads of a warp on NVIDIA. */
    static final int WARP = 32;

    private Sum() {}

    /** The sum over a warp, in its first thread. PTX only: elsewhere the shuffle would give back what it is given. */
    static float warp(KernelContext context, float value) {
        float sum = value;
        sum = sum + context.simdShuffleDown(sum, 16);
        sum = sum + context.simdShuffleDown(sum, 8);
        sum = sum + context.simdShuffleDown(sum, 4);
        sum = sum + context.simdShuffleDown(sum, 2);
        sum = sum + context.simdShuffleDown(sum, 1);
        return sum;
    }

    /** The largest over a warp, in its first thread. PTX only, as above. */
    static float largest(KernelContext context, float value) {
        float top = value;
        top = TornadoMath.max(top, context.simdShuffleDown(top, 16));
        top = TornadoMath.max(top, context.simdShuffleDown(top, 8));
        top = TornadoMath.max(top, context.simdShuffleDown(top, 4));
        top = TornadoMath.max(top, context.simdShuffleDown(top, 2));
        top = TornadoMath.max(top, context.simdShuffleDown(top, 1));
        return top;
    }
}
