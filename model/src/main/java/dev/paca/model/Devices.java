package dev.paca.model;

import dev.paca.kv.PacaException;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.DecoderOptions;
import dev.paca.model.decoder.DecoderProvider;
import dev.paca.model.gguf.Gguf;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Where models can run: the CPU always, and what providers on the class path find. */
public final class Devices {
    /** The CPU's name. */
    public static final String CPU = "cpu";

    private Devices() {}

    /** Names of all devices, each with what it is; the CPU last. A provider that cannot reach its devices has none. */
    public static Map<String, String> list() {
        Map<String, String> all = new LinkedHashMap<>();
        for (DecoderProvider provider : providers()) {
            try {
                all.putAll(provider.devices());
            } catch (PacaException e) {
                // What is missing is the doctor's subject; a list shows what there is.
            }
        }
        all.put(CPU, "CPU, " + Runtime.getRuntime().availableProcessors() + " processors");
        return all;
    }

    /** A decoder on a device that is not the CPU. */
    static Decoder open(Gguf gguf, DecoderOptions options) {
        PacaException reason = null;
        for (DecoderProvider provider : providers()) {
            try {
                if (provider.devices().containsKey(options.device())) {
                    return provider.open(gguf, options);
                }
            } catch (PacaException e) {
                reason = e;
            }
        }
        if (reason != null) {
            throw reason;
        }
        throw new PacaException("There is no device " + options.device() + " (there are: "
                + String.join(", ", list().keySet()) + "). Choose one of these with --device.");
    }

    private static Iterable<DecoderProvider> providers() {
        try {
            return ServiceLoader.load(DecoderProvider.class).stream()
                    .map(ServiceLoader.Provider::get)
                    .toList();
        } catch (ServiceConfigurationError e) {
            throw new PacaException(
                    "The module for other devices cannot be loaded: " + e.getMessage()
                            + ". Start Java with TornadoVM's options, or take the module off the class path.",
                    e);
        }
    }
}
