package dev.paca.tornado.kernels;

import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * What changes from step to step, in one array that is uploaded before each: how many rows are in use, and for each row
 * (a token of a sequence) its id, its slot, where its sequence's page table begins, how much of it it reads, and the
 * position by which it is turned. Slot and position are the same number until something is evicted.
 */
public final class Step {
    /** Index of the number of rows in use. */
    public static final int ROWS = 0;
    /** Index of the row whose logits a head with one row of logits computes. */
    public static final int LOGIT_ROW = 1;
    /** Index of the number of pages that the step writes to. */
    public static final int PAGES = 2;

    /**
     * Index of the number of rows, all of one sequence, whose attention to each slot is wanted; 0 for none. Their keys and
     * values have been stored before.
     */
    public static final int JUDGED = 3;

    /** Ints before the first row. */
    public static final int HEADER = 4;
    /** Ints of a row. */
    public static final int FIELDS = 7;

    private Step() {}

    /** Ints that a step of {@code rows} rows takes. */
    public static int size(int rows) {
        return HEADER + FIELDS * rows;
    }

    /** Sets a row's fields where nothing has been evicted. */
    public static void set(IntArray step, int row, int token, int position, int table) {
        set(step, row, token, position, table, position);
    }

    /** Sets a row's fields. */
    public static void set(IntArray step, int row, int token, int slot, int table, int turn) {
        step.set(HEADER + FIELDS * row, token);
        step.set(HEADER + FIELDS * row + 1, slot);
        step.set(HEADER + FIELDS * row + 2, table);
        step.set(HEADER + FIELDS * row + 6, turn);
    }

    /**
     * Says what a row reads. Where pages are chosen, {@code wanted} of them, among them the first {@code head} and those
     * from {@code tail} on. Where only the ends of the context are read, its first {@code head} tokens and those from
     * {@code tail} on.
     */
    public static void choose(IntArray step, int row, int wanted, int head, int tail) {
        step.set(HEADER + FIELDS * row + 3, wanted);
        step.set(HEADER + FIELDS * row + 4, head);
        step.set(HEADER + FIELDS * row + 5, tail);
    }

    static int wanted(IntArray step, int row) {
        return step.get(HEADER + FIELDS * row + 3);
    }

    static int head(IntArray step, int row) {
        return step.get(HEADER + FIELDS * row + 4);
    }

    static int tail(IntArray step, int row) {
        return step.get(HEADER + FIELDS * row + 5);
    }

    static int rows(IntArray step) {
        return step.get(ROWS);
    }

    static int judged(IntArray step) {
        return step.get(JUDGED);
    }

    static int token(IntArray step, int row) {
        return step.get(HEADER + FIELDS * row);
    }

    /** The row's slot: its position among what its sequence holds. */
    static int position(IntArray step, int row) {
        return step.get(HEADER + FIELDS * row + 1);
    }

    /** The position in the text, by which queries and keys are turned. */
    static int turn(IntArray step, int row) {
        return step.get(HEADER + FIELDS * row + 6);
    }

    static int table(IntArray step, int row) {
        return step.get(HEADER + FIELDS * row + 2);
    }
}
