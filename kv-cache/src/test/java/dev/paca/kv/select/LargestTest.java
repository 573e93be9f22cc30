package dev.paca.kv.select;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
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
            Picks picks = new Picks();
            picks.begin(false);
            new Largest().choose(scores, scores.length, k, picks);
            assertThat(Arrays.copyOf(picks.chosen(), picks.count())).isEqualTo(expected);
        }
    }
}
