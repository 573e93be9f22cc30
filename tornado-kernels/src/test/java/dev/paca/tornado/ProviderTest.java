package dev.paca.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.Budget;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Selection;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.DecoderOptions;
import dev.paca.model.decoder.DecoderProvider;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.gguf.Gguf;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProviderTest {
    @TempDir
    private Path folder;

    private final DecoderProvider provider =
            ServiceLoader.load(DecoderProvider.class).findFirst().orElseThrow();

    @Test
    void opensWhatItLists() {
        String device = provider.devices().keySet().iterator().next();
        try (Gguf gguf = Gguf.open(model("a", 2));
                Decoder decoder = provider.open(gguf, options(device, KvPolicy.DENSE))) {
            assertThat(decoder.description()).startsWith(device);
            assertThat(decoder.contextLength()).isEqualTo(64);
        }
    }

    @Test
    void aDeviceThatComputesSomethingElseIsRefused() {
        // the same shape, other weights
        try (Gguf gguf = Gguf.open(model("a", 2));
                Gguf other = Gguf.open(model("b", 3));
                TornadoDecoder decoder =
                        TornadoDecoder.of(other, new TornadoOptions("auto", 64, KvPolicy.DENSE, 0, 16, 2, true))) {
            assertThatThrownBy(() -> SelfCheck.run(gguf, decoder, KvPolicy.DENSE))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("logits differ by 1.");
        }
    }

    @Test
    void whatTheDeviceCannotDoIsRefused() {
        try (Gguf gguf = Gguf.open(model("a", 2))) {
            assertThatThrownBy(() -> provider.open(gguf, options("ptx:9", KvPolicy.DENSE)))
                    .hasMessageContaining("There is no device ptx:9");
            String device = provider.devices().keySet().iterator().next();
            KvPolicy sparq = KvPolicy.DENSE.with(Selection.of(Selection.Method.SPARQ, Budget.tokens(64)));
            assertThatThrownBy(() -> provider.open(gguf, options(device, sparq)))
                    .hasMessageContaining("selection sparq:budget=64");
        }
    }

    private static DecoderOptions options(String device, KvPolicy policy) {
        return new DecoderOptions(device, 0, policy, 0, 32, 2);
    }

    private Path model(String name, long seed) {
        Path file = folder.resolve(name + ".gguf");
        RandomModel.write(file, "llama", 4, 2, 16, 96, GgmlType.F32, seed);
        return file;
    }
}
