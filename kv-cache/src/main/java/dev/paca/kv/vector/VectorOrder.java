package dev.paca.kv.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The k-th largest of many scores, by halving the interval in which it lies: each time all are compared with its middle, 16
 * in a few cycles, until the middle parts the k largest from the others. No score is moved, and how many are wanted is the
 * same to it.
 */
final class VectorOrder {
    private static final VectorSpecies<Float> F = Lanes.FLOAT;
    private static final VectorSpecies<Integer> I = Lanes.INT;

    private VectorOrder() {}

    /** See {@link dev.paca.kv.index.Scorer#nth}; {@code keys} has room for {@code n} and a vector. */
    static float nth(float[] scores, int n, int k, int[] keys) {
        int padded = keys(scores, n, keys);
        // Not what only fills up.
        long low = least(keys, padded, Integer.MIN_VALUE + 1);
        long high = most(keys, padded);
        // What is sought is at least low and at most high.
        while (low < high) {
            int middle = (int) (low + (high - low + 1) / 2);
            int count = count(keys, padded, middle);
            if (count == k) {
                return score(least(keys, padded, middle));
            }
            if (count > k) {
                low = middle;
            } else {
                high = middle - 1L;
            }
        }
        return score((int) low);
    }

    /** See {@link dev.paca.kv.index.Scorer#atLeast}. */
    static int atLeast(float least, float[] scores, int n, int[] into) {
        int count = 0;
        int i = 0;
        FloatVector bound = FloatVector.broadcast(F, least);
        IntVector index = IntVector.zero(I).addIndex(1);
        for (; i <= n - F.length(); i += F.length()) {
            VectorMask<Float> found = FloatVector.fromArray(F, scores, i).compare(VectorOperators.GE, bound);
            index.add(i).compress(found.cast(I)).intoArray(into, count);
            count += found.trueCount();
        }
        for (; i < n; i++) {
            if (scores[i] >= least) {
                into[count++] = i;
            }
        }
        return count;
    }

    /** Whole numbers that order as the scores do, filled up with the least of all to whole vectors; returns how many. */
    private static int keys(float[] scores, int n, int[] keys) {
        int i = 0;
        for (; i <= n - F.length(); i += F.length()) {
            IntVector bits = FloatVector.fromArray(F, scores, i).reinterpretAsInts();
            IntVector flip = bits.lanewise(VectorOperators.ASHR, 31).and(Integer.MAX_VALUE);
            bits.lanewise(VectorOperators.XOR, flip).intoArray(keys, i);
        }
        for (; i < n; i++) {
            keys[i] = flip(Float.floatToRawIntBits(scores[i]));
        }
        for (; i % F.length() != 0; i++) {
            keys[i] = Integer.MIN_VALUE;
        }
        return i;
    }

    private static int flip(int bits) {
        return bits ^ bits >> 31 & Integer.MAX_VALUE;
    }

    private static float score(int key) {
        return Float.intBitsToFloat(flip(key));
    }

    private static int count(int[] keys, int n, int least) {
        IntVector counts = IntVector.zero(I);
        IntVector bound = IntVector.broadcast(I, least);
        for (int i = 0; i < n; i += I.length()) {
            counts = counts.add(1, IntVector.fromArray(I, keys, i).compare(VectorOperators.GE, bound));
        }
        return counts.reduceLanes(VectorOperators.ADD);
    }

    /** The least of the keys that are not below a bound. */
    private static int least(int[] keys, int n, int bound) {
        IntVector least = IntVector.broadcast(I, Integer.MAX_VALUE);
        for (int i = 0; i < n; i += I.length()) {
            IntVector some = IntVector.fromArray(I, keys, i);
            least = least.lanewise(VectorOperators.MIN, some, some.compare(VectorOperators.GE, bound));
        }
        return least.reduceLanes(VectorOperators.MIN);
    }

    private static int most(int[] keys, int n) {
        IntVector most = IntVector.fromArray(I, keys, 0);
        for (int i = I.length(); i < n; i += I.length()) {
            most = most.max(IntVector.fromArray(I, keys, i));
        }
        return most.reduceLanes(VectorOperators.MAX);
    }
}
