package dev.paca.tornado;

import dev.paca.kv.KvPolicy;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.llama.LlamaConfig;
import dev.paca.model.part.Part;
import dev.paca.model.part.PartProvider;
import java.util.Map;

/** Offers parts of a step on TornadoVM's devices to programs that know only the model module. */
public final class TornadoParts implements PartProvider {
    @Override
    public Map<String, String> devices() {
        return new TornadoProvider().devices();
    }

    @Override
    public double bandwidth(String device) {
        TornadoProvider.checkOptions();
        return DeviceParts.bandwidth(device);
    }

    @Override
    public Part attention(String device, LlamaConfig config, KvPolicy policy, int length, int sequences) {
        TornadoProvider.checkOptions();
        return DeviceParts.attention(device, config, policy, length, sequences);
    }

    @Override
    public Part products(String device, LlamaConfig config, GgmlType type, int rows) {
        TornadoProvider.checkOptions();
        return DeviceParts.products(device, config, type, rows);
    }
}
