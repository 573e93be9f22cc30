package dev.paca.chat.launcher;

import java.lang.reflect.InvocationTargetException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The jar's main class. The program needs Java 25, a module that {@code java -jar} does not load, and for devices other than
 * the CPU the options of TornadoVM's SDK: where the running JVM has all that is asked for, the program starts in it;
 * otherwise in a JVM that is found and given what is needed.
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
        Request request = Request.of(arguments, System.getenv());
        if (!show && suitsHere(request)) {
            start(args);
            return;
        }
        try {
            Jdk jdk = JdkSearch.ofThisMachine().find();
            List<String> device = TornadoSdk.options(request, System.getenv(TornadoSdk.HOME), jdk);
            List<String> line = JavaLine.of(jdk, device, jar(), System.getenv(OPTIONS), arguments);
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

    /** Who starts a JVM with the module by hand, and asks for no device, is not given another. */
    private static boolean suitsHere(Request request) {
        return Jdk.feature(System.getProperty("java.version")) >= Jdk.OLDEST
                && exists("jdk.incubator.vector.Vector")
                && (request.need() != Request.Need.DEVICE || exists("uk.ac.manchester.tornado.api.TaskGraph"));
    }

    private static boolean exists(String type) {
        try {
            Class.forName(type, false, ClassLoader.getSystemClassLoader());
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
