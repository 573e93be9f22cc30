package dev.paca.tests.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.Storage;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.kernels.KernelLookup;
import dev.paca.model.kernels.ScalarKernels;
import dev.paca.model.kernels.ThreadWorkers;
import dev.paca.model.llama.CpuDecoder;
import dev.paca.model.llama.CpuOptions;
import dev.paca.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole model against an independent implementation. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GoldenTest {
    private static final KvPolicy EXACT = new KvPolicy(Storage.F32, Storage.F32, 16);
    /** Of the norm: sums in another order. Up to 6258 tokens 1.4e-5 was seen. */
    private static final double FLOAT_ERROR = 5e-5;
    /** Of the norm: beyond that the reference's own angles, in float32, are off by a thousandth. 1e-4 was seen. */
    private static final double FAR_ERROR = 3e-4;
    /** Of the norm: with scalar kernels, sums are in double; 1e-6 was seen. */
    private static final double SCALAR_ERROR = 5e-6;

    private static final int FAR = 8000;
    /** Prompts from here on take longer than all the rest together. */
    private static final int LONG = 4000;

    /** Scalar kernels take half a second for so many. */
    private static final int SCALAR_TOKENS = 20;

    private final ThreadWorkers workers = new ThreadWorkers(Runtime.getRuntime().availableProcessors());
    private final CpuOptions options = new CpuOptions(0, 2L << 30);
    private Gguf f16;
    private Gguf q8;
    private CpuDecoder f16Decoder;
    private CpuDecoder q8Decoder;

    @BeforeAll
    void load(@TempDir Path folder) {
        f16 = Gguf.open(Golden.f16Model(folder));
        q8 = Gguf.open(Golden.q8Model(folder));
        f16Decoder = CpuDecoder.of(f16, KernelLookup.best(), workers, options);
        q8Decoder = CpuDecoder.of(q8, KernelLookup.best(), workers, options);
    }

    @AfterAll
    void close() {
        f16Decoder.close();
        q8Decoder.close();
        f16.close();
        q8.close();
        workers.close();
    }

    static Stream<Golden.LogitsCase> logitsCases() {
        return Golden.logits().stream();
    }

    static Stream<Golden.LogitsCase> shortLogitsCases() {
        return logitsCases().filter(c -> c.ids().length <= SCALAR_TOKENS);
    }

    static Stream<Golden.GenerateCase> generateCases() {
        return Golden.generate().stream().filter(c -> c.ids().length < LONG);
    }

    static Stream<Golden.GenerateCase> longGenerateCases() {
        return Golden.generate().stream().filter(c -> c.ids().length >= LONG);
    }

    @ParameterizedTest
    @MethodSource("logitsCases")
    void logitsAgree(Golden.LogitsCase expected) {
        try (Run run = new Run(f16Decoder, EXACT)) {
            assertThat(Run.error(run.prefill(expected.ids()), expected.logits()))
                    .isLessThan(FLOAT_ERROR);
        }
    }

    @ParameterizedTest
    @MethodSource("shortLogitsCases")
    void logitsOfScalarKernelsAgree(Golden.LogitsCase expected) {
        try (CpuDecoder decoder = CpuDecoder.of(f16, new ScalarKernels("the truth"), workers, options);
                Run run = new Run(decoder, EXACT)) {
            assertThat(Run.error(run.prefill(expected.ids()), expected.logits()))
                    .isLessThan(SCALAR_ERROR);
        }
    }

    @ParameterizedTest
    @MethodSource("generateCases")
    void greedyAnswersAgree(Golden.GenerateCase expected) {
        assertAgrees(expected);
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("longGenerateCases")
    void greedyAnswersToLongPromptsAgree(Golden.GenerateCase expected) {
        assertAgrees(expected);
    }

    private void assertAgrees(Golden.GenerateCase expected) {
        Tokenizer tokenizer = Tokenizer.of(f16.metadata());
        try (Run run = new Run(f16Decoder, EXACT)) {
            float[] logits = run.prefill(expected.ids());
            assertThat(Run.error(logits, expected.firstLogits()))
                    .isLessThan(expected.ids().length < FAR ? FLOAT_ERROR : FAR_ERROR);
            assertThat(run.greedy(logits, expected.greedy().length + 8, tokenizer::endsGeneration))
                    .isEqualTo(expected.greedy());
        }
    }

    @ParameterizedTest
    @MethodSource("generateCases")
    void theShippedFileGivesTheSameAnswers(Golden.GenerateCase expected) {
        assertSameAnswer(expected);
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("longGenerateCases")
    void theShippedFileGivesTheSameAnswersToLongPrompts(Golden.GenerateCase expected) {
        assertSameAnswer(expected);
    }

    private void assertSameAnswer(Golden.GenerateCase expected) {
        Tokenizer tokenizer = Tokenizer.of(q8.metadata());
        try (Run run = new Run(q8Decoder, KvPolicy.DENSE)) {
            float[] logits = run.prefill(expected.ids());
            assertThat(run.greedy(logits, expected.greedy().length + 8, tokenizer::endsGeneration))
                    .isEqualTo(expected.greedy());
        }
    }
}
