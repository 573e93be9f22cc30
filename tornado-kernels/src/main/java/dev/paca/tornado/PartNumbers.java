package dev.paca.tornado;

import dev.paca.kv.PacaException;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.gguf.Quantizer;
import dev.paca.model.kernels.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Numbers for parts that run by themselves: each row is a window of one table of normal numbers, no two the same. */
final class PartNumbers {
    private static final int STARTS = 1 << 18;
    /** Odd, so that every start is taken before one comes again. */
    private static final int STRIDE = 40503;

    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final float[] table;

    /** @param width numbers of a row at most */
    PartNumbers(int width) {
        table = new float[STARTS + width];
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < table.length; i++) {
            table[i] = (float) random.nextGaussian();
        }
    }

    /** Copies a row of {@code n} numbers with mean 0 and variance 1 to index {@code at}. */
    void row(int index, float[] to, int at, int n) {
        System.arraycopy(table, index * STRIDE & (STARTS - 1), to, at, n);
    }

    /** The same into an array of TornadoVM's. */
    void row(int index, FloatArray to, int at, int n) {
        MemorySegment.copy(table, index * STRIDE & (STARTS - 1), to.getSegment(), ValueLayout.JAVA_FLOAT, 4L * at, n);
    }

    /** So many rows. */
    float[] rows(int first, int rows, int n) {
        float[] all = new float[rows * n];
        for (int r = 0; r < rows; r++) {
            row(first + r, all, r * n, n);
        }
        return all;
    }

    /** A matrix that gives numbers of about the size of those that go in. */
    Matrix matrix(GgmlType type, int rows, int cols, int first, Arena arena) {
        if (cols % type.blockSize() != 0) {
            throw new PacaException("Rows of type " + type + " are multiples of " + type.blockSize() + " long, found "
                    + cols + ". Choose another type or shape.");
        }
        MemorySegment data = arena.allocate(type.bytes((long) rows * cols), 64);
        float scale = (float) (1 / Math.sqrt(cols));
        switch (type) {
            case Q4_K, Q5_K -> blocks(type, data, scale / 512, 0, 2);
            case Q6_K -> blocks(type, data, scale / 1024, type.blockBytes() - 2, type.blockBytes() - 2);
            default -> {
                float[] row = new float[cols];
                for (int r = 0; r < rows; r++) {
                    row(first + r, row, 0, cols);
                    for (int c = 0; c < cols; c++) {
                        row[c] *= scale;
                    }
                    Quantizer.quantize(type, row, 0, cols, data, (long) r * cols);
                }
            }
        }
        return new Matrix("weights", type, rows, cols, data);
    }

    /** K-quants are only read: any bytes are weights, if the halves that scale them are ordinary numbers. */
    private static void blocks(GgmlType type, MemorySegment data, float scale, int at, int otherAt) {
        SplittableRandom random = new SplittableRandom(type.ordinal());
        byte[] bytes = new byte[Math.toIntExact(data.byteSize())];
        random.nextBytes(bytes);
        MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, bytes.length);
        short half = Float.floatToFloat16(scale);
        for (long block = 0; block < data.byteSize(); block += type.blockBytes()) {
            data.set(HALF, block + at, half);
            data.set(HALF, block + otherAt, half);
        }
    }
}
