package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.math.TornadoMath;

/** IEEE half precision by whole numbers, for devices without such a type. Infinities and NaN do not occur. */
public final class Half {
    /** The largest. */
    static final float LARGEST = 65504f;
    /** Value of the smallest subnormal: 2^-24. */
    private static final float UNIT = 5.9604645E-8f;

    private Half() {}

    /** The number that these 16 bits stand for. */
    public static float decode(short bits) {
        return decode(bits & 0xFFFF);
    }

    /** The number that the low 16 bits stand for; the others are 0. */
    static float decode(int b) {
        int exponent = (b >> 10) & 31;
        int mantissa = b & 1023;
        long magnitude = exponent == 0 ? mantissa : (long) (1024 + mantissa) << (exponent - 1);
        float value = magnitude * UNIT;
        return b > 32767 ? -value : value;
    }

    /** What a unit of the mantissa is worth with a biased exponent from 0 to 31: exactly a power of two. */
    static float unit(int exponent) {
        float value = UNIT;
        for (int i = 1; i < exponent; i++) {
            value = value * 2f;
        }
        return value;
    }

    /** The nearest half, ties to even, at most 65504 in magnitude. */
    public static short encode(float x) {
        return (short) bits(x);
    }

    /** The nearest number that a half's range has room for. */
    static float clamp(float x) {
        return TornadoMath.max(-LARGEST, TornadoMath.min(LARGEST, x));
    }

    /** Its bits, 0 to 65535: without a loop, which threads of a warp would leave at different times. */
    static int bits(float x) {
        float a = x < 0f ? -x : x;
        int bits = 0x7BFF;
        if (a < 65520f) {
            // in units of the smallest subnormal; a binade up for each halving until the mantissa fits
            float scaled = a * 16777216f;
            int binade = 0;
            if (scaled >= 67092480f) {
                scaled = scaled * 1.52587890625E-5f;
                binade = 16;
            }
            if (scaled >= 262080f) {
                scaled = scaled * 0.00390625f;
                binade = binade + 8;
            }
            if (scaled >= 16380f) {
                scaled = scaled * 0.0625f;
                binade = binade + 4;
            }
            if (scaled >= 4095f) {
                scaled = scaled * 0.25f;
                binade = binade + 2;
            }
            if (scaled >= 2047.5f) {
                scaled = scaled * 0.5f;
                binade = binade + 1;
            }
            bits = binade * 1024 + nearestEven(scaled);
        }
        return x < 0f ? bits + 32768 : bits;
    }

    /** The nearest whole number, ties to even, of a non-negative one below 2^23. */
    static int nearestEven(float x) {
        int k = (int) x;
        float rest = x - k;
        int up = rest > 0.5f ? 1 : 0;
        int tie = rest == 0.5f ? 1 : 0;
        return k + up + tie * (k & 1);
    }
}
