package dev.paca.kv.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.paca.kv.Budget;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.Phase;
import dev.paca.kv.Selection;
import dev.paca.kv.Storage;
import dev.paca.kv.Workers;
import dev.paca.kv.host.AttentionProbe.Fidelity;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AttentionProbeTest {
    private static final KvShape SHAPE = new KvShape(1, 2, 1, 64);
    private static final KvPolicy EXACT = new KvPolicy(Storage.F32, Storage.F32, 16);
    private static final int TOKENS = 200;
    /** Scores are sums of floats, here those of 64 products. */
    private static final double ROUNDING = 1e-4;

    @Test
    void seesAllOfTheAttentionWhereEverythingIsRead() {
        Fidelity all = fidelity(EXACT);
        assertThat(all.queries()).isEqualTo(2);
        assertThat(all.recall()).isEqualTo(1);
        assertThat(all.mass()).isCloseTo(1, offset(ROUNDING));
        assertThat(all.error()).isLessThan(ROUNDING);
        // Three bits of mantissa are wrong by 2 to 3 percent on average.
        Fidelity rounded = fidelity(new KvPolicy(Storage.F32, Storage.FP8_E4M3, 16));
        assertThat(rounded.mass()).isCloseTo(1, offset(ROUNDING));
        assertThat(rounded.error()).isBetween(0.005, 0.06);
    }

    @Test
    void measuresWhatAWindowMisses() {
        Selection window = Selection.of(Selection.Method.STREAMING, Budget.tokens(64));
        Fidelity seen = fidelity(EXACT.with(window));
        Sequence sequence = new Sequence(SHAPE, TOKENS, 5);
        double recall = 0;
        double mass = 0;
        double error = 0;
        for (int h = 0; h < 2; h++) {
            double[] weights = weights(sequence, h);
            int[] best = IntStream.range(0, TOKENS)
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> -weights[i]))
                    .limit(AttentionProbe.TOP)
                    .mapToInt(i -> i)
                    .toArray();
            recall += Arrays.stream(best).filter(AttentionProbeTest::isRead).count() / 16.0 / 2;
            double part = IntStream.range(0, TOKENS)
                    .filter(AttentionProbeTest::isRead)
                    .mapToDouble(i -> weights[i])
                    .sum();
            mass += part / 2;
            double distance = 0;
            double length = 0;
            for (int d = 0; d < 64; d++) {
                double full = 0;
                double some = 0;
                for (int i = 0; i < TOKENS; i++) {
                    full += weights[i] * sequence.v[0][i * 64 + d];
                    some += isRead(i) ? weights[i] / part * sequence.v[0][i * 64 + d] : 0;
                }
                distance += (full - some) * (full - some);
                length += full * full;
            }
            error += Math.sqrt(distance / length) / 2;
        }
        assertThat(seen.recall()).isCloseTo(recall, offset(1e-9));
        assertThat(seen.mass()).isCloseTo(mass, offset(ROUNDING)).isBetween(0.05, 0.95);
        assertThat(seen.error()).isCloseTo(error, offset(ROUNDING));
    }

    @Test
    void wantsATruthThatHasRunTheToken() {
        Sequence sequence = new Sequence(SHAPE, TOKENS, 5);
        try (HostPool pool = new HostPool(SHAPE, 1L << 26)) {
            KvCache cache = pool.open(EXACT);
            sequence.run(pool, cache, 0, TOKENS - 1, Phase.PREFILL_END, Workers.serial());
            KvCache truth = cache.fork();
            AttentionProbe.attach(cache, truth);
            assertThatThrownBy(() -> sequence.run(pool, cache, TOKENS - 1, TOKENS, Phase.DECODE, Workers.serial()))
                    .hasMessageContaining("The truth has run 199 tokens")
                    .hasMessageContaining("position 199");
        }
    }

    private static boolean isRead(int token) {
        return token < 4 || token >= TOKENS - 60;
    }

    private static double[] weights(Sequence sequence, int head) {
        double[] weights = new double[TOKENS];
        double sum = 0;
        for (int i = 0; i < TOKENS; i++) {
            double dot = 0;
            for (int d = 0; d < 64; d++) {
                dot += (double) sequence.q[0][(TOKENS - 1) * 128 + head * 64 + d] * sequence.k[0][i * 64 + d];
            }
            weights[i] = Math.exp(dot / 8);
            sum += weights[i];
        }
        for (int i = 0; i < TOKENS; i++) {
            weights[i] /= sum;
        }
        return weights;
    }

    /** What a probe sees of the last token. */
    private static Fidelity fidelity(KvPolicy policy) {
        Sequence sequence = new Sequence(SHAPE, TOKENS, 5);
        try (HostPool pool = new HostPool(SHAPE, 1L << 26)) {
            KvCache truth = pool.open(EXACT);
            sequence.run(pool, truth, 0, TOKENS, Phase.PREFILL_END, Workers.serial());
            KvCache cache = pool.open(policy);
            sequence.run(pool, cache, 0, TOKENS - 1, Phase.PREFILL_END, Workers.serial());
            AttentionProbe probe = AttentionProbe.attach(cache, truth);
            sequence.run(pool, cache, TOKENS - 1, TOKENS, Phase.DECODE, Workers.serial());
            AttentionProbe.detach(cache);
            return probe.fidelity(0, 1);
        }
    }
}
