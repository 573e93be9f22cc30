package dev.paca.tornado;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.Budget;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.Selection;
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
