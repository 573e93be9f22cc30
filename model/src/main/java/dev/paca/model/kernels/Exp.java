package dev.paca.model.kernels;

/**
 * The exponential of a sigmoid: exp(x) = 2^k exp(r) with k = round(x / ln 2) and |r| <= ln 2 / 2, where exp(r) is the minimax
 * polynomial of Cephes' expf; relative error below 3e-7 within [{@link #MIN}, {@link #MAX}], beyond which x is clamped. The
 * vector kernels compute the same, step by step.
 */
public final class Exp {
    /** exp is 0 below and infinite above what these bounds give, to within what a float sigmoid can show. */
    public static final float MIN = -87.3f;

    public static final float MAX = 88.3f;

    public static final float LOG2_E = 1.44269504f;

    /** ln 2 in two parts, the first with few bits, so that its product with the exponent is exact (Cody and Waite 1980). */
    public static final float LN2_HIGH = 0.693359375f;

    public static final float LN2_LOW = -2.12194440e-4f;

    /** 1.5 * 2^23: added to a small float it leaves the nearest integer in the lowest bits. */
    public static final float ROUND = 12582912f;

    /** Coefficients of the polynomial, from the highest power on. */
    public static final float P5 = 1.9875691500e-4f;

    public static final float P4 = 1.3981999507e-3f;
    public static final float P3 = 8.3334519073e-3f;
    public static final float P2 = 4.1665795894e-2f;
    public static final float P1 = 1.6666665459e-1f;
    public static final float P0 = 5.0000001201e-1f;

    private Exp() {}

    static float exp(float x) {
        float clamped = Math.min(Math.max(x, MIN), MAX);
        float rounded = Math.fma(clamped, LOG2_E, ROUND);
        float k = rounded - ROUND;
        float r = Math.fma(k, -LN2_LOW, Math.fma(k, -LN2_HIGH, clamped));
        float p = Math.fma(P5, r, P4);
        p = Math.fma(p, r, P3);
        p = Math.fma(p, r, P2);
        p = Math.fma(p, r, P1);
        p = Math.fma(p, r, P0);
        p = Math.fma(p, r * r, r) + 1;
        return Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(rounded) << 23));
    }
}
