package dev.paca.chat.command;

import dev.paca.model.Devices;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Looks for what runs models beside the CPU. */
final class Accelerators {
    /** Where TornadoVM says it is installed. */
    private static final String HOME = "TORNADOVM_HOME";

    private static final Path NVIDIA = Path.of("/dev/nvidia0");
    private static final Path OPENCL = Path.of("/etc/OpenCL/vendors");

    private Accelerators() {}

    static Finding tornado(Map<String, String> environment) {
        String home = environment.get(HOME);
        if (home == null || home.isEmpty()) {
            return Files.exists(NVIDIA)
                    ? Finding.better(
                            "tornadovm",
                            "not installed (" + HOME + " is not set), the GPU is not used",
                            "install TornadoVM for Java 25 (https://www.tornadovm.org) and set " + HOME
                                    + " to its folder, to use the GPU.")
                    : Finding.fine("tornadovm", "not installed (" + HOME + " is not set); only GPUs need it");
        }
        if (!Files.isRegularFile(Path.of(home, "tornado-argfile"))) {
            return Finding.better(
                    "tornadovm",
                    HOME + " is " + home + ", where there is no tornado-argfile",
                    "set " + HOME + " to the folder of a TornadoVM installation, or unset it.");
        }
        return Finding.fine("tornadovm", home);
    }

    static Finding devices() {
        Map<String, String> all = Devices.list();
        String names = String.join(
                "; ",
                all.entrySet().stream()
                        .map(device -> device.getKey().equals(Devices.CPU)
                                ? Devices.CPU
                                : device.getKey() + " (" + device.getValue() + ")")
                        .toList());
        List<String> problems = Devices.problems();
        if (!problems.isEmpty() && installed(System.getenv())) {
            return Finding.better("devices", names, problems.getFirst());
        }
        if (all.size() == 1 && installed(System.getenv())) {
            return Finding.better(
                    "devices",
                    names,
                    "build Paca where " + HOME + " is set (mvn package): this one has no module for other devices.");
        }
        return Finding.fine("devices", names);
    }

    /** What a driver leaves on a machine, seen without asking it. */
    static Finding drivers() {
        List<String> found = new ArrayList<>();
        if (Files.exists(NVIDIA)) {
            found.add("NVIDIA");
        }
        TreeSet<String> drivers = new TreeSet<>();
        if (Files.isDirectory(OPENCL)) {
            try (DirectoryStream<Path> icds = Files.newDirectoryStream(OPENCL, "*.icd")) {
                icds.forEach(icd -> drivers.add(icd.getFileName().toString()));
            } catch (IOException e) {
                // A folder that cannot be listed offers no driver either.
                drivers.clear();
            }
        }
        if (!drivers.isEmpty()) {
            found.add("OpenCL " + drivers);
        }
        return Finding.fine(
                "drivers", found.isEmpty() ? "none for other devices than the CPU" : String.join(", ", found));
    }

    private static boolean installed(Map<String, String> environment) {
        String home = environment.get(HOME);
        return home != null && !home.isEmpty();
    }
}
