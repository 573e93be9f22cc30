package dev.paca.kv;

/** The form in which a page stores keys or values. */
public enum Storage {
    /** IEEE single precision. */
    F32(32),
    /** IEEE half precision. */
    F16(16),
    /** The upper half of single precision. */
    BF16(16),
    /** 8-bit floats of the OCP's E4M3: 3 bits of mantissa, up to 448. One scale for all, 1. */
    FP8_E4M3(8),
    /** E4M3, with a scale for each token and head. */
    FP8_E4M3_TOKEN(8),
    /** 8-bit floats of the OCP's E5M2: 2 bits of mantissa, up to 57344. One scale for all, 1. */
    FP8_E5M2(8),
    /** E5M2, with a scale for each token and head. */
    FP8_E5M2_TOKEN(8),
    /** Integers from -127 to 127, with a scale for each token and head. */
    INT8(8);

    private final int bits;

    Storage(int bits) {
        this.bits = bits;
    }

    /** Bits of an element, scales apart. */
    public int bits() {
        return bits;
    }

    /** Whether each token of a head has a scale of its own: a single-precision number. */
    public boolean hasTokenScales() {
        return this == FP8_E4M3_TOKEN || this == FP8_E5M2_TOKEN || this == INT8;
    }
}
