package dev.paca.model.kernels.vector;

import dev.paca.model.kernels.Matrix;

/** How the rows of some matrices are shared out as tasks: runs of rows of one matrix each. */
final class Split {
    private Matrix[] ws = {};
    private int[] rowsEach = {};
    private int[] firstTask = {};
    private int tasks;

    /**
     * Cuts matrices into runs of about {@code bytes} bytes, fewer where that makes less than {@code least} tasks in all.
     */
    void byBytes(Matrix[] ws, long bytes, int least) {
        long all = 0;
        for (Matrix w : ws) {
            all += w.data().byteSize();
        }
        start(ws);
        long each = Math.min(bytes, Math.max(1, all / least));
        for (int i = 0; i < ws.length; i++) {
            add(i, (int) Math.max(1, each / ws[i].rowBytes()));
        }
    }

    /** Cuts matrices into runs of {@code rows} rows. */
    void byRows(Matrix[] ws, int rows) {
        start(ws);
        for (int i = 0; i < ws.length; i++) {
            add(i, rows);
        }
    }

    private void start(Matrix[] ws) {
        this.ws = ws;
        tasks = 0;
        if (rowsEach.length < ws.length) {
            rowsEach = new int[ws.length];
            firstTask = new int[ws.length];
        }
    }

    private void add(int matrix, int rows) {
        rowsEach[matrix] = rows;
        firstTask[matrix] = tasks;
        tasks += (ws[matrix].rows() + rows - 1) / rows;
    }

    int tasks() {
        return tasks;
    }

    /** Which matrix a task is of. */
    int matrix(int task) {
        int i = ws.length - 1;
        while (firstTask[i] > task) {
            i--;
        }
        return i;
    }

    /** The first row of a task of this matrix. */
    int row(int task, int matrix) {
        return (task - firstTask[matrix]) * rowsEach[matrix];
    }

    /** How many rows a task of this matrix has, from {@code row} on. */
    int rows(int row, int matrix) {
        return Math.min(rowsEach[matrix], ws[matrix].rows() - row);
    }
}
