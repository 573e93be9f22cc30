package dev.paca.tests.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.Storage;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.kernels.KernelLookup;
import dev.paca.model.kernels.ThreadWorkers;
import dev.paca.model.llama.CpuDecoder;
import dev.paca.model.llama.CpuOptions;
import dev.paca.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How far each storage of keys and values takes the whole model from its golden logits. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StorageTest {
    private static final int SHORT = 600;
    private static final int LONG = 3100;

    private final ThreadWorkers workers = new ThreadWorkers(Runtime.getRuntime().availableProcessors());
    private Gguf model;
    private Tokenizer tokenizer;
    private CpuDecoder decoder;

    @BeforeAll
    void load(@TempDir Path folder) {
        model = Gguf.open(Golden.f16Model(folder));
        tokenizer = Tokenizer.of(model.metadata());
        decoder = CpuDecoder.of(model, KernelLookup.best(), workers, new CpuOptions(0, 2L << 30));
    }

    @AfterAll
    void close() {
        decoder.close();
        model.close();
        workers.close();
    }

    /** Of the norm of the logits: twice the largest seen of prompts from 528 to 3076 tokens. */
    private static double bound(Storage storage) {
        return switch (storage) {
            case F32 -> 5e-5;
            case F16 -> 6e-4;
            case BF16 -> 5e-3;
            case FP8_E4M3, FP8_E4M3_TENSOR, FP8_E4M3_HEAD, FP8_E4M3_TOKEN -> 0.11;
            case FP8_E5M2, FP8_E5M2_TENSOR, FP8_E5M2_HEAD, FP8_E5M2_TOKEN -> 0.19;
            case INT8 -> 0.015;
            case KIVI4 -> 0.1;
            case KIVI2 -> 0.4;
        };
    }

    @ParameterizedTest
    @EnumSource(Storage.class)
    void logitsStayNearAndAnswersTheSame(Storage storage) {
        check(storage, ids -> ids < SHORT);
    }

    @Tag("slow")
    @ParameterizedTest
    @EnumSource(Storage.class)
    void soTheyDoAfterLongerPrompts(Storage storage) {
        check(storage, ids -> ids >= SHORT && ids < LONG);
    }

    private void check(Storage storage, IntPredicate lengths) {
        for (Golden.GenerateCase each : Golden.generate()) {
            if (!lengths.test(each.ids().length)) {
                continue;
            }
            try (Run run = new Run(decoder, new KvPolicy(storage, storage, 16))) {
                float[] logits = run.prefill(each.ids());
                assertThat(Run.error(logits, each.firstLogits()))
                        .as("%s, %s", storage, each)
                        .isLessThan(bound(storage));
                int[] answer = run.greedy(logits, each.greedy().length, tokenizer::endsGeneration);
                if (storage != Storage.KIVI2) {
                    // Two bits lose the answer to one prompt of seven.
                    assertThat(answer).as("%s, %s", storage, each).isEqualTo(each.greedy());
                }
            }
        }
    }
}
