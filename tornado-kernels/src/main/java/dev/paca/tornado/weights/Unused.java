package dev.paca.tornado.weights;

import dev.paca.tornado.memory.HostArrays;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** Arrays of one element, for the arguments of a kernel that its types do not use; one set for a whole model. */
public record Unused(FloatArray f, HalfFloatArray h, ShortArray b, IntArray q) {
    /** A new set. */
    public static Unused create() {
        return new Unused(HostArrays.floats(1), HostArrays.halves(1), HostArrays.shorts(1), HostArrays.ints(1));
    }
}
