package dev.paca.tornado;

import dev.paca.kv.PacaException;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.DecoderOptions;
import dev.paca.model.decoder.DecoderProvider;
import dev.paca.model.gguf.Gguf;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Offers TornadoVM's devices to programs that know only the model module; each is checked before it is used. */
public final class TornadoProvider implements DecoderProvider {
    private static final int MOST_SEQUENCES = 16;

    @Override
    public String name() {
        return "tornado";
    }

    @Override
    public List<String> accelerators() {
        checkOptions();
        return TornadoDevices.list().stream()
                .filter(TornadoDevices.Device::gpu)
                .map(TornadoDevices.Device::id)
                .toList();
    }

    /** Before a class is loaded that names TornadoVM's. */
    static void checkOptions() {
        if (ModuleLayer.boot().findModule("tornado.runtime").isEmpty()) {
            throw new PacaException("Java was started without TornadoVM's options, so it reaches no device but the CPU."
                    + " Unpack TornadoVM 5.2.0-jdk25, set TORNADOVM_HOME to its folder, and write java"
                    + " @$TORNADOVM_HOME/tornado-argfile --module-path $TORNADOVM_HOME/share/java/tornado"
                    + " --add-modules=jdk.incubator.vector -XX:MaxDirectMemorySize=1048576g in place of java"
                    + " (java -jar paca.jar does the latter by itself).");
        }
    }

    @Override
    public Map<String, String> devices() {
        checkOptions();
        Map<String, String> devices = new LinkedHashMap<>();
        for (TornadoDevices.Device device : TornadoDevices.list()) {
            devices.put(device.id(), device.description() + ", " + (device.bytes() >> 20) + " MiB");
        }
        if (devices.isEmpty()) {
            throw new PacaException(
                    "TornadoVM finds no device: install the driver of a GPU, or an OpenCL driver for the CPU"
                            + " such as PoCL, or use --device cpu.");
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
                        Math.max(1, options.chunk()),
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
