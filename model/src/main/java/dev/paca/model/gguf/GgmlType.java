package dev.paca.model.gguf;

/**
 * How a tensor's numbers are stored: blocks of {@link #blockSize} numbers in {@link #blockBytes} bytes, little-endian, as
 * ggml lays them out.
 */
public enum GgmlType {
    F32(0, 1, 4),
    F16(1, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    BF16(30, 1, 2);

    private final int id;
    private final int blockSize;
    private final int blockBytes;

    GgmlType(int id, int blockSize, int blockBytes) {
        this.id = id;
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
    }

    /** The number that stands for this type in a file. */
    public int id() {
        return id;
    }

    /** Numbers of a block. */
    public int blockSize() {
        return blockSize;
    }

    /** Bytes of a block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Bytes of {@code n} numbers; {@code n} must be a multiple of {@link #blockSize}. */
    public long bytes(long n) {
        return n / blockSize * blockBytes;
    }
}
