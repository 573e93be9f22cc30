package dev.paca.chat.launcher;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks for a Java that runs the program: where the environment says, then the one that runs now, then the usual places,
 * then the path. The first that suits is taken; among those of one place, the oldest that suits, since it is the one
 * that the program was made for.
 */
final class JdkSearch {
    /** The variable that decides without a search. */
    static final String CHOICE = "PACA_JAVA_HOME";

    private final Map<String, String> environment;
    private final Path running;
    private final List<Path> places;

    /**
     * @param environment the environment's variables
     * @param running the home of the Java that runs now
     * @param places folders with a Java in each of their folders
     */
    JdkSearch(Map<String, String> environment, Path running, List<Path> places) {
        this.environment = environment;
        this.running = running;
        this.places = places;
    }

    static JdkSearch ofThisMachine() {
        return new JdkSearch(System.getenv(), Paths.get(System.getProperty("java.home")), usualPlaces(System.getenv()));
    }

    /** @throws LaunchException if there is none, with what to do about it */
    Jdk find() throws LaunchException {
        String choice = environment.get(CHOICE);
        if (choice != null && !choice.isEmpty()) {
            return chosen(choice);
        }
        Jdk found = home(environment.get("JAVA_HOME"));
        if (found == null) {
            found = suiting(running);
        }
        for (int i = 0; found == null && i < places.size(); i++) {
            found = oldestIn(places.get(i));
        }
        if (found == null) {
            found = onPath();
        }
        if (found == null) {
            throw new LaunchException("Paca needs Java " + Jdk.OLDEST + " or newer and found none (this is Java "
                    + System.getProperty("java.version") + "): install a JDK " + Jdk.OLDEST
                    + ", for example from https://adoptium.net, or set " + CHOICE + " to the folder of one.");
        }
        return found;
    }

    private static Jdk chosen(String choice) throws LaunchException {
        Jdk jdk = null;
        try {
            jdk = Jdk.read(Paths.get(choice));
        } catch (InvalidPathException e) {
            // The same as a folder that does not exist.
        }
        if (jdk == null) {
            throw new LaunchException(
                    CHOICE + " is '" + choice + "', where no Java was found: set it to the folder of a JDK "
                            + Jdk.OLDEST + " or newer, or unset it to have one searched.");
        }
        if (!jdk.suits()) {
            throw new LaunchException(CHOICE + " is '" + choice + "', which is Java " + jdk.version()
                    + (jdk.feature() < Jdk.OLDEST ? "" : " without the module " + JavaLine.VECTOR_MODULE)
                    + ": set it to the folder of a JDK " + Jdk.OLDEST + " or newer, or unset it to have one searched.");
        }
        return jdk;
    }

    private @Nullable Jdk home(@Nullable String folder) {
        if (folder == null || folder.isEmpty()) {
            return null;
        }
        try {
            return suiting(Paths.get(folder));
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private static @Nullable Jdk suiting(Path home) {
        Jdk jdk = Jdk.read(home);
        if (jdk == null) {
            // How macOS wraps one.
            jdk = Jdk.read(home.resolve("Contents").resolve("Home"));
        }
        return jdk != null && jdk.suits() ? jdk : null;
    }

    private static @Nullable Jdk oldestIn(Path place) {
        Jdk oldest = null;
        if (!Files.isDirectory(place)) {
            return null;
        }
        try (DirectoryStream<Path> homes = Files.newDirectoryStream(place)) {
            for (Path home : homes) {
                Jdk jdk = suiting(home);
                if (jdk != null && (oldest == null || before(jdk, oldest))) {
                    oldest = jdk;
                }
            }
        } catch (IOException e) {
            return oldest;
        }
        return oldest;
    }

    /** Folders come in any order: the name decides between equals, so that the same one is found each time. */
    private static boolean before(Jdk a, Jdk b) {
        return a.feature() != b.feature() ? a.feature() < b.feature() : a.home().compareTo(b.home()) < 0;
    }

    private @Nullable Jdk onPath() {
        String path = environment.get("PATH");
        if (path == null) {
            return null;
        }
        for (String folder : path.split(File.pathSeparator)) {
            for (String name : new String[] {"java", "java.exe"}) {
                try {
                    Path java = Paths.get(folder, name);
                    // Through the links of /usr/bin and of version managers, from bin/java to the home.
                    Path bin = Files.isRegularFile(java) ? java.toRealPath().getParent() : null;
                    Path home = bin == null ? null : bin.getParent();
                    Jdk jdk = home == null ? null : suiting(home);
                    if (jdk != null) {
                        return jdk;
                    }
                } catch (IOException | InvalidPathException e) {
                    // An entry that cannot be followed holds no Java.
                }
            }
        }
        return null;
    }

    /** Where package managers, version managers, IDEs and installers put them. */
    private static List<Path> usualPlaces(Map<String, String> environment) {
        List<Path> places = new ArrayList<>();
        Path user = Paths.get(System.getProperty("user.home", "."));
        String sdkman = environment.get("SDKMAN_DIR");
        places.add((sdkman == null ? user.resolve(".sdkman") : Paths.get(sdkman)).resolve("candidates/java"));
        places.add(user.resolve(".jdks"));
        places.add(user.resolve(".gradle/jdks"));
        places.add(user.resolve(".asdf/installs/java"));
        places.add(user.resolve(".local/share/mise/installs/java"));
        String programs = environment.get("ProgramFiles");
        if (programs != null) {
            String[] vendors = {
                "Java", "Eclipse Adoptium", "Microsoft", "Zulu", "Amazon Corretto", "BellSoft", "OpenJDK", "RedHat"
            };
            for (String vendor : vendors) {
                places.add(Paths.get(programs, vendor));
            }
        } else {
            String[] folders = {
                "/usr/lib/jvm",
                "/usr/lib64/jvm",
                "/usr/java",
                "/usr/local/java",
                "/opt",
                "/opt/java",
                "/opt/jdk",
                "/Library/Java/JavaVirtualMachines"
            };
            for (String folder : folders) {
                places.add(Paths.get(folder));
            }
            places.add(user.resolve("Library/Java/JavaVirtualMachines"));
        }
        return places;
    }
}
