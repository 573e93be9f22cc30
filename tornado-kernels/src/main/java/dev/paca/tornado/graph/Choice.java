package dev.paca.tornado.graph;

import dev.paca.tornado.kernels.Likeliest;
import dev.paca.tornado.memory.HostArrays;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * What a graph that computes logits gives: the likeliest token of each row always, since that is a few bytes, and the
 * logits when they are asked for.
 */
final class Choice {
    private final int rows;
    private final int vocabulary;
    private final int parts;
    private final FloatArray logits;
    private final FloatArray largest;
    private final IntArray tokens;
    private final IntArray likeliest;

    Choice(int rows, int vocabulary) {
        this.rows = rows;
        this.vocabulary = vocabulary;
        parts = Likeliest.parts(vocabulary);
        logits = HostArrays.floats(rows * vocabulary);
        largest = HostArrays.floats(rows * parts);
        tokens = HostArrays.ints(rows * parts);
        likeliest = HostArrays.ints(rows);
    }

    /** Appends the choice to the tasks that compute the logits. */
    void choose(Tasks tasks, IntArray step) {
        tasks.graph.task(
                tasks.task("likeliest", rows * parts, Likeliest.THREADS),
                Likeliest::part,
                tasks.context,
                step,
                logits,
                largest,
                tokens,
                vocabulary,
                parts);
        tasks.graph.task(
                tasks.task("merge", rows, Likeliest.THREADS),
                Likeliest::merge,
                tasks.context,
                largest,
                tokens,
                likeliest,
                vocabulary,
                parts);
        tasks.graph.transferToHost(DataTransferMode.EVERY_EXECUTION, likeliest);
        tasks.keep(logits, largest, tokens);
    }

    /** Logits of all rows. */
    FloatArray logits() {
        return logits;
    }

    /** The likeliest token of a row after a step, -1 if there is none. */
    int likeliest(int row) {
        int token = likeliest.get(row);
        return token < vocabulary ? token : -1;
    }
}
