package dev.paca.tornado.weights;

import dev.paca.model.gguf.Dequantizer;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.kernels.Matrix;
import dev.paca.tornado.kernels.Weight;
import dev.paca.tornado.memory.HostArrays;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** Lays out matrices of one type and width, one below the other, as {@link Weight} wants them. */
final class MatrixPacker {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final List<Matrix> parts;
    private final int rows;
    private final int cols;
    private final boolean halves;
    private FloatArray f;
    private HalfFloatArray h;
    private ShortArray b;
    private IntArray q;

    MatrixPacker(List<Matrix> parts, int rows, int cols, boolean halves, Unused unused) {
        this.f = unused.f();
        this.h = unused.h();
        this.b = unused.b();
        this.q = unused.q();
        this.parts = parts;
        this.rows = rows;
        this.cols = cols;
        this.halves = halves;
    }

    DeviceMatrix pack() {
        GgmlType first = parts.getFirst().type();
        boolean alike = parts.stream().allMatch(part -> part.type() == first);
        // any type that is converted to halves
        GgmlType stored = alike ? first : GgmlType.Q6_K;
        int numbers = rows * cols;
        int type = switch (stored) {
            case F32, BF16 -> {
                f = HostArrays.floats(numbers);
                yield Weight.F32;
            }
            case Q8_0 -> {
                f = HostArrays.floats(numbers / 32);
                q = HostArrays.ints(numbers / 4);
                yield Weight.Q8_0;
            }
            case Q4_0 -> {
                f = HostArrays.floats(numbers / 32);
                q = HostArrays.ints(numbers / 8);
                yield Weight.Q4_0;
            }
            case Q4_K -> {
                f = HostArrays.floats(numbers / 128);
                q = HostArrays.ints(numbers / 256 * Weight.Q4_K_INTS);
                yield Weight.Q4_K;
            }
            default -> {
                if (halves) {
                    h = HostArrays.halves(numbers);
                } else {
                    b = HostArrays.shorts(numbers);
                }
                yield halves ? Weight.F16 : Weight.F16_BITS;
            }
        };
        int at = 0;
        for (Matrix part : parts) {
            int n = part.rows() * cols;
            if (alike) {
                fill(part, n, at);
            } else {
                convert(part, n, at);
            }
            at += n;
        }
        return new DeviceMatrix(type, rows, cols, f, h, b, q, !DeviceMatrix.kept(stored));
    }

    private void fill(Matrix part, int n, int at) {
        MemorySegment data = part.data();
        switch (part.type()) {
            case F32 -> MemorySegment.copy(data, 0, f.getSegment(), 4L * at, 4L * n);
            case F16 -> MemorySegment.copy(data, 0, halves ? h.getSegment() : b.getSegment(), 2L * at, 2L * n);
            case Q8_0 -> blocks(data, n / 32, at / 32, 34, 8);
            case Q4_0 -> blocks(data, n / 32, at / 32, 18, 4);
            case Q4_K -> superblocks(data, n / 256, at / 256);
            default -> convert(part, n, at);
        }
    }

    // a half-precision scale, then the numbers
    private void blocks(MemorySegment data, int count, int from, int bytes, int ints) {
        for (int i = 0; i < count; i++) {
            long block = (long) i * bytes;
            f.set(from + i, Float.float16ToFloat(data.get(SHORT, block)));
            for (int j = 0; j < ints; j++) {
                q.set((from + i) * ints + j, data.get(INT, block + 2 + 4L * j));
            }
        }
    }

    // two half-precision scales, 3 ints of scales and minimums, 32 of numbers
    private void superblocks(MemorySegment data, int count, int from) {
        for (int i = 0; i < count; i++) {
            long block = (long) i * GgmlType.Q4_K.blockBytes();
            int to = from + i;
            f.set(2 * to, Float.float16ToFloat(data.get(SHORT, block)));
            f.set(2 * to + 1, Float.float16ToFloat(data.get(SHORT, block + 2)));
            for (int j = 0; j < 32; j++) {
                q.set(to * Weight.Q4_K_INTS + j, data.get(INT, block + 16 + 4L * j));
            }
            for (int j = 0; j < 3; j++) {
                q.set(to * Weight.Q4_K_INTS + 32 + j, data.get(INT, block + 4 + 4L * j));
            }
        }
    }

    private void convert(Matrix part, int n, int at) {
        float[] row = new float[cols];
        for (int from = 0; from < n; from += cols) {
            Dequantizer.dequantize(part.type(), part.data(), from, cols, row, 0);
            for (int c = 0; c < cols; c++) {
                int to = at + from + c;
                if (f.getSize() > 1) {
                    f.set(to, row[c]);
                } else if (halves) {
                    h.set(to, new HalfFloat(row[c]));
                } else {
                    b.set(to, Float.floatToFloat16(row[c]));
                }
            }
        }
    }
}
