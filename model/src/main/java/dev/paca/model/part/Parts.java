package dev.paca.model.part;

import dev.paca.kv.PacaException;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** A device on which parts run, of those that providers on the class path find. */
public record Parts(PartProvider provider, String device, String description) {
    /** Stands for the device to prefer. */
    public static final String AUTO = "auto";

    /**
     * The device of that name, or the one to prefer.
     *
     * @throws PacaException if it cannot be reached; says what to add
     */
    public static Parts on(String device) {
        List<PartProvider> providers = providers();
        if (providers.isEmpty()) {
            throw new PacaException("This build has no part that runs on " + device
                    + ", since it was made without TornadoVM's SDK. Unpack TornadoVM 5.2.0-jdk25, set TORNADOVM_HOME to its"
                    + " folder, build again (mvn package), and start Java with its options: java"
                    + " @$TORNADOVM_HOME/tornado-argfile --module-path $TORNADOVM_HOME/share/java/tornado.");
        }
        PartProvider provider = providers.getFirst();
        Map<String, String> devices = provider.devices();
        String name = device.equals(AUTO) ? devices.keySet().iterator().next() : device;
        String description = devices.get(name);
        if (description == null) {
            throw new PacaException("There is no device " + device + " (there are: "
                    + String.join(", ", devices.keySet()) + "). Choose one of these with --device.");
        }
        return new Parts(provider, name, description);
    }

    private static List<PartProvider> providers() {
        try {
            return ServiceLoader.load(PartProvider.class).stream()
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
