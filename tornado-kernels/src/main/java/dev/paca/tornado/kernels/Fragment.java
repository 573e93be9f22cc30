package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.math.TornadoMath;

/**
 * Where a thread finds its part of a tile of halves in local memory, for tensor cores (PTX only): a tile's rows lie one
 * after the other, two halves in an int, {@link #PAD} ints apart, so that eight rows of 16 bytes lie in different banks.
 * TornadoVM loads the left side of a product, 16 rows by 16 columns, as if rows were 32 bytes apart; what they are further
 * apart a thread adds itself. It loads the right side only from transposed tiles, but of what it loads as a left side the
 * product takes the first half where a right side is asked for: eight rows, if threads ask for those.
 */
final class Fragment {
    /** Rows of the left side, and columns of both. */
    static final int SIDE = 16;
    /** Rows of the right side. */
    static final int NARROW = 8;
    /** Ints between two rows of a tile. */
    static final int PAD = 4;

    private static final int ROW_BYTES = 32;
    private static final int HALF_ROW_BYTES = 16;

    private Fragment() {}

    /** Bytes that thread {@code t} adds for the left side. */
    static int left(int t, int pitch) {
        return (t & 15) * (pitch - ROW_BYTES);
    }

    /** Bytes that thread {@code t} adds for the right side. */
    static int right(int t, int pitch) {
        int asked = (t & 7) * pitch + ((t >> 3) & 1) * HALF_ROW_BYTES;
        return asked - (t & 15) * ROW_BYTES - ((t >> 4) & 1) * HALF_ROW_BYTES;
    }

    /** SwiGLU of two products (Shazeer 2020). */
    static float swiGlu(float gate, float up) {
        return gate / (1f + TornadoMath.exp(TornadoMath.min(-gate, 80f))) * up;
    }
}
