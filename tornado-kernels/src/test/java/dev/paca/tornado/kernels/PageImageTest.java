package dev.paca.tornado.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PageImageTest {
    private static final int LAYERS = 3;
    private static final int HEADS = 2;

    @ParameterizedTest
    @CsvSource({
        // storage, head dim, page, relative error of an element against the largest of its row
        "0, 24, 8, 0",
        "1, 64, 16, 4.9e-4",
        "2, 80, 16, 4.9e-4",
        "3, 16, 32, 6.3e-2",
        "4, 96, 8, 4e-3"
    })
    void givesBackWhatItWasGiven(int storage, int headDim, int pageTokens, double tolerance) {
        int geometry = Geometry.pack(headDim, pageTokens, HEADS, 1);
        int elements = 2 * HEADS * headDim * pageTokens / Page.packed(storage);
        PageImage image = PageImage.of(storage, geometry, LAYERS, elements);
        int rows = LAYERS * HEADS * pageTokens;
        float[] k = Kernel.floats(rows * headDim, new Random(storage));
        float[] v = Kernel.floats(rows * headDim, new Random(10 + storage));
        float[] foundK = new float[k.length];
        float[] foundV = new float[v.length];
        move(pageTokens, (layer, head, slot, row) -> image.write(layer, head, slot, k, v, row * headDim));
        move(pageTokens, (layer, head, slot, row) -> image.read(layer, head, slot, foundK, foundV, row * headDim));
        for (int row = 0; row < rows; row++) {
            assertNear(k, foundK, row * headDim, headDim, tolerance);
            assertNear(v, foundV, row * headDim, headDim, tolerance);
            // what the kernels find there
            int layer = row / (HEADS * pageTokens);
            int head = row / pageTokens % HEADS;
            assertThat(Page.key(
                            geometry,
                            storage,
                            image.f(),
                            image.h(),
                            image.b(),
                            image.q(),
                            layer,
                            head,
                            row % pageTokens,
                            headDim - 1))
                    .isEqualTo(foundK[(row + 1) * headDim - 1]);
        }
        // what was stored once stays as it is
        float[] again = new float[k.length];
        move(pageTokens, (layer, head, slot, row) -> image.write(layer, head, slot, foundK, foundV, row * headDim));
        move(pageTokens, (layer, head, slot, row) -> image.read(layer, head, slot, again, foundV, row * headDim));
        for (int row = 0; row < rows; row++) {
            assertNear(foundK, again, row * headDim, headDim, storage == Page.INT8 ? 2e-7 : 0);
        }
    }

    private interface Move {
        void at(int layer, int head, int slot, int row);
    }

    private static void move(int pageTokens, Move move) {
        for (int row = 0; row < LAYERS * HEADS * pageTokens; row++) {
            move.at(row / (HEADS * pageTokens), row / pageTokens % HEADS, row % pageTokens, row);
        }
    }

    private static void assertNear(float[] expected, float[] found, int at, int n, double tolerance) {
        double largest = 0;
        for (int i = at; i < at + n; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        for (int i = at; i < at + n; i++) {
            assertThat(Math.abs(found[i] - expected[i])).isLessThanOrEqualTo((float) (tolerance * largest));
        }
    }
}
