package dev.paca.tornado;

import dev.paca.kv.PacaException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.exceptions.TornadoInternalError;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

/** The devices that TornadoVM finds. */
public final class TornadoDevices {
    private static final String ARGUMENTS =
            "Start Java with the SDK's options: java @$TORNADOVM_HOME/tornado-argfile, and JDK 25.";

    private TornadoDevices() {}

    /**
     * A device.
     *
     * @param id its name in options: backend and number, {@code ptx:0}
     * @param description what it is
     * @param gpu whether it is a GPU
     * @param bytes bytes of its memory
     */
    public record Device(
            String id, String description, boolean gpu, long bytes, TornadoVMBackendType backend, int number) {
        /** Whether kernels may use half precision and shuffles within a warp there. */
        boolean ptx() {
            return backend == TornadoVMBackendType.PTX;
        }

        /**
         * Whether kernels may use tensor cores there: on PTX from compute capability 8.0, which only the driver's own
         * class tells, in a module that is not there for other backends.
         */
        boolean tensors() {
            if (!ptx()) {
                return false;
            }
            try {
                Object physical = handle().getPhysicalDevice();
                Object capability =
                        physical.getClass().getMethod("getComputeCapability").invoke(physical);
                Object major = capability.getClass().getMethod("getMajor").invoke(capability);
                return ((Integer) major) >= 8;
            } catch (ReflectiveOperationException e) {
                return false;
            }
        }

        /** TornadoVM's numbers of the backend and of the device there, {@code 1:0}. */
        String place() {
            return backendIndex() + ":" + number;
        }

        TornadoDevice handle() {
            return TornadoRuntimeProvider.getTornadoRuntime()
                    .getBackend(backendIndex())
                    .getDevice(number);
        }

        private int backendIndex() {
            TornadoRuntime runtime = TornadoRuntimeProvider.getTornadoRuntime();
            for (int i = 0; i < runtime.getNumBackends(); i++) {
                if (runtime.getBackendType(i) == backend) {
                    return i;
                }
            }
            throw new PacaException("The device " + id + " has gone. Start the program anew.");
        }
    }

    /**
     * All devices, the ones to prefer first: GPUs before others, PTX before OpenCL.
     *
     * @throws PacaException if TornadoVM is not there or cannot start
     */
    public static List<Device> list() {
        TornadoSettings.apply();
        List<Device> found = new ArrayList<>();
        try {
            TornadoRuntime runtime = TornadoRuntimeProvider.getTornadoRuntime();
            for (int i = 0; i < runtime.getNumBackends(); i++) {
                TornadoBackend backend = runtime.getBackend(i);
                for (int d = 0; d < backend.getNumDevices(); d++) {
                    found.add(device(backend, d));
                }
            }
        } catch (TornadoInternalError | LinkageError | RuntimeException e) {
            throw new PacaException("TornadoVM cannot start: " + reason(e) + ". " + ARGUMENTS, e);
        }
        found.sort(Comparator.comparing((Device d) -> !d.gpu()).thenComparing(d -> !d.ptx()));
        return found;
    }

    private static Device device(TornadoBackend backend, int number) {
        TornadoDevice device = backend.getDevice(number);
        TornadoVMBackendType type = backend.getBackendType();
        return new Device(
                type.name().toLowerCase(Locale.ROOT) + ":" + number,
                device.getPhysicalDevice().getDeviceName().strip(),
                device.getDeviceType() == TornadoDeviceType.GPU,
                device.getMaxGlobalMemory(),
                type,
                number);
    }

    /**
     * The device of that name, or the best.
     *
     * @throws PacaException if there is none
     */
    static Device find(String id) {
        List<Device> all = list();
        return all.stream()
                .filter(device -> id.equals("auto") || device.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new PacaException("There is no device " + id + " (there are: "
                        + all.stream().map(Device::id).collect(Collectors.joining(", "))
                        + "). Choose one of these, or use --device cpu."));
    }

    static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause.getMessage();
        return cause.getClass().getSimpleName()
                + (message == null ? "" : " (" + message.lines().findFirst().orElse("") + ")");
    }
}
