package dev.paca.kv.attention;

/**
 * 2^x for x ≤ 0, by 2^round(x) and a polynomial of degree 6 for the rest, which is within 0.5 of zero. The polynomial's
 * relative error is below 2e-9, so the result's is float rounding: below 1.5e-7. Exact at 0. Below -125 the result is 0.
 * Only additions, multiplications and fused multiply-adds, so that vector lanes compute the very same bits.
 */
public final class Exp2 {
    public static final float C1 = 0.6931471824645996f;
    public static final float C2 = 0.24022646248340607f;
    public static final float C3 = 0.05550328642129898f;
    public static final float C4 = 0.009618489071726799f;
    public static final float C5 = 0.0013399930903688073f;
    public static final float C6 = 0.0001534581242594868f;
    /** Adding and subtracting it rounds a float of small magnitude to an integer: 1.5 × 2^23. */
    public static final float ROUND = 12582912f;
    /** Where results begin to be 0. */
    public static final float LOWEST = -125f;

    private Exp2() {}

    public static float of(float x) {
        if (x < LOWEST) {
            return 0;
        }
        float n = (x + ROUND) - ROUND;
        float f = x - n;
        float p = Math.fma(C6, f, C5);
        p = Math.fma(p, f, C4);
        p = Math.fma(p, f, C3);
        p = Math.fma(p, f, C2);
        p = Math.fma(p, f, C1);
        p = Math.fma(p, f, 1f);
        return Float.intBitsToFloat(Float.floatToRawIntBits(p) + ((int) n << 23));
    }
}
