package dev.paca.kv.page;

/**
 * A float of 8 bits, of the OCP's 8-bit floating point specification: a sign, an exponent, a mantissa. Encoding rounds to
 * nearest even and saturates at the largest finite value; NaN becomes 0. So codes of infinity and NaN are never stored, and
 * decoding is a shift and a multiplication with a power of two.
 *
 * @param mantissaBits bits of the mantissa
 * @param bias exponent of 1.0
 * @param largest code of the largest finite value
 */
record SmallFloat(int mantissaBits, int bias, int largest) {
    static final SmallFloat E4M3 = new SmallFloat(3, 7, 0x7e);
    static final SmallFloat E5M2 = new SmallFloat(2, 15, 0x7b);

    private static final int SINGLE_BIAS = 127;
    private static final int SINGLE_BITS = 23;

    /** The largest finite value. */
    float max() {
        return decode((byte) largest);
    }

    byte encode(float x) {
        if (x != x) {
            return 0;
        }
        float size = Math.abs(x);
        int code;
        if (size < Math.scalb(1f, 1 - bias)) {
            // Subnormal: a multiple of the smallest value. What rounds up to the first normal has its code.
            code = (int) Math.rint(Math.scalb((double) size, bias - 1 + mantissaBits));
        } else {
            int shift = SINGLE_BITS - mantissaBits;
            int bits = Float.floatToRawIntBits(size);
            bits += (1 << shift - 1) - 1 + (bits >>> shift & 1);
            code = Math.min(largest, (bits >>> shift) - (SINGLE_BIAS - bias << mantissaBits));
        }
        return (byte) (x < 0 ? code | 0x80 : code);
    }

    float decode(byte code) {
        int bits = (code & 0x7f) << SINGLE_BITS - mantissaBits | code & 0x80000000;
        // In its place in a single the exponent is too small by the difference of the biases.
        return Float.intBitsToFloat(bits) * Float.intBitsToFloat(2 * SINGLE_BIAS - bias << SINGLE_BITS);
    }
}
