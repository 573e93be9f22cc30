package dev.paca.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Storage;
import dev.paca.kv.Workers;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.DecoderOptions;
import dev.paca.model.decoder.DecoderProvider;
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
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A small model on the device beside the same on the CPU; opened once, since compiling takes most of the time. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DecoderTest {
    private static final int VOCABULARY = RandomModel.VOCABULARY;
    static final int CONTEXT = 128;
    private static final int PROMPT = 61;
    static final KvPolicy POLICY = new KvPolicy(Storage.F32, Storage.F32, 8)
            .with(PolicyText.selection("quest:budget=24,layers=0,sinks=4,window=5"));
    /** Of the norm: the output matrix is converted to halves, which keep 11 bits. */
    private static final double TOLERANCE = 5e-4;

    @TempDir
    private static Path folder;

    private final int[] ids = new Random(6).ints(CONTEXT, 0, VOCABULARY).toArray();
    private final DecoderProvider provider =
            ServiceLoader.load(DecoderProvider.class).findFirst().orElseThrow();
    private String name = "";
    private Gguf gguf;
    private TornadoDecoder device;
    private Decoder cpu;

    @BeforeAll
    void open() {
        name = provider.devices().keySet().iterator().next();
        gguf = Gguf.open(model("model", 2));
        device = (TornadoDecoder) provider.open(gguf, new DecoderOptions(name, CONTEXT, POLICY, 1 << 22, 16, 2));
        cpu = CpuDecoder.of(gguf, new ScalarKernels("truth"), Workers.serial(), new CpuOptions(CONTEXT, 1 << 24));
    }

    @AfterAll
    void close() {
        cpu.close();
        device.close();
        gguf.close();
    }

    private static Path model(String name, long seed) {
        Path file = folder.resolve(name + ".gguf");
        RandomModel.write(file, "llama", 4, 2, 16, 96, GgmlType.F32, seed);
        return file;
    }

    @Test
    void isWhatTheProviderLists() {
        assertThat(device.description()).startsWith(name);
        assertThat(device.contextLength()).isEqualTo(CONTEXT);
    }

    @Test
    void aDeviceThatComputesSomethingElseIsRefused() {
        // the same shape, other weights
        try (Gguf other = Gguf.open(model("other", 3))) {
            assertThatThrownBy(() -> SelfCheck.run(other, device, POLICY))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("CPU: logits differ by 1.");
        }
    }

    @Test
    void aDeviceThatSelectsSomethingElseIsRefused() {
        for (String other : List.of("streaming:budget=24,layers=0,sinks=4", "all")) {
            assertThatThrownBy(() -> SelfCheck.run(gguf, device, POLICY.with(PolicyText.selection(other))))
                    .as(other)
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("with selection quest:budget=16")
                    .hasMessageContaining("of their norm, expected at most 0.");
        }
        assertThatCode(() -> SelfCheck.run(gguf, device, POLICY)).doesNotThrowAnyException();
    }

    @Test
    void choosesTheLikeliestTokens() {
        try (KvCache a = device.pool().open(POLICY);
                KvCache b = device.pool().open(POLICY)) {
            a.reserve(40);
            b.reserve(40);
            List<Slice> prompts = List.of(
                    new Slice(a, ids, 0, 20, Phase.PREFILL_END, 2), new Slice(b, ids, 5, 11, Phase.PREFILL_END, 1));
            List<Slice> tokens =
                    List.of(new Slice(a, ids, 30, 1, Phase.DECODE, 1), new Slice(b, ids, 33, 1, Phase.DECODE, 1));
            int[] first = device.forward(prompts).likeliest();
            int[] second = device.forward(tokens).likeliest();
            a.truncate(0);
            b.truncate(0);
            a.reserve(40);
            b.reserve(40);
            assertThat(device.likeliest(prompts)).hasSize(3).isEqualTo(first);
            assertThat(device.likeliest(tokens)).hasSize(2).isEqualTo(second);
        }
    }

    @Test
    void goesOnWhereItWasSaved() throws IOException {
        try (KvCache cache = prefilled(device)) {
            byte[] saved = save(device, cache);
            float[] expected = decode(device, cache);
            long pages = device.pool().usage().pages();
            try (KvCache again = device.pool().restore(POLICY, new ByteArrayInputStream(saved))) {
                assertThat(again.length()).isEqualTo(PROMPT);
                // the same kernels on the same numbers
                assertThat(decode(device, again)).isEqualTo(expected);
            }
            assertThat(device.pool().usage().pages()).isEqualTo(pages);
            try (KvCache there = cpu.pool().restore(POLICY, new ByteArrayInputStream(saved))) {
                assertNear(decode(cpu, there), expected);
            }
        }
    }

    @Test
    void goesOnWhereTheCpuWasSaved() throws IOException {
        try (KvCache cache = prefilled(cpu)) {
            byte[] saved = save(cpu, cache);
            float[] expected = decode(cpu, cache);
            try (KvCache there = device.pool().restore(POLICY, new ByteArrayInputStream(saved))) {
                assertThat(there.length()).isEqualTo(PROMPT);
                assertNear(decode(device, there), expected);
            }
        }
    }

    @Test
    void aForkIsSavedWithThePagesThatItWillOwn() throws IOException {
        try (KvCache cache = prefilled(device);
                KvCache fork = cache.fork()) {
            // its last page is to be copied before the next step, and the other one's is written to
            fork.reserve(4);
            cache.reserve(4);
            byte[] saved = save(device, fork);
            float[] expected = decode(device, cache);
            try (KvCache again = device.pool().restore(POLICY, new ByteArrayInputStream(saved))) {
                assertThat(decode(device, again)).isEqualTo(expected);
            }
            assertThat(decode(device, fork)).isEqualTo(expected);
        }
    }

    @Test
    void whatIsNoCacheOfThisModelIsRefused() throws IOException {
        byte[] saved;
        try (KvCache cache = prefilled(device)) {
            saved = save(device, cache);
        }
        long pages = device.pool().usage().pages();
        byte[] cut = Arrays.copyOf(saved, saved.length - 9);
        assertThatThrownBy(() -> device.pool().restore(POLICY, new ByteArrayInputStream(cut)))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("cut off");
        assertThatThrownBy(() -> device.pool().restore(KvPolicy.DENSE, new ByteArrayInputStream(saved)))
                .hasMessageContaining("laid out for");
        assertThatThrownBy(() -> device.pool().save(cpu.pool().open(POLICY), new ByteArrayOutputStream()))
                .hasMessageContaining("another pool");
        assertThat(device.pool().usage().pages()).isEqualTo(pages);
    }

    private KvCache prefilled(Decoder decoder) {
        KvCache cache = decoder.pool().open(POLICY);
        cache.reserve(PROMPT);
        decoder.forward(List.of(new Slice(cache, ids, 0, PROMPT, Phase.PREFILL_END, 0)));
        return cache;
    }

    private static byte[] save(Decoder decoder, KvCache cache) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        decoder.pool().save(cache, out);
        return out.toByteArray();
    }

    /** Logits of four tokens, which read a part of what is there and fill a page. */
    private float[] decode(Decoder decoder, KvCache cache) {
        float[] all = new float[4 * VOCABULARY];
        for (int i = 0; i < 4; i++) {
            cache.reserve(1);
            Logits logits = decoder.forward(List.of(new Slice(cache, ids, PROMPT + i, 1, Phase.DECODE, 1)));
            System.arraycopy(logits.values(), logits.offset(0), all, i * VOCABULARY, VOCABULARY);
        }
        return all;
    }

    private static void assertNear(float[] found, float[] expected) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            error += Math.pow(found[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        assertThat(Math.sqrt(error / norm)).isLessThan(TOLERANCE);
    }
}
