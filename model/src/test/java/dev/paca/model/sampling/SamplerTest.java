package dev.paca.model.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.PacaException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplerTest {
    private static final int DRAWS = 20_000;
    /** Five standard deviations of a share over {@link #DRAWS} draws, at its largest (a half). */
    private static final double SHARE_TOLERANCE = 5 * 0.5 / Math.sqrt(DRAWS);

    private static final int LONGEST = 1000;

    @ParameterizedTest(name = "vocabulary {0}, top-k {1}, top-p {2}, min-p {3}, temperature {4}")
    @CsvSource({
        "7, 40, 0.95, 0.05, 0.8",
        "64, 40, 0.95, 0.05, 0.8",
        "1000, 40, 1, 0, 1.5",
        "1000, 0, 0.5, 0, 1",
        "1000, 0, 1, 0.02, 0.7",
        "1000, 0, 1, 0, 1",
        "1000, 0, 0.999, 0, 2",
        "3000, 500, 0.9, 0.001, 1",
        "128, 3, 0, 0, 1",
        "128, 1, 1, 0, 5",
    })
    void drawsAsTheDefinitionSays(int vocabulary, int topK, float topP, float minP, float temperature) {
        float[] logits = logits(vocabulary, 11, 2.5);
        double[] expected = definition(logits, topK, topP, minP, temperature);
        SamplingOptions options = SamplingOptions.DEFAULT
                .withTopK(topK)
                .withTopP(topP)
                .withMinP(minP)
                .withTemperature(temperature)
                .withSeed(42);
        Sampler sampler = new Sampler(options, vocabulary, LONGEST, null);
        double[] shares = new double[vocabulary];
        for (int i = 0; i < DRAWS; i++) {
            shares[sampler.sample(logits, 0)] += 1.0 / DRAWS;
        }
        for (int i = 0; i < vocabulary; i++) {
            assertThat(shares[i])
                    .as("token %d", i)
                    .isCloseTo(expected[i], org.assertj.core.data.Offset.offset(SHARE_TOLERANCE));
            assertThat(expected[i] == 0 && shares[i] > 0)
                    .as("token %d was cut", i)
                    .isFalse();
        }
    }

    @Test
    void greedyTakesTheFirstOfTheLikeliest() {
        float[] row = {9, 1, 3, 7, 7, -2};
        assertThat(sampler(SamplingOptions.GREEDY, 5).sample(row, 1)).isEqualTo(2);
    }

    @Test
    void equalSeedsGiveEqualTokens() {
        SamplingOptions options =
                SamplingOptions.DEFAULT.withTemperature(2).withTopP(1).withSeed(7);
        assertThat(draws(sampler(options, 500))).isEqualTo(draws(sampler(options, 500)));
        assertThat(draws(sampler(options, 500))).isNotEqualTo(draws(sampler(options.withSeed(8), 500)));
    }

    @Test
    void aRandomSeedIsToldAndRepeats() {
        SamplingOptions options = SamplingOptions.DEFAULT.withTemperature(2).withTopP(1);
        Sampler first = sampler(options, 500);
        assertThat(draws(sampler(options.withSeed(first.seed()), 500))).isEqualTo(draws(first));
    }

    @Test
    void penaltiesFollowTheWindow() {
        SamplingOptions options = SamplingOptions.GREEDY
                .withRepeatPenalty(2)
                .withPresencePenalty(0.5f)
                .withFrequencyPenalty(0.25f)
                .withRepeatLastN(3);
        Penalties penalties = new Penalties(options, 4, LONGEST);
        for (int token : new int[] {0, 1, 2, 1}) {
            penalties.accept(token); // 0 leaves the window of three
        }
        float[] logits = {9, 4, 4, -4, 4};
        penalties.apply(logits, 1);
        assertThat(logits).containsExactly(9, 4, 4 / 2f - 2 * 0.25f - 0.5f, -4 * 2f - 0.25f - 0.5f, 4);
        float[] again = {9, 4, 4, -4, 4};
        penalties.apply(again, 1);
        assertThat(again).isEqualTo(logits);
    }

    @Test
    void penaltiesSeeThePromptAndWhatWasSampled() {
        SamplingOptions options = SamplingOptions.GREEDY.withPresencePenalty(10);
        Sampler sampler = sampler(options, 3);
        sampler.observe(new int[] {2}, 0, 1);
        assertThat(sampler.sample(new float[] {1, 2, 3}, 0)).isEqualTo(1);
        assertThat(sampler.sample(new float[] {1, 2, 3}, 0)).isEqualTo(0);
    }

    @Test
    void theConstraintMasksFirstAndHearsWhatWasChosen() {
        List<Integer> heard = new java.util.ArrayList<>();
        TokenConstraint even = new TokenConstraint() {
            @Override
            public void mask(float[] logits, int offset, int vocabulary) {
                for (int i = 1; i < vocabulary; i += 2) {
                    logits[offset + i] = Float.NEGATIVE_INFINITY;
                }
            }

            @Override
            public void accept(int token) {
                heard.add(token);
            }
        };
        Sampler sampler =
                new Sampler(SamplingOptions.DEFAULT.withTopK(2).withTopP(1).withMinP(0), 100, LONGEST, even);
        List<Integer> drawn = IntStream.range(0, 50)
                .mapToObj(i -> sampler.sample(logits(100, i, 1), 0))
                .toList();
        assertThat(drawn).allMatch(token -> token % 2 == 0).isEqualTo(heard);
    }

    @Test
    void nothingToChooseIsSaid() {
        float[] nan = new float[20];
        Arrays.fill(nan, Float.NaN);
        for (SamplingOptions options : List.of(SamplingOptions.GREEDY, SamplingOptions.DEFAULT)) {
            assertThatThrownBy(() -> sampler(options, 20).sample(nan, 0))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("of 20 logits 20 are NaN");
        }
        assertThatThrownBy(() -> sampler(SamplingOptions.GREEDY, 20).sample(-1))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("none of 20 logits is a number");
    }

    @Test
    void optionsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> SamplingOptions.DEFAULT.withTopP(1.5f))
                .isInstanceOf(PacaException.class)
                .hasMessage("top-p is 1.5; give 0 to 1, 1 to keep all.");
        assertThatThrownBy(() -> SamplingOptions.DEFAULT.withRepeatPenalty(0)).isInstanceOf(PacaException.class);
        assertThatThrownBy(() -> SamplingOptions.DEFAULT.withTemperature(Float.NaN))
                .isInstanceOf(PacaException.class);
    }

    private static Sampler sampler(SamplingOptions options, int vocabulary) {
        return new Sampler(options, vocabulary, LONGEST, null);
    }

    private static List<Integer> draws(Sampler sampler) {
        return IntStream.range(0, 100)
                .mapToObj(i -> sampler.sample(logits(500, i, 1), 0))
                .toList();
    }

    private static float[] logits(int n, long seed, double deviation) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] logits = new float[n];
        for (int i = 0; i < n; i++) {
            logits[i] = (float) (random.nextGaussian() * deviation);
        }
        return logits;
    }

    /** The probabilities, by sorting everything and cutting once for each filter. */
    private static double[] definition(float[] logits, int topK, float topP, float minP, float temperature) {
        List<Integer> order = IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -logits[i]))
                .toList();
        order = order.subList(0, topK <= 0 ? order.size() : Math.min(topK, order.size()));
        double[] p = softmax(logits, order, 1);
        int kept = 0;
        for (double sum = 0; kept < p.length && (kept == 0 || sum < topP); kept++) {
            sum += p[kept];
        }
        order = order.subList(0, topP >= 1 ? p.length : kept);
        p = softmax(logits, order, 1);
        kept = 0;
        while (kept < p.length && p[kept] >= minP * p[0]) {
            kept++;
        }
        order = order.subList(0, kept);
        p = softmax(logits, order, temperature);
        double[] all = new double[logits.length];
        for (int i = 0; i < p.length; i++) {
            all[order.get(i)] = p[i];
        }
        return all;
    }

    private static double[] softmax(float[] logits, List<Integer> order, double temperature) {
        double[] p = order.stream()
                .mapToDouble(i -> Math.exp((logits[i] - logits[order.getFirst()]) / temperature))
                .toArray();
        double sum = Arrays.stream(p).sum();
        return Arrays.stream(p).map(x -> x / sum).toArray();
    }
}
