package dev.paca.chat.command;

import com.sun.management.OperatingSystemMXBean;
import dev.paca.chat.terminal.Units;
import dev.paca.model.kernels.KernelLookup;
import java.lang.management.ManagementFactory;
import java.util.Properties;

/** Looks at the JVM and the machine under it. */
final class Machine {
    private static final long TIGHT = 1L << 30;

    private Machine() {}

    static Finding java() {
        Properties p = System.getProperties();
        return Finding.fine(
                "java",
                p.getProperty("java.runtime.version") + ", " + p.getProperty("java.vm.name") + " by "
                        + p.getProperty("java.vendor") + ", " + p.getProperty("java.home"));
    }

    static Finding kernels() {
        String description = KernelLookup.best().description();
        boolean module = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        return module
                ? Finding.fine("kernels", description)
                : Finding.better(
                        "kernels",
                        description,
                        "start Paca with java -jar paca.jar, which gives Java the options that it needs.");
    }

    static Finding processors() {
        Properties p = System.getProperties();
        return Finding.fine(
                "processors",
                Runtime.getRuntime().availableProcessors() + " for Java, " + p.getProperty("os.arch") + ", "
                        + p.getProperty("os.name") + " " + p.getProperty("os.version"));
    }

    static Finding memory() {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long free = system.getFreeMemorySize();
        String text = Units.bytes(system.getTotalMemorySize()) + ", " + Units.bytes(free)
                + " of it free, Java's heap at most "
                + Units.bytes(Runtime.getRuntime().maxMemory());
        return free >= TIGHT
                ? Finding.fine("memory", text)
                : Finding.better(
                        "memory",
                        text,
                        "close other programs: less than " + Units.bytes(TIGHT) + " of memory is free.");
    }
}
