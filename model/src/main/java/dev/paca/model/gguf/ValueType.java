package dev.paca.model.gguf;

/** The types of metadata values, in the order of their numbers in a file. */
public enum ValueType {
    UINT8(1),
    INT8(1),
    UINT16(2),
    INT16(2),
    UINT32(4),
    INT32(4),
    FLOAT32(4),
    BOOL(1),
    STRING(0),
    ARRAY(0),
    UINT64(8),
    INT64(8),
    FLOAT64(8);

    private final int bytes;

    ValueType(int bytes) {
        this.bytes = bytes;
    }

    /** The number that stands for this type in a file. */
    public int id() {
        return ordinal();
    }

    /** Bytes of a value, 0 where its length varies. */
    public int bytes() {
        return bytes;
    }

    /** Whether values are whole numbers. */
    public boolean isWhole() {
        return bytes > 0 && !isReal() && this != BOOL;
    }

    /** Whether values are floating-point numbers. */
    public boolean isReal() {
        return this == FLOAT32 || this == FLOAT64;
    }
}
