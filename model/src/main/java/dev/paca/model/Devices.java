package dev.paca.model;

import dev.paca.kv.PacaException;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.DecoderOptions;
import dev.paca.model.decoder.DecoderProvider;
import dev.paca.model.gguf.Gguf;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Where models can run: the CPU always, and what providers on the class path find. */
public final class Devices {
    /** The CPU's name. */
    public static final String CPU = "cpu";

    /** Stands for a device that is faster than the CPU where one can run the model, and for the CPU where none can. */
    public static final String AUTO = "auto";

    private Devices() {}

    /** Names of all devices, each with what it is; the CPU last. A provider that cannot reach its devices has none. */
    public static Map<String, String> list() {
        return find(new ArrayList<>());
    }

    /** Why providers cannot reach their devices; empty where all can, or where there is none. */
    public static List<String> problems() {
        List<String> problems = new ArrayList<>();
        find(problems);
        return problems;
    }

    private static Map<String, String> find(List<String> problems) {
        Map<String, String> all = new LinkedHashMap<>();
        for (DecoderProvider provider : providers()) {
            try {
                all.putAll(provider.devices());
            } catch (PacaException e) {
                problems.add(e.getMessage());
            }
        }
        all.put(CPU, "CPU, " + Runtime.getRuntime().availableProcessors() + " processors");
        return all;
    }

    /** A decoder on the device of that name, which is not the CPU. */
    public static Decoder open(Gguf gguf, DecoderOptions options) {
        PacaException reason = null;
        List<DecoderProvider> providers = providers();
        for (DecoderProvider provider : providers) {
            try {
                List<String> names = List.copyOf(provider.devices().keySet());
                if (names.contains(options.device())) {
                    return provider.open(gguf, options);
                }
                if (provider.name().equals(options.device()) && !names.isEmpty()) {
                    return provider.open(gguf, options.withDevice(names.getFirst()));
                }
            } catch (PacaException e) {
                reason = e;
            }
        }
        if (reason != null) {
            throw reason;
        }
        String module = providers.isEmpty()
                ? " Other devices than the CPU need the module tornado-kernels on the class path, and Java the options of"
                        + " TornadoVM's SDK: java @$TORNADOVM_HOME/tornado-argfile."
                : "";
        throw new PacaException("There is no device " + options.device() + " (there are: "
                + String.join(", ", list().keySet()) + "). Choose one of these with --device." + module);
    }

    /**
     * A decoder on the first device that is faster than the CPU and can run the model.
     *
     * @param notes is told why a device cannot
     */
    static Optional<Decoder> best(Gguf gguf, DecoderOptions options, List<String> notes) {
        for (DecoderProvider provider : providers()) {
            try {
                for (String name : provider.accelerators()) {
                    try {
                        return Optional.of(provider.open(gguf, options.withDevice(name)));
                    } catch (PacaException e) {
                        notes.add(name + " is not used: " + e.getMessage());
                    }
                }
            } catch (PacaException e) {
                // Devices that cannot be reached are the doctor's subject.
                continue;
            }
        }
        return Optional.empty();
    }

    private static List<DecoderProvider> providers() {
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
