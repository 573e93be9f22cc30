package dev.paca.model.kernels.vector;

import dev.paca.model.kernels.KernelLookup;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The width of vectors, decided when this class is loaded: C2 makes tight code only of species that are constants.
 */
final class Lanes {
    /** Floats of the width in use. */
    static final VectorSpecies<Float> F = species(System.getProperty(KernelLookup.PROPERTY, ""));

    /** How many floats a vector has. */
    static final int FLOATS = F.length();

    private Lanes() {}

    private static VectorSpecies<Float> species(String bits) {
        return bits.isEmpty()
                ? FloatVector.SPECIES_PREFERRED
                : VectorSpecies.of(float.class, VectorShape.forBitSize(Integer.parseInt(bits)));
    }
}
