package dev.paca.chat.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** TornadoVM's SDK, without whose options a JVM reaches no device but the CPU. */
final class TornadoSdk {
    /** The variable that says where it is. */
    static final String HOME = "TORNADOVM_HOME";

    /** What the device's kernels are built for. */
    static final String VERSION = "5.2.0-jdk25";

    /** The only Java that this version runs on: its classes use preview features. */
    static final int JAVA = 25;

    private static final String GET = "unpack TornadoVM " + VERSION
            + " from https://github.com/beehive-lab/TornadoVM/releases and set " + HOME
            + " to its folder, or use --device cpu.";

    private TornadoSdk() {}

    /**
     * The JVM's options for what the arguments ask for: none where they ask for the CPU, or may and nothing else is there.
     *
     * @param home what {@link #HOME} says, or null
     * @throws LaunchException if they ask for a device that cannot be reached, with what to do about it
     */
    static List<String> options(Request request, @Nullable String home, Jdk jdk) throws LaunchException {
        String problem = problem(home, jdk);
        if (request.need() == Request.Need.CPU || (problem != null && request.need() == Request.Need.MAYBE)) {
            return Collections.emptyList();
        }
        if (problem != null) {
            throw new LaunchException("--device " + request.device() + " " + problem);
        }
        Path sdk = Paths.get(String.valueOf(home));
        return Arrays.asList(
                "@" + sdk.resolve("tornado-argfile"),
                // In place of the file's own, which has the current folder before it, with whatever jars that has.
                "--module-path=" + sdk.resolve("share").resolve("java").resolve("tornado"),
                "-XX:-UseParallelGC",
                // Weights and pages have a copy outside the heap, of which Java allows no more than the heap's size.
                "-XX:MaxDirectMemorySize=1048576g");
    }

    private static @Nullable String problem(@Nullable String home, Jdk jdk) {
        if (home == null || home.isEmpty()) {
            return "needs TornadoVM: " + GET;
        }
        String found = version(home);
        if (found == null) {
            return "needs TornadoVM, and " + HOME + " is '" + home + "', which is no installation of it: " + GET;
        }
        if (!found.equals(VERSION)) {
            return "needs TornadoVM " + VERSION + ", and " + HOME + " is '" + home + "', which is " + found + ": "
                    + GET;
        }
        if (jdk.feature() != JAVA) {
            return "needs Java " + JAVA + ", on which alone TornadoVM " + VERSION + " runs, and this would be Java "
                    + jdk.version() + ": set " + JdkSearch.CHOICE + " to the folder of a JDK " + JAVA + ".";
        }
        return null;
    }

    private static @Nullable String version(String home) {
        try {
            Path sdk = Paths.get(home);
            if (!Files.isRegularFile(sdk.resolve("tornado-argfile"))) {
                return null;
            }
            for (String line :
                    Files.readAllLines(sdk.resolve("etc").resolve("tornado.release"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith("version=")) {
                    return line.substring("version=".length()).trim();
                }
            }
            return null;
        } catch (IOException | InvalidPathException e) {
            return null;
        }
    }
}
