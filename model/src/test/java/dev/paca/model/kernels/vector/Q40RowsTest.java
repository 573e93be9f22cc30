package dev.paca.model.kernels.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.paca.model.gguf.GgmlType;
import dev.paca.model.kernels.Matrix;
import dev.paca.model.kernels.Weights;
import org.junit.jupiter.api.Test;

class Q40RowsTest {
    private static final int COLS = 512;

    @Test
    void aRowIsTheSameWithWhateverPartner() {
        assumeTrue(Lanes.FLOATS == 16, "did not run: there are no vectors of 512 bits");
        int rows = 13;
        Matrix w = Weights.random(GgmlType.Q4_0, rows, COLS, 1);
        int[] x = new int[COLS / Q40Rows.STEP * Q40Rows.INTS];
        Q40Rows.quantize(Weights.activations(COLS, 2), 0, COLS, x, 0, new int[32]);
        float[] all = new float[rows];
        Q40Rows.products(w.data(), 0, rows, COLS, x, 0, all, 0);
        for (int first = 0; first < rows; first++) {
            for (int n = 1; first + n <= rows; n++) {
                float[] some = new float[n];
                Q40Rows.products(w.data(), (long) first * w.rowBytes(), n, COLS, x, 0, some, 0);
                for (int r = 0; r < n; r++) {
                    assertThat(some[r]).as("row %d of %d from %d", r, n, first).isEqualTo(all[first + r]);
                }
            }
        }
    }
}
