package dev.paca.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.model.decoder.Slice;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.gguf.Gguf;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TornadoVM is held to {@code tornado.device.memory} in tests: what was not freed, of any graph, cannot be had again. */
class MemoryTest {
    private static final int ROUNDS = 2;
    /** Rows of a prompt's chunk, which works in 14 MB: more than half of what the pages leave. */
    private static final int ROWS = 1 << 13;

    private static final long LEFT = 26L << 20;
    /** As in {@link DecoderTest}, whose compiled kernels a driver may have kept. */
    private static final KvPolicy POLICY = DecoderTest.POLICY;

    @TempDir
    private Path folder;

    @Test
    void closingFreesWhatLiesOnTheDevice() {
        long limit = limit();
        Path file = folder.resolve("model.gguf");
        RandomModel.write(file, "llama", 4, 2, 16, 96, GgmlType.F32, 2);
        try (Gguf gguf = Gguf.open(file)) {
            for (int i = 0; i < ROUNDS; i++) {
                try (TornadoDecoder decoder = TornadoDecoder.of(gguf, options(limit - LEFT, ROWS));
                        KvCache cache = decoder.pool().open(POLICY)) {
                    cache.reserve(3);
                    Slice prompt = new Slice(cache, new int[] {1, 2}, 0, 2, Phase.PREFILL_END, 1);
                    assertThat(decoder.likeliest(List.of(prompt))).hasSize(1);
                    assertThat(decoder.likeliest(List.of(new Slice(cache, new int[] {1}, 0, 1, Phase.DECODE, 1))))
                            .hasSize(1);
                }
                // nor does one that did not fit leave anything there
                assertThatThrownBy(() -> TornadoDecoder.of(gguf, options(limit + limit / 4, 16)))
                        .isInstanceOf(PacaException.class)
                        .hasMessageContaining("has no memory left")
                        .hasMessageContaining("smaller cache");
            }
        }
    }

    private static TornadoOptions options(long kvBytes, int rows) {
        return new TornadoOptions("auto", DecoderTest.CONTEXT, POLICY, kvBytes, rows, 2, true);
    }

    private static long limit() {
        String text = System.getProperty("tornado.device.memory", "");
        assertThat(text).matches("[0-9]+MB");
        return Long.parseLong(text.replace("MB", "")) << 20;
    }
}
