package dev.paca.tornado.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * Arrays that share no page of memory. TornadoVM pins the memory of every array; where an array begins in a page that its
 * neighbour's pinning holds already, pinning it fails, and CUDA then refuses to copy from memory that is pinned in part: the
 * array never reaches the device, and nothing but a line on standard error tells.
 */
public final class HostArrays {
    /** Bytes of a page. */
    public static final long PAGE = 4096;

    private HostArrays() {}

    /** Zeros. */
    public static FloatArray floats(int n) {
        return FloatArray.fromSegmentShallow(segment(4L * n));
    }

    /** These numbers. */
    public static FloatArray floats(float[] numbers) {
        FloatArray array = floats(numbers.length);
        for (int i = 0; i < numbers.length; i++) {
            array.set(i, numbers[i]);
        }
        return array;
    }

    /** Zeros. */
    public static HalfFloatArray halves(int n) {
        return HalfFloatArray.fromSegmentShallow(segment(2L * n));
    }

    /** Zeros. */
    public static ShortArray shorts(int n) {
        return ShortArray.fromSegmentShallow(segment(2L * n));
    }

    /** Zeros. */
    public static IntArray ints(int n) {
        return IntArray.fromSegmentShallow(segment(4L * n));
    }

    private static MemorySegment segment(long bytes) {
        long size = TornadoNativeArray.ARRAY_HEADER + bytes;
        return Arena.ofAuto().allocate((size + PAGE - 1) / PAGE * PAGE, PAGE).asSlice(0, size);
    }
}
