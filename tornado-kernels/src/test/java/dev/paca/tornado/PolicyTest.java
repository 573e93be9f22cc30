package dev.paca.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.Eviction;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.Phase;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Storage;
import dev.paca.kv.Workers;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.kernels.ScalarKernels;
import dev.paca.model.llama.CpuDecoder;
import dev.paca.model.llama.CpuOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How keys and values are stored and chosen makes the same difference on the device as on the CPU. */
class PolicyTest {
    private static final int CONTEXT = 576;
    private static final int STEPS = 24;
    private static final int VOCABULARY = RandomModel.VOCABULARY;
    /** Of the norm: the output matrix is converted to halves, and a number between two codes may go either way. */
    private static final double TOLERANCE = 2e-3;

    @TempDir
    private Path folder;

    @Tag("slow")
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // storage, page, selection, threshold, tokens of a prompt
                "F32      |  8 | quest:budget=40,layers=0,sinks=4,window=9       | none      | 130",
                "FP8_E4M3 | 16 | quest-mean:budget=64,layers=1                   | top-p:0.7 | 130",
                "F32      |  8 | quest-mean:budget=64,layers=0                   | progressive:0.4 | 130",
                "INT8     |  8 | all                                             | none      | 130",
                "F16      | 16 | streaming:budget=48,sinks=4                     | none      | 130",
                // half as long a prompt comes to its anchor while it is answered
                "F32      |  8 | key-codes:budget=40,layers=0,sinks=4,window=9   | none      | 500",
                "FP8_E4M3 | 16 | key-codes:budget=64,layers=1                    | top-p:0.7 | 500",
                "F32      | 16 | key-codes:budget=64,layers=1                    | progressive:0.3 | 500"
            })
    void agreesWithTheCpu(Storage storage, int page, String selection, String threshold, int prompt)
            throws IOException {
        KvPolicy policy = new KvPolicy(
                storage, storage, page, PolicyText.selection(selection), PolicyText.pruning(threshold), Eviction.NONE);
        Path file = folder.resolve("model.gguf");
        RandomModel.write(file, "llama", 6, 2, 16, 96, GgmlType.F32, 4);
        try (Gguf gguf = Gguf.open(file);
                Decoder cpu = CpuDecoder.of(
                        gguf, new ScalarKernels("truth"), Workers.serial(), new CpuOptions(CONTEXT, 1 << 22));
                TornadoDecoder device =
                        TornadoDecoder.of(gguf, new TornadoOptions("auto", CONTEXT, policy, 1 << 22, 64, 3, true))) {
            float[] expected = run(cpu, policy, prompt);
            float[] found = run(device, policy, prompt);
            for (int row = 0; row < found.length / VOCABULARY; row++) {
                double error = 0;
                double norm = 0;
                for (int i = row * VOCABULARY; i < (row + 1) * VOCABULARY; i++) {
                    error += Math.pow(found[i] - expected[i], 2);
                    norm += Math.pow(expected[i], 2);
                }
                assertThat(Math.sqrt(error / norm)).as("row " + row).isLessThan(TOLERANCE);
            }
            assertGoesOnWhereItWasSaved(device, policy, prompt);
        }
    }

    /** Logits of tokens decoded after a prompt, alone at first, then beside a second sequence. */
    private static float[] run(Decoder decoder, KvPolicy policy, int prompt) {
        int[] ids = new Random(3).ints(CONTEXT, 0, VOCABULARY).toArray();
        float[] all = new float[2 * STEPS * VOCABULARY];
        try (KvCache a = decoder.pool().open(policy);
                KvCache b = decoder.pool().open(policy)) {
            a.reserve(prompt + STEPS);
            b.reserve(prompt / 2 + STEPS);
            decoder.forward(List.of(
                    new Slice(a, ids, 0, prompt, Phase.PREFILL_END, 0),
                    new Slice(b, ids, 7, prompt / 2, Phase.PREFILL_END, 0)));
            int rows = 0;
            for (int i = 0; i < STEPS; i++) {
                Slice one = new Slice(a, ids, prompt + i, 1, Phase.DECODE, 1);
                Slice other = new Slice(b, ids, 3 + i, 1, Phase.DECODE, 1);
                Logits logits = decoder.forward(i < STEPS / 2 ? List.of(one) : List.of(one, other));
                int size = logits.rows() * VOCABULARY;
                System.arraycopy(logits.values(), 0, all, rows * VOCABULARY, size);
                rows += logits.rows();
            }
            return Arrays.copyOf(all, rows * VOCABULARY);
        }
    }

    private static void assertGoesOnWhereItWasSaved(Decoder device, KvPolicy policy, int prompt) throws IOException {
        int[] ids = new Random(5).ints(prompt + 1, 0, VOCABULARY).toArray();
        try (KvCache cache = device.pool().open(policy)) {
            cache.reserve(prompt + 1);
            device.forward(List.of(new Slice(cache, ids, 0, prompt, Phase.PREFILL_END, 0)));
            ByteArrayOutputStream saved = new ByteArrayOutputStream();
            device.pool().save(cache, saved);
            Slice next = new Slice(cache, ids, prompt, 1, Phase.DECODE, 1);
            float[] expected = Arrays.copyOf(device.forward(List.of(next)).values(), VOCABULARY);
            try (KvCache again = device.pool().restore(policy, new ByteArrayInputStream(saved.toByteArray()))) {
                again.reserve(1);
                Slice same = new Slice(again, ids, prompt, 1, Phase.DECODE, 1);
                float[] found = Arrays.copyOf(device.forward(List.of(same)).values(), VOCABULARY);
                assertThat(found).usingComparatorWithPrecision(1e-4f).containsExactly(expected);
            }
        }
    }

    @Test
    void whatTheDeviceCannotDoIsRefused() {
        assertRefused(Storage.BF16, "all", "none", "none", "f32, f16, fp8_e4m3 and int8, found bf16");
        assertRefused(
                Storage.F16, "sparq:budget=64", "none", "none", "all, quest, quest-mean, key-codes and streaming");
        assertRefused(Storage.F16, "quest:budget=100000", "progressive:0.9", "none", "2048 pages");
        assertRefused(Storage.F16, "key-codes:budget=100000", "none", "none", "4096 pages");
        assertRefused(Storage.F16, "key-codes:budget=64", "none", "snapkv:budget=64", "Choose quest:budget=64");
        assertRefused(Storage.F16, "all", "none", "h2o:budget=64", "Choose one of these, such as snapkv:budget=64");
        assertRefused(Storage.F16, "all", "none", "ada-snapkv:budget=64", "Choose snapkv:budget=64");
    }

    private void assertRefused(Storage storage, String selection, String threshold, String eviction, String part) {
        Path file = folder.resolve("model.gguf");
        RandomModel.write(file, "llama", 6, 2, 16, 96, GgmlType.F32, 4);
        KvPolicy policy = new KvPolicy(
                storage,
                storage,
                16,
                PolicyText.selection(selection),
                PolicyText.pruning(threshold),
                PolicyText.eviction(eviction));
        try (Gguf gguf = Gguf.open(file)) {
            TornadoOptions options = new TornadoOptions("auto", 1 << 17, policy, 1 << 20, 64, 3, true);
            assertThatThrownBy(() -> TornadoDecoder.of(gguf, options)).hasMessageContaining(part);
        }
    }
}
