package dev.paca.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Pruning;
import dev.paca.kv.Storage;
import dev.paca.kv.Workers;
import dev.paca.kv.host.Contents;
import dev.paca.kv.host.HostPool;
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
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The device keeps of a sequence what the CPU keeps, and gives the rest back. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EvictionTest {
    private static final int CONTEXT = 256;
    private static final int PROMPT = 130;
    private static final int STEPS = 10;
    private static final int VOCABULARY = RandomModel.VOCABULARY;
    private static final int BUDGET = 44;
    /** Layers have pages of their own, and what survives is selected from. */
    private static final KvPolicy POLICY = policy(
            Storage.F32, 8, "pyramidkv:budget=" + BUDGET + ",window=9,sinks=3", "quest:budget=32,layers=0,window=5");
    /** Of the norm: the output matrix is converted to halves, and a number between two codes may go either way. */
    private static final double TOLERANCE = 2e-3;

    @TempDir
    private static Path folder;

    private final int[] ids = new Random(3).ints(CONTEXT, 0, VOCABULARY).toArray();
    private Gguf gguf;
    private Decoder cpu;
    private TornadoDecoder device;

    @BeforeAll
    void open() {
        Path file = folder.resolve("model.gguf");
        RandomModel.write(file, "llama", 6, 2, 16, 96, GgmlType.F32, 4);
        gguf = Gguf.open(file);
        cpu = CpuDecoder.of(gguf, new ScalarKernels("truth"), Workers.serial(), new CpuOptions(CONTEXT, 1 << 22));
        device = TornadoDecoder.of(gguf, options(POLICY));
    }

    @AfterAll
    void close() {
        device.close();
        cpu.close();
        gguf.close();
    }

    private static TornadoOptions options(KvPolicy policy) {
        return new TornadoOptions("auto", CONTEXT, policy, 1 << 20, 64, 2, true);
    }

    private static KvPolicy policy(Storage storage, int page, String eviction, String selection) {
        return new KvPolicy(
                storage, storage, page, PolicyText.selection(selection), Pruning.NONE, PolicyText.eviction(eviction));
    }

    @Test
    void keepsWhatTheCpuKeeps() throws IOException {
        try (KvCache here = device.pool().open(POLICY);
                KvCache there = cpu.pool().open(POLICY)) {
            here.protect(5);
            there.protect(5);
            // a prompt in pieces, an answer, and another prompt, shorter than what is judged by
            int at = 0;
            for (int count : new int[] {70, 60, 1, 1, 2, 4, 4}) {
                Phase phase = at == 0 ? Phase.PREFILL : count == 1 ? Phase.DECODE : Phase.PREFILL_END;
                assertNear(run(device, here, at, count, phase), run(cpu, there, at, count, phase));
                at += count;
                if (phase != Phase.PREFILL) {
                    assertThat(positions(device, here)).as("after " + at).isEqualTo(positions(cpu, there));
                }
            }
            int[][] kept = positions(device, here);
            assertThat(kept[0]).hasSizeGreaterThan(kept[2].length).startsWith(0, 1, 2, 3, 4);
            assertThat(kept[2]).contains(at - 1, at - 2, at - 3, at - 4);
            assertThat(kept[0].length + kept[2].length).isLessThanOrEqualTo(2 * BUDGET);
        }
        assertThat(device.pool().usage().pages()).isZero();
    }

    @Test
    void aDeviceThatKeepsSomethingElseIsRefused() {
        assertThatCode(() -> EvictionCheck.run(gguf, device, POLICY)).doesNotThrowAnyException();
        assertThatThrownBy(() -> EvictionCheck.run(
                        gguf, device, POLICY.with(PolicyText.eviction("streaming-llm:budget=" + BUDGET))))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("with eviction pyramidkv:budget=40%")
                .hasMessageContaining("of their norm, expected at most 0.");
        assertThat(device.pool().usage().pages()).isZero();
    }

    @Test
    void holdsThePagesOfItsBudget() {
        try (KvCache cache = device.pool().open(POLICY)) {
            long limit = device.pool().usage().limit();
            run(device, cache, 0, PROMPT, Phase.PREFILL);
            // of 8 tokens, two layers
            assertThat(device.pool().usage().pages()).isEqualTo(2 * 17);
            assertThat(device.pool().bytes(POLICY, PROMPT, PROMPT + 40))
                    .isEqualTo(device.pool().usage().pageBytes())
                    .isLessThan(device.pool().bytes(POLICY, PROMPT + 40));
            run(device, cache, PROMPT, 1, Phase.PREFILL_END);
            assertThat(device.pool().usage().pages()).isBetween(2L * BUDGET / 8, 2L * BUDGET / 8 + 2);
            assertThat(device.pool().usage().pageBytes())
                    .isEqualTo(cache.usage().pages() * device.pool().pageBytes() / 2)
                    .isLessThan(limit);
            assertThat(cache.usage().bytes()).isLessThan(cache.usage().denseBytes());
            assertThat(cache.usage().layers()).hasSize(2);
            assertThat(cache.usage().layers().getFirst().heldTokens())
                    .isGreaterThan(cache.usage().layers().getLast().heldTokens());
            assertThat(cache.length()).isEqualTo(PROMPT + 1);
            assertThat(cache.canTruncate(PROMPT)).isFalse();
            assertThatThrownBy(() -> cache.truncate(PROMPT)).hasMessageContaining("cannot come back");
            run(device, cache, PROMPT + 1, 3, Phase.DECODE);
            cache.truncate(PROMPT + 2);
            assertThat(cache.length()).isEqualTo(PROMPT + 2);
            cache.truncate(0);
            assertThat(device.pool().usage().pages()).isZero();
        }
    }

    @Test
    void leavesPagesAloneThatOthersHold() {
        float[] expected;
        try (KvCache alone = device.pool().open(POLICY)) {
            run(device, alone, 0, PROMPT - 30, Phase.PREFILL);
            run(device, alone, PROMPT - 30, 30, Phase.PREFILL_END);
            expected = decode(device, alone, PROMPT);
        }
        try (KvCache first = device.pool().open(POLICY)) {
            run(device, first, 0, PROMPT - 30, Phase.PREFILL);
            long shared = device.pool().usage().pages();
            try (KvCache fork = first.fork()) {
                // room for those that survive, and for what comes before
                fork.reserve(30, Phase.PREFILL_END);
                assertThat(device.pool().usage().pages()).isLessThanOrEqualTo(shared + 2 * 5 + 2 * BUDGET / 8 + 2);
                // both evict; what they shared stays for whoever does so last
                run(device, first, PROMPT - 30, 30, Phase.PREFILL_END);
                try (KvCache evicted = first.fork()) {
                    assertThat(decode(device, first, PROMPT)).isEqualTo(expected);
                    run(device, fork, PROMPT - 30, 30, Phase.PREFILL_END);
                    assertThat(decode(device, fork, PROMPT)).isEqualTo(expected);
                    assertThat(decode(device, evicted, PROMPT)).isEqualTo(expected);
                }
            }
        }
        assertThat(device.pool().usage().pages()).isZero();
    }

    @Test
    void goesOnWhereItWasSaved() throws IOException {
        try (KvCache cache = device.pool().open(POLICY)) {
            run(device, cache, 0, PROMPT - 1, Phase.PREFILL);
            assertThatThrownBy(() -> save(device, cache))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("in the middle of a prompt");
            run(device, cache, PROMPT - 1, 1, Phase.PREFILL_END);
            byte[] saved = save(device, cache);
            float[] expected = decode(device, cache, PROMPT);
            try (KvCache again = device.pool().restore(POLICY, new ByteArrayInputStream(saved));
                    KvCache there = cpu.pool().restore(POLICY, new ByteArrayInputStream(saved))) {
                assertThat(again.length()).isEqualTo(PROMPT);
                byte[] fromCpu = save(cpu, there);
                assertThat(decode(device, again, PROMPT)).isEqualTo(expected);
                assertNear(decode(cpu, there, PROMPT), expected);
                try (KvCache back = device.pool().restore(POLICY, new ByteArrayInputStream(fromCpu))) {
                    assertThat(decode(device, back, PROMPT)).isEqualTo(expected);
                }
            }
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "F32      |  8 | snapkv:budget=80,window=70,sinks=3,kernel=1      | all",
                "F16      | 16 | snapkv:budget=50%,window=9,pool=max              | quest:budget=32,layers=1",
                "FP8_E4M3 | 16 | snapkv:budget=60                                 | quest-mean:budget=32,layers=0",
                "INT8     |  8 | pyramidkv:budget=40                              | all",
                "F32      | 32 | streaming-llm:budget=48,sinks=4,every=5          | all"
            })
    void agreesWithTheCpu(Storage storage, int page, String eviction, String selection) throws IOException {
        KvPolicy policy = policy(storage, page, eviction, selection);
        try (TornadoDecoder other = TornadoDecoder.of(gguf, options(policy));
                KvCache here = other.pool().open(policy);
                KvCache there = cpu.pool().open(policy);
                KvCache beside = other.pool().open(policy)) {
            run(other, beside, 7, 40, Phase.PREFILL_END);
            assertNear(run(other, here, 0, PROMPT, Phase.PREFILL_END), run(cpu, there, 0, PROMPT, Phase.PREFILL_END));
            assertThat(positions(other, here)).isEqualTo(positions(cpu, there));
            assertNear(decode(other, here, PROMPT), decode(cpu, there, PROMPT));
            assertThat(positions(other, here)).isEqualTo(positions(cpu, there));
        }
    }

    private float[] run(Decoder decoder, KvCache cache, int from, int count, Phase phase) {
        cache.reserve(count, phase);
        Logits logits = decoder.forward(List.of(new Slice(cache, ids, from, count, phase, 1)));
        float[] row = new float[VOCABULARY];
        System.arraycopy(logits.values(), logits.offset(0), row, 0, VOCABULARY);
        return row;
    }

    /** Logits of some tokens, one after the other. */
    private float[] decode(Decoder decoder, KvCache cache, int from) {
        float[] all = new float[STEPS * VOCABULARY];
        for (int i = 0; i < STEPS; i++) {
            float[] row = run(decoder, cache, from + i, 1, Phase.DECODE);
            System.arraycopy(row, 0, all, i * VOCABULARY, VOCABULARY);
        }
        return all;
    }

    private static byte[] save(Decoder decoder, KvCache cache) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        decoder.pool().save(cache, out);
        return out.toByteArray();
    }

    /** Positions of what a cache holds. */
    private int[][] positions(Decoder decoder, KvCache cache) throws IOException {
        if (decoder == cpu) {
            return ((HostPool) cpu.pool()).contents(cache).positions();
        }
        try (HostPool pool = new HostPool(decoder.pool().shape(), 1 << 24);
                KvCache copy = pool.restore(cache.policy(), new ByteArrayInputStream(save(decoder, cache)))) {
            Contents contents = pool.contents(copy);
            assertThat(contents.ids()).hasSize(cache.length());
            return contents.positions();
        }
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
