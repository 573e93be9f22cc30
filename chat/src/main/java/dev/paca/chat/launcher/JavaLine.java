package dev.paca.chat.launcher;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The command line that starts the program in a JVM of its own. */
final class JavaLine {
    static final String VECTOR_MODULE = "jdk.incubator.vector";

    /** The program's main class. Not the launcher's: what is started cannot start itself again. */
    static final String MAIN = "dev.paca.chat.Main";

    private JavaLine() {}

    /**
     * @param device options of the JVM that reaches a device
     * @param extra options of the user's own, separated by spaces, after ours so that they win; or null
     * @param arguments the program's arguments
     */
    static List<String> of(Jdk jdk, List<String> device, Path jar, @Nullable String extra, List<String> arguments) {
        List<String> line = new ArrayList<>();
        line.add(jdk.java().toString());
        line.addAll(device);
        line.add("--add-modules=" + VECTOR_MODULE);
        line.add("--enable-native-access=ALL-UNNAMED");
        // The hot path allocates nothing and caches live outside the heap: the collector that starts fastest is enough.
        line.add("-XX:+UseSerialGC");
        line.add("-XX:-UsePerfData");
        if (extra != null && !extra.trim().isEmpty()) {
            line.addAll(Arrays.asList(extra.trim().split("\\s+")));
        }
        line.add("-cp");
        line.add(jar.toString());
        line.add(MAIN);
        line.addAll(arguments);
        return line;
    }

    /** The line as one would type it in a shell. */
    static String quoted(List<String> line) {
        StringBuilder s = new StringBuilder();
        for (String word : line) {
            if (s.length() > 0) {
                s.append(' ');
            }
            s.append(quoted(word));
        }
        return s.toString();
    }

    private static String quoted(String word) {
        boolean plain = !word.isEmpty();
        for (int i = 0; i < word.length() && plain; i++) {
            char c = word.charAt(i);
            plain = c < 128 && (Character.isLetterOrDigit(c) || "-_./:=+,@%\\".indexOf(c) >= 0);
        }
        return plain ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
