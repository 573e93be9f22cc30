package dev.paca.tornado.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.model.decoder.Logits;
import dev.paca.tornado.memory.HostArrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

class LikeliestTest {
    private static final int ROWS = 5;

    @ParameterizedTest
    @ValueSource(ints = {1, 97, 512, 513, 8192, 128256})
    void choosesTheFirstOfTheLargest(int vocabulary) {
        Random random = new Random(vocabulary);
        FloatArray logits = HostArrays.floats(Kernel.floats(ROWS * vocabulary, random));
        // a row with many equals, one with nothing to choose from; the last is not in use
        for (int i = 0; i < vocabulary; i++) {
            logits.set(vocabulary + i, random.nextInt(3));
            logits.set(2 * vocabulary + i, Float.NEGATIVE_INFINITY);
            logits.set(3 * vocabulary + i, logits.get(3 * vocabulary + i) - 1000);
        }
        IntArray step = HostArrays.ints(Step.size(ROWS));
        step.set(Step.ROWS, ROWS - 1);
        int parts = Likeliest.parts(vocabulary);
        FloatArray largest = HostArrays.floats(ROWS * parts);
        IntArray tokens = HostArrays.ints(ROWS * parts);
        IntArray found = HostArrays.ints(ROWS);
        KernelContext context = new KernelContext();
        Kernel.run(
                Map.of("part", new int[] {ROWS * parts, Likeliest.THREADS}, "merge", new int[] {ROWS, Likeliest.THREADS
                }),
                new Object[] {step, logits},
                new Object[] {largest, tokens},
                new Object[] {found},
                graph -> graph.task("part", Likeliest::part, context, step, logits, largest, tokens, vocabulary, parts)
                        .task("merge", Likeliest::merge, context, largest, tokens, found, vocabulary, parts));
        for (int row = 0; row < ROWS - 1; row++) {
            int expected = Logits.likeliest(logits.toHeapArray(), row * vocabulary, vocabulary);
            assertThat(found.get(row)).as("row " + row).isEqualTo(expected < 0 ? vocabulary : expected);
        }
        assertThat(found.get(ROWS - 1)).isEqualTo(vocabulary);
    }
}
