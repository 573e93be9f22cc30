package dev.paca.model.kernels;

import dev.paca.kv.PacaException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** Chooses what the forward pass computes with: the one place where that is decided. */
public final class KernelLookup {
    /**
     * The system property that chooses: {@code scalar}, or vectors of {@code 128}, {@code 256} or {@code 512} bits.
     * Without it, the widest vectors that this machine has.
     */
    public static final String PROPERTY = "paca.kernels";

    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    private KernelLookup() {}

    /** The fastest kernels that this JVM can run; their {@link Kernels#description} says what they are, and why. */
    public static Kernels best() {
        return best("create");
    }

    /** The same for a JVM that has just started: kernels that are fast from the first pass on, for one decoder. */
    public static Kernels early() {
        return best("early");
    }

    private static Kernels best(String factory) {
        String asked = System.getProperty(PROPERTY, "");
        // With -Xint or without C2, every operation on a vector is a call that allocates.
        String vm = System.getProperty("java.vm.info", "");
        if (asked.equals("scalar")) {
            return new ScalarKernels("Scalar kernels, as -D" + PROPERTY + "=scalar asks.");
        } else if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
            return new ScalarKernels("Scalar kernels, many times slower than vector kernels: the module "
                    + VECTOR_MODULE + " is missing. Start Java with --add-modules=" + VECTOR_MODULE + ".");
        } else if (vm.contains("interpreted") || vm.contains("emulated-client")) {
            return new ScalarKernels("Scalar kernels, many times slower than vector kernels: this JVM runs without its"
                    + " optimising compiler (" + vm + "). Start Java without -Xint and -XX:TieredStopAtLevel.");
        }
        return vector(factory, asked);
    }

    // By name, for two reasons: where the module is missing the class must not be linked, and its package needs this
    // one.
    private static Kernels vector(String factory, String bits) {
        try {
            Class<?> type = Class.forName("dev.paca.model.kernels.vector.VectorKernels");
            return (Kernels) MethodHandles.lookup()
                    .findStatic(type, factory, MethodType.methodType(Kernels.class, String.class))
                    .invoke(bits);
        } catch (PacaException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new PacaException(
                    "The vector kernels cannot be loaded: " + e + ". Start Java with -D" + PROPERTY + "=scalar.", e);
        }
    }
}
