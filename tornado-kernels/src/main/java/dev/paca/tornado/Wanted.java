package dev.paca.tornado;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import uk.ac.manchester.tornado.api.DataRange;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** What is wanted of a step's rows, and where it goes: all their logits, or the likeliest token of each. */
sealed interface Wanted {
    /**
     * Takes a row.
     *
     * @param to which of the wanted rows it is
     * @param result of the graph that has just computed it
     * @param logits of all that graph's rows, on the device
     * @param row which of these it is
     * @param likeliest its likeliest token
     */
    void take(int to, TornadoExecutionResult result, FloatArray logits, int row, int likeliest);

    /**
     * Logits, which are fetched from the device.
     *
     * @param values row after row
     */
    record All(float[] values, int vocabulary) implements Wanted {
        @Override
        public void take(int to, TornadoExecutionResult result, FloatArray logits, int row, int likeliest) {
            long from = (long) row * vocabulary;
            result.transferToHost(new DataRange(logits).withOffset(from).withSize(vocabulary));
            MemorySegment.copy(
                    logits.getSegment(), ValueLayout.JAVA_FLOAT, 4 * from, values, to * vocabulary, vocabulary);
        }
    }

    /** Tokens alone; the logits stay where they are. */
    record Tokens(int[] tokens) implements Wanted {
        @Override
        public void take(int to, TornadoExecutionResult result, FloatArray logits, int row, int likeliest) {
            tokens[to] = likeliest;
        }
    }
}
