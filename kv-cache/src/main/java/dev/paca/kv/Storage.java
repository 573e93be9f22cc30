package dev.paca.kv;

/**
 * The form in which a page stores keys or values. A form's scales belong to whatever its elements are scaled by together: see
 * {@link Scaling}.
 */
public enum Storage {
    /** IEEE single precision. */
    F32(32, Scaling.NONE),
    /** IEEE half precision. */
    F16(16, Scaling.NONE),
    /** The upper half of single precision. */
    BF16(16, Scaling.NONE),
    /** 8-bit floats of the OCP's E4M3: 3 bits of mantissa, up to 448. One scale for all, 1. */
    FP8_E4M3(8, Scaling.NONE),
    /** E4M3, with a scale for each layer of a sequence. */
    FP8_E4M3_TENSOR(8, Scaling.TENSOR),
    /** E4M3, with a scale for each KV head of each layer of a sequence. */
    FP8_E4M3_HEAD(8, Scaling.HEAD),
    /** E4M3, with a scale for each token and head. */
    FP8_E4M3_TOKEN(8, Scaling.TOKEN),
    /** 8-bit floats of the OCP's E5M2: 2 bits of mantissa, up to 57344. One scale for all, 1. */
    FP8_E5M2(8, Scaling.NONE),
    /** E5M2, with a scale for each layer of a sequence. */
    FP8_E5M2_TENSOR(8, Scaling.TENSOR),
    /** E5M2, with a scale for each KV head of each layer of a sequence. */
    FP8_E5M2_HEAD(8, Scaling.HEAD),
    /** E5M2, with a scale for each token and head. */
    FP8_E5M2_TOKEN(8, Scaling.TOKEN),
    /** Integers from -127 to 127, with a scale for each token and head. */
    INT8(8, Scaling.TOKEN),
    /** KIVI (arXiv 2402.02750) with 4 bits: keys in groups of tokens for each channel, values in groups of channels. */
    KIVI4(4, Scaling.GROUP),
    /** KIVI with 2 bits. */
    KIVI2(2, Scaling.GROUP);

    /** What has a scale of its own. */
    public enum Scaling {
        /** Nothing: elements are stored as they are. */
        NONE,
        /**
         * The keys, or the values, of a layer. A cache is appended to, so their largest element is never known: the scale
         * is fixed by the sequence's first {@value Storage#WINDOW} tokens, with room for elements twice as large, and what
         * exceeds that saturates. Until then those tokens are kept in F16.
         */
        TENSOR,
        /** The keys, or the values, of one KV head of a layer, else as {@link #TENSOR}. */
        HEAD,
        /** Each token of a head, by its largest element: a single-precision number. */
        TOKEN,
        /**
         * Up to {@value Storage#GROUP} elements, from their minimum to their maximum: an F16 scale and an F16 minimum. Keys
         * are grouped by tokens of a page for each channel, values by channels for each token. The last tokens, up to
         * {@value Storage#WINDOW} or a page if that is larger, stay in F16; when they are so many they are encoded together.
         */
        GROUP
    }

    /** Tokens that are kept in F16 until their scales are known, or those of a page if it has more. */
    public static final int WINDOW = 32;

    /** Most elements of a group. */
    public static final int GROUP = 32;

    private final int bits;
    private final Scaling scaling;

    Storage(int bits, Scaling scaling) {
        this.bits = bits;
        this.scaling = scaling;
    }

    /** Bits of an element, scales apart. */
    public int bits() {
        return bits;
    }

    /** What has a scale of its own. */
    public Scaling scaling() {
        return scaling;
    }

    /** Whether each token of a head has a scale of its own: a single-precision number. */
    public boolean hasTokenScales() {
        return scaling == Scaling.TOKEN;
    }

    /** Whether a page's keys, or values, share one scale. */
    public boolean hasPageScale() {
        return scaling == Scaling.TENSOR || scaling == Scaling.HEAD;
    }

    /** Whether elements are encoded in groups, so that a page is encoded as a whole. */
    public boolean isGrouped() {
        return scaling == Scaling.GROUP;
    }

    /** Whether tokens wait in F16 until their scales are known. */
    public boolean waits() {
        return hasPageScale() || isGrouped();
    }
}
