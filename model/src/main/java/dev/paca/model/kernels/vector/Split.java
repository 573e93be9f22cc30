package dev.paca.model.kernels.vector;

import dev.paca.model.kernels.Matrix;
import java.util.Arrays;

/** How the rows of some matrices are shared out as tasks: runs of rows of one matrix each. */
final class Split {
    private int[] matrix = new int[64];
    private int[] row = new int[64];
    private int[] rows = new int[64];
    private int tasks;

    /**
     * Long runs first and ever shorter ones, so that memory streams and the threads still end together (guided
     * self-scheduling: Polychronopoulos & Kuck 1987).
     *
     * @param least bytes of the shortest
     * @param most bytes of the longest
     */
    void guided(Matrix[] ws, int threads, long least, long most) {
        tasks = 0;
        long left = 0;
        for (Matrix w : ws) {
            left += w.data().byteSize();
        }
        for (int i = 0; i < ws.length; i++) {
            int each = ws[i].rowBytes();
            int count = ws[i].rows();
            for (int r = 0; r < count; ) {
                long bytes = Math.min(most, Math.max(least, left / (2L * threads)));
                // Even, for kernels that take rows in pairs.
                int n = (int) Math.min(count - r, Math.max(2, bytes / each & -2));
                add(i, r, n);
                r += n;
                left -= (long) n * each;
            }
        }
    }

    /** Runs of {@code each} rows. */
    void even(Matrix[] ws, int each) {
        tasks = 0;
        for (int i = 0; i < ws.length; i++) {
            for (int r = 0; r < ws[i].rows(); r += each) {
                add(i, r, Math.min(each, ws[i].rows() - r));
            }
        }
    }

    private void add(int matrix, int row, int rows) {
        if (tasks == this.matrix.length) {
            this.matrix = Arrays.copyOf(this.matrix, 2 * tasks);
            this.row = Arrays.copyOf(this.row, 2 * tasks);
            this.rows = Arrays.copyOf(this.rows, 2 * tasks);
        }
        this.matrix[tasks] = matrix;
        this.row[tasks] = row;
        this.rows[tasks] = rows;
        tasks++;
    }

    int tasks() {
        return tasks;
    }

    /** Which matrix a task is of. */
    int matrix(int task) {
        return matrix[task];
    }

    /** The first row of a task. */
    int row(int task) {
        return row[task];
    }

    /** How many rows a task has. */
    int rows(int task) {
        return rows[task];
    }
}
