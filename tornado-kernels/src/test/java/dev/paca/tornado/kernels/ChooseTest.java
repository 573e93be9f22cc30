package dev.paca.tornado.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.select.Largest;
import dev.paca.kv.select.Picks;
import dev.paca.tornado.memory.HostArrays;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The largest scores, of few and of many, of all sizes, and equal ones, as the CPU finds them. */
class ChooseTest {
    private static final long SEED = 21;
    private static final int KV_HEADS = 2;
    private static final int PAGE = 16;

    /** What scores are like. */
    private enum Like {
        /** No two are equal. */
        BELL,
        /** Few different ones. */
        STEPS,
        /** Those that count are near 0 beside the largest, as shares of attention are. */
        SHARES,
        /** All are equal. */
        EQUAL;

        float score(Random random) {
            return switch (this) {
                case BELL -> (float) (random.nextGaussian() * 20);
                case STEPS -> random.nextInt(7) - 3;
                case SHARES -> (float) Math.exp(-80 * random.nextDouble());
                case EQUAL -> -2.5f;
            };
        }
    }

    @ParameterizedTest
    @CsvSource({
        // capacity, like, wanted, sinks, window
        "70, EQUAL, 33, 2, 3",
        "2100, SHARES, 1700, 0, 1",
        "8192, BELL, 128, 0, 1",
        "5000, BELL, 2000, 3, 40",
        "9001, STEPS, 5000, 1, 2"
    })
    void choosesTheLargest(int capacity, Like like, int wanted, int first, int last) {
        // the last row is not used
        int[] pages = {capacity, capacity - 1, capacity / 2 + 1, wanted + 1, wanted, 0};
        int rows = pages.length - 1;
        int choices = 1 + wanted;
        IntArray step = HostArrays.ints(Step.size(pages.length));
        step.set(Step.ROWS, rows);
        for (int r = 0; r < rows; r++) {
            Step.set(step, r, 0, pages[r] * PAGE - 1 - r, 0);
            Step.choose(step, r, Math.min(wanted, pages[r]), first, pages[r] - last);
        }
        Random random = new Random(SEED);
        FloatArray scores = HostArrays.floats(pages.length * KV_HEADS * capacity);
        for (int i = 0; i < scores.getSize(); i++) {
            scores.set(i, like.score(random));
        }
        IntArray chosen = HostArrays.ints(pages.length * KV_HEADS * choices);
        chosen.init(-7);
        KernelContext context = new KernelContext();
        Kernel.run(
                pages.length * KV_HEADS,
                Choose.THREADS,
                new Object[] {step, scores, chosen},
                new Object[] {chosen},
                graph -> graph.task(
                        "kernel",
                        Choose::choose,
                        context,
                        step,
                        scores,
                        chosen,
                        Geometry.pack(64, PAGE, KV_HEADS, 1),
                        choices,
                        capacity,
                        0));
        for (int unit = 0; unit < rows * KV_HEADS; unit++) {
            int list = unit * choices;
            List<Integer> found = new ArrayList<>();
            for (int i = 0; i < chosen.get(list); i++) {
                found.add(chosen.get(list + 1 + i));
            }
            int all = pages[unit / KV_HEADS];
            assertThat(found)
                    .as("row " + unit / KV_HEADS + ", head " + unit % KV_HEADS)
                    .isEqualTo(expected(scores, unit * capacity, all, Math.min(wanted, all), first, all - last));
        }
        for (int i = rows * KV_HEADS * choices; i < chosen.getSize(); i++) {
            assertThat(chosen.get(i))
                    .as("what belongs to a row that is not used")
                    .isEqualTo(-7);
        }
    }

    private static List<Integer> expected(FloatArray scores, int from, int pages, int wanted, int head, int tail) {
        float[] of = new float[pages];
        for (int i = 0; i < pages; i++) {
            of[i] = i < head || i >= tail ? Float.MAX_VALUE : scores.get(from + i);
        }
        Picks picks = new Picks();
        new Largest().choose(of, pages, wanted, picks);
        return IntStream.range(0, picks.count())
                .mapToObj(i -> picks.chosen()[i])
                .toList();
    }
}
