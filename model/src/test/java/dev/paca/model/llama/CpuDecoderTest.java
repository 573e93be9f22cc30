package dev.paca.model.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.Storage;
import dev.paca.kv.Workers;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.kernels.KernelLookup;
import dev.paca.model.kernels.Kernels;
import dev.paca.model.kernels.ScalarKernels;
import dev.paca.model.kernels.ThreadWorkers;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CpuDecoderTest {
    /** Of the norm: scalar kernels differ from the reference by the rounding of activations to float alone. */
    private static final double SCALAR_ERROR = 2e-6;
    /** Of the norm: F32 weights and sums in float, in another order. */
    private static final double FLOAT_ERROR = 1e-5;
    /** Of the norm: activations are quantised to 8 bits where weights are; random weights do not average it away. */
    private static final double QUANTIZED_ERROR = 3e-2;

    private static final KvPolicy EXACT = new KvPolicy(Storage.F32, Storage.F32, 16);
    private static final int TOKENS = 37;

    static Stream<TinyModel> models() {
        return Stream.of(
                TinyModel.llama(),
                new TinyModel(Architecture.LLAMA, 64, 2, 3, 3, 10, 10, 32, 31, false, true, GgmlType.F32, 2),
                new TinyModel(Architecture.LLAMA, 96, 2, 6, 1, 80, 80, 64, 40, true, true, GgmlType.F16, 3),
                new TinyModel(Architecture.LLAMA, 64, 2, 8, 2, 96, 64, 96, 50, true, false, GgmlType.BF16, 4),
                new TinyModel(Architecture.LLAMA, 64, 3, 4, 2, 16, 16, 96, 50, false, true, GgmlType.Q8_0, 5),
                new TinyModel(Architecture.QWEN2, 64, 2, 7, 1, 14, 14, 96, 50, true, false, GgmlType.F32, 6),
                new TinyModel(Architecture.QWEN2, 128, 2, 2, 2, 64, 64, 160, 50, false, false, GgmlType.Q4_0, 7),
                new TinyModel(Architecture.QWEN3, 64, 2, 4, 2, 128, 128, 96, 50, true, false, GgmlType.F32, 8),
                new TinyModel(Architecture.QWEN3, 64, 2, 6, 3, 22, 22, 32, 50, false, false, GgmlType.F16, 9),
                new TinyModel(Architecture.QWEN3, 64, 2, 4, 1, 32, 32, 64, 50, true, false, GgmlType.Q5_1, 10));
    }

    private static int[] tokens(int n, int vocabulary, long seed) {
        return new SplittableRandom(seed).ints(n, 0, vocabulary).toArray();
    }

    private static CpuDecoder decoder(Gguf gguf, Kernels kernels) {
        return CpuDecoder.of(gguf, kernels, Workers.serial(), new CpuOptions(0, 64 << 20));
    }

    private static void assertNear(Logits found, int row, double[] expected, double tolerance) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = found.values()[found.offset(row) + i] - expected[i];
            error += difference * difference;
            norm += expected[i] * expected[i];
        }
        assertThat(Math.sqrt(error / norm)).as("row %d", row).isLessThan(tolerance);
    }

    private static double tolerance(TinyModel model, Kernels kernels) {
        if (kernels instanceof ScalarKernels) {
            return SCALAR_ERROR;
        }
        return model.type().blockSize() == 1 ? FLOAT_ERROR : QUANTIZED_ERROR;
    }

    @ParameterizedTest
    @MethodSource("models")
    void prefillAgreesWithTheReference(TinyModel model) {
        Gguf gguf = model.gguf();
        int[] tokens = tokens(TOKENS, model.vocabulary(), 1);
        double[][] expected = new ReferenceModel(gguf).logits(tokens);
        for (Kernels kernels : List.of(new ScalarKernels("scalar"), KernelLookup.best())) {
            try (CpuDecoder decoder = decoder(gguf, kernels)) {
                KvCache cache = decoder.pool().open(EXACT);
                Logits logits =
                        decoder.forward(List.of(new Slice(cache, tokens, 0, TOKENS, Phase.PREFILL_END, TOKENS)));
                assertThat(logits.rows()).isEqualTo(TOKENS);
                assertThat(cache.length()).isEqualTo(TOKENS);
                for (int i = 0; i < TOKENS; i++) {
                    assertNear(logits, i, expected[i], tolerance(model, kernels));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void chunksAndDecodingAgreeWithTheReference(TinyModel model) {
        Gguf gguf = model.gguf();
        int[] tokens = tokens(TOKENS, model.vocabulary(), 2);
        double[][] expected = new ReferenceModel(gguf).logits(tokens);
        Kernels kernels = KernelLookup.best();
        try (ThreadWorkers workers = new ThreadWorkers(2);
                CpuDecoder decoder = CpuDecoder.of(gguf, kernels, workers, new CpuOptions(0, 64 << 20))) {
            KvCache cache = decoder.pool().open(EXACT);
            assertThat(decoder.forward(List.of(new Slice(cache, tokens, 0, 13, Phase.PREFILL, 0)))
                            .rows())
                    .isZero();
            Logits logits = decoder.forward(List.of(new Slice(cache, tokens, 13, 7, Phase.PREFILL_END, 1)));
            assertNear(logits, 0, expected[19], tolerance(model, kernels));
            for (int i = 20; i < TOKENS; i++) {
                logits = decoder.forward(List.of(new Slice(cache, tokens, i, 1, Phase.DECODE, 1)));
                assertNear(logits, 0, expected[i], tolerance(model, kernels));
            }
        }
    }

    /** Prefill of one sequence, decoding of another, and a third that wants several rows: one batch, none disturbs another. */
    @Test
    void runsSeveralSequencesAsOneBatch() {
        TinyModel model = TinyModel.llama();
        Gguf gguf = model.gguf();
        int[] first = tokens(30, model.vocabulary(), 3);
        int[] second = tokens(12, model.vocabulary(), 4);
        int[] third = tokens(9, model.vocabulary(), 5);
        try (CpuDecoder decoder = decoder(gguf, KernelLookup.best())) {
            KvCache a = decoder.pool().open(EXACT);
            KvCache b = decoder.pool().open(EXACT);
            KvCache c = decoder.pool().open(EXACT);
            decoder.forward(List.of(new Slice(b, second, 0, 11, Phase.PREFILL_END, 1)));
            Logits logits = decoder.forward(List.of(
                    new Slice(a, first, 0, 30, Phase.PREFILL_END, 1),
                    new Slice(b, second, 11, 1, Phase.DECODE, 1),
                    new Slice(c, third, 0, 9, Phase.PREFILL, 4)));
            assertThat(logits.rows()).isEqualTo(6);
            assertNear(logits, 0, new ReferenceModel(gguf).logits(first)[29], FLOAT_ERROR);
            assertNear(logits, 1, new ReferenceModel(gguf).logits(second)[11], FLOAT_ERROR);
            double[][] expected = new ReferenceModel(gguf).logits(third);
            for (int i = 0; i < 4; i++) {
                assertNear(logits, 2 + i, expected[5 + i], FLOAT_ERROR);
            }
        }
    }

    @Test
    void dividesPositionsWhereScalingIsLinear() {
        TinyModel model = TinyModel.llama();
        Gguf gguf = Gguf.of(
                MemorySegment.ofArray(model.tensors(model.metadata().put("llama.rope.scaling.factor", 3f))
                        .bytes()),
                "scaled.gguf");
        int[] tokens = tokens(20, model.vocabulary(), 6);
        double[] expected = new ReferenceModel(gguf).logits(tokens)[19];
        double[] unscaled = new ReferenceModel(model.gguf()).logits(tokens)[19];
        assertThat(expected).isNotEqualTo(unscaled);
        try (CpuDecoder decoder = decoder(gguf, KernelLookup.best())) {
            KvCache cache = decoder.pool().open(EXACT);
            Logits logits = decoder.forward(List.of(new Slice(cache, tokens, 0, 20, Phase.PREFILL_END, 1)));
            assertNear(logits, 0, expected, FLOAT_ERROR);
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        TinyModel model = TinyModel.llama();
        try (CpuDecoder decoder =
                CpuDecoder.of(model.gguf(), KernelLookup.best(), Workers.serial(), new CpuOptions(10, 64 << 20))) {
            assertThat(decoder.contextLength()).isEqualTo(10);
            KvCache cache = decoder.pool().open(EXACT);
            int[] tokens = new int[11];
            assertRefused(
                    decoder, new Slice(cache, tokens, 0, 11, Phase.PREFILL, 0), "The context has 10 tokens, found 0");
            assertRefused(decoder, new Slice(cache, tokens, 0, 2, Phase.PREFILL, 3), "found 3 asked for");
            assertRefused(decoder, new Slice(cache, new int[] {50}, 0, 1, Phase.PREFILL, 0), "Token 50 is not in");
            assertRefused(decoder, new Slice(cache, new int[] {-1}, 0, 1, Phase.PREFILL, 0), "Token -1 is not in");
            assertThat(cache.length()).isZero();
        }
    }

    private static void assertRefused(CpuDecoder decoder, Slice slice, String says) {
        assertThatThrownBy(() -> decoder.forward(List.of(slice)))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining(says);
    }

    @Test
    void refusesAContextWiderThanTheWindow() {
        TinyModel model = TinyModel.llama();
        Gguf gguf = Gguf.of(
                MemorySegment.ofArray(model.tensors(model.metadata().put("llama.attention.sliding_window", 64))
                        .bytes()),
                "window.gguf");
        assertThatThrownBy(() -> decoder(gguf, KernelLookup.best()))
                .isInstanceOf(PacaException.class)
                .hasMessage("window.gguf: attention looks back 64 tokens only, which is not supported in a context of"
                        + " 4096. Ask for a context of at most 64 tokens.");
        CpuDecoder.of(gguf, KernelLookup.best(), Workers.serial(), new CpuOptions(64, 1 << 20))
                .close();
    }
}
