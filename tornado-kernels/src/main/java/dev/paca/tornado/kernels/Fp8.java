package dev.paca.tornado.kernels;

/**
 * FP8 E4M3 (OCP 8-bit floating point, 2023): sign, 4 bits of exponent, 3 of mantissa, no infinities. Encoding rounds to
 * nearest, ties to even, and saturates at 448.
 */
public final class Fp8 {
    private Fp8() {}

    /** The number that the low 8 bits stand for; 0 to 255, of which 127 and 255 do not occur. */
    public static float decode(int bits) {
        int exponent = (bits >> 3) & 15;
        int mantissa = bits & 7;
        int magnitude = exponent == 0 ? mantissa : (8 + mantissa) << (exponent - 1);
        float value = magnitude * 0.001953125f;
        return bits > 127 ? -value : value;
    }

    /** The nearest E4M3, 0 to 255: without a loop, which threads of a warp would leave at different times. */
    public static int encode(float x) {
        float a = x < 0f ? -x : x;
        int bits = 0x7E;
        if (a < 448f) {
            // in units of the smallest subnormal; a binade up for each halving until the mantissa fits
            float scaled = a * 512f;
            int binade = 0;
            if (scaled >= 1984f) {
                scaled = scaled * 0.00390625f;
                binade = 8;
            }
            if (scaled >= 124f) {
                scaled = scaled * 0.0625f;
                binade = binade + 4;
            }
            if (scaled >= 31f) {
                scaled = scaled * 0.25f;
                binade = binade + 2;
            }
            if (scaled >= 15.5f) {
                scaled = scaled * 0.5f;
                binade = binade + 1;
            }
            bits = binade * 8 + Half.nearestEven(scaled);
        }
        return x < 0f ? bits + 128 : bits;
    }
}
