package dev.paca.kv.select;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.index.ScalarScorer;
import dev.paca.kv.index.Scorer;
import dev.paca.kv.vector.VectorScorer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LargestTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 5, 31, 63, 64, 65, 200, 999, 1000, 1001})
    void areThoseThatSortingFinds(int k) {
        Random random = new Random(k);
        for (int values : new int[] {3, 50, 1 << 20}) {
            float[] scores = new float[1000];
            for (int i = 0; i < scores.length; i++) {
                // Few values: many are equal.
                scores[i] = random.nextInt(values) - values / 2f;
            }
            int[] expected = IntStream.range(0, scores.length)
                    .boxed()
                    .sorted(Comparator.comparingDouble((Integer i) -> -scores[i])
                            .thenComparingInt(i -> i))
                    .limit(k)
                    .mapToInt(Integer::intValue)
                    .sorted()
                    .toArray();
            VectorScorer vectors = new VectorScorer();
            for (Largest largest : List.of(new Largest(), new Largest(vectors, vectors.scratch()))) {
                Picks picks = new Picks();
                picks.begin(false);
                largest.choose(scores, scores.length, k, picks);
                assertThat(Arrays.copyOf(picks.chosen(), picks.count())).isEqualTo(expected);
            }
        }
    }

    /** What is marked has the largest float, and what is to be left out the least. */
    @Test
    void ordersAnyFloats() {
        float[] all = {
            0f,
            -0f,
            Float.MIN_VALUE,
            -Float.MIN_VALUE,
            1,
            -1,
            3e38f,
            -3e38f,
            Float.MAX_VALUE,
            Float.NEGATIVE_INFINITY,
            1.5f
        };
        VectorScorer vectors = new VectorScorer();
        for (Scorer scorer : List.of(new ScalarScorer(), vectors)) {
            for (int n = 1; n <= all.length; n++) {
                float[] sorted = Arrays.copyOf(all, n);
                Arrays.sort(sorted);
                for (int k = 1; k <= n; k++) {
                    assertThat(scorer.nth(all, n, k, scorer.scratch())).isEqualTo(sorted[n - k]);
                    int[] found = new int[n + 64];
                    int count = scorer.atLeast(sorted[n - k], all, n, found);
                    assertThat(count).isGreaterThanOrEqualTo(k);
                    for (int i = 0; i < count; i++) {
                        assertThat(all[found[i]]).isGreaterThanOrEqualTo(sorted[n - k]);
                    }
                }
            }
        }
    }
}
