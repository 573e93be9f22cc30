package dev.paca.chat.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** An installed Java, as its {@code release} file describes it: starting each one to ask would take too long. */
final class Jdk {
    /** The oldest Java that runs the program. */
    static final int OLDEST = 25;

    private final Path home;
    private final String version;
    private final boolean vector;

    private Jdk(Path home, String version, boolean vector) {
        this.home = home;
        this.version = version;
        this.vector = vector;
    }

    /** The Java in {@code home}, or null where there is none or it does not say what it is. */
    static @Nullable Jdk read(Path home) {
        Path release = home.resolve("release");
        if (!Files.isRegularFile(release) || !Files.isExecutable(java(home))) {
            return null;
        }
        String version = null;
        // A file without MODULES says nothing about them; then the attempt decides.
        boolean vector = true;
        try {
            for (String line : Files.readAllLines(release, StandardCharsets.ISO_8859_1)) {
                if (line.startsWith("JAVA_VERSION=")) {
                    version = unquote(line.substring("JAVA_VERSION=".length()));
                } else if (line.startsWith("MODULES=")) {
                    String modules = " " + unquote(line.substring("MODULES=".length())) + " ";
                    vector = modules.contains(" " + JavaLine.VECTOR_MODULE + " ");
                }
            }
        } catch (IOException e) {
            return null;
        }
        return version == null ? null : new Jdk(home, version, vector);
    }

    /** The number before the first dot, 8 for {@code 1.8.0_402}, 0 for what is no version. */
    static int feature(String version) {
        String s = version.startsWith("1.") ? version.substring(2) : version;
        int end = 0;
        while (end < s.length() && end < 6 && s.charAt(end) >= '0' && s.charAt(end) <= '9') {
            end++;
        }
        return end == 0 ? 0 : Integer.parseInt(s.substring(0, end));
    }

    Path home() {
        return home;
    }

    String version() {
        return version;
    }

    int feature() {
        return feature(version);
    }

    /** Whether it can run the program. */
    boolean suits() {
        return feature() >= OLDEST && vector;
    }

    Path java() {
        return java(home);
    }

    private static Path java(Path home) {
        Path windows = home.resolve("bin").resolve("java.exe");
        return Files.isRegularFile(windows) ? windows : home.resolve("bin").resolve("java");
    }

    private static String unquote(String s) {
        String t = s.trim();
        return t.length() >= 2 && t.startsWith("\"") && t.endsWith("\"") ? t.substring(1, t.length() - 1) : t;
    }

    @Override
    public String toString() {
        return home + " (Java " + version + ")";
    }
}
