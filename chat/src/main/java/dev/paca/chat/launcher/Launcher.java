package dev.paca.chat.launcher;

import java.lang.reflect.InvocationTargetException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The jar's main class. The program needs Java 25 and a module that {@code java -jar} does not load: where the running JVM
 * has both, the program starts in it; otherwise in a JVM that is found and given what is needed.
 */
public final class Launcher {
    /** Prints the command line instead of running it. */
    static final String SHOW = "--show-command";

    /** The user's own JVM options. */
    static final String OPTIONS = "PACA_JAVA_OPTIONS";

    private Launcher() {}

    public static void main(String[] args) throws Throwable {
        List<String> arguments = new ArrayList<>(Arrays.asList(args));
        boolean show = arguments.remove(SHOW);
        if (!show && suitsHere()) {
            start(args);
            return;
        }
        try {
            Jdk jdk = JdkSearch.ofThisMachine().find();
            List<String> line = JavaLine.of(jdk, jar(), System.getenv(OPTIONS), arguments);
            if (show) {
                System.out.println(JavaLine.quoted(line));
            } else {
                System.exit(Child.run(line));
            }
        } catch (LaunchException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    private static boolean suitsHere() {
        if (Jdk.feature(System.getProperty("java.version")) < Jdk.OLDEST) {
            return false;
        }
        try {
            Class.forName("jdk.incubator.vector.Vector", false, ClassLoader.getSystemClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    private static void start(String[] args) throws Throwable {
        try {
            Class.forName(JavaLine.MAIN).getMethod("main", String[].class).invoke(null, (Object) args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static Path jar() throws LaunchException {
        try {
            return Paths.get(Launcher.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new LaunchException("The jar's own place is not a path that Java understands (" + e.getInput()
                    + "): move it to another folder.");
        }
    }
}
