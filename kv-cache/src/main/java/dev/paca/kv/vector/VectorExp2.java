package dev.paca.kv.vector;

import dev.paca.kv.attention.Exp2;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link Exp2} on every lane, the same bits. */
final class VectorExp2 {
    private static final VectorSpecies<Float> F = Lanes.FLOAT;

    private VectorExp2() {}

    static FloatVector of(FloatVector x) {
        VectorMask<Float> zero = x.compare(VectorOperators.LT, Exp2.LOWEST);
        FloatVector n = x.add(Exp2.ROUND).sub(Exp2.ROUND);
        FloatVector f = x.sub(n);
        FloatVector p = FloatVector.broadcast(F, Exp2.C6).fma(f, FloatVector.broadcast(F, Exp2.C5));
        p = p.fma(f, FloatVector.broadcast(F, Exp2.C4));
        p = p.fma(f, FloatVector.broadcast(F, Exp2.C3));
        p = p.fma(f, FloatVector.broadcast(F, Exp2.C2));
        p = p.fma(f, FloatVector.broadcast(F, Exp2.C1));
        p = p.fma(f, FloatVector.broadcast(F, 1f));
        // The rounding constant has left n in the low bits of x + ROUND: no conversion to int is needed.
        IntVector exponent = x.add(Exp2.ROUND).reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        return p.reinterpretAsInts().add(exponent).reinterpretAsFloats().blend(0f, zero);
    }
}
