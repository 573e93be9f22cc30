package dev.paca.tornado;

import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.DecoderOptions;
import dev.paca.model.decoder.DecoderProvider;
import dev.paca.model.gguf.Gguf;
import java.util.LinkedHashMap;
import java.util.Map;

/** Offers TornadoVM's devices to programs that know only the model module; each is checked before it is used. */
public final class TornadoProvider implements DecoderProvider {
    private static final int MOST_ROWS = 128;
    private static final int MOST_SEQUENCES = 16;

    @Override
    public Map<String, String> devices() {
        Map<String, String> devices = new LinkedHashMap<>();
        for (TornadoDevices.Device device : TornadoDevices.list()) {
            devices.put(device.id(), device.description() + ", " + (device.bytes() >> 20) + " MiB");
        }
        return devices;
    }

    @Override
    public Decoder open(Gguf gguf, DecoderOptions options) {
        TornadoDecoder decoder = TornadoDecoder.of(
                gguf,
                new TornadoOptions(
                        options.device(),
                        options.contextLength(),
                        options.policy(),
                        options.kvBytes(),
                        Math.clamp(options.chunk(), 1, MOST_ROWS),
                        Math.clamp(options.maxRunning(), 1, MOST_SEQUENCES),
                        true));
        try {
            SelfCheck.run(gguf, decoder, options.policy());
        } catch (RuntimeException | Error e) {
            decoder.close();
            throw e;
        }
        return decoder;
    }
}
