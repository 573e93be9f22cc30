package dev.paca.chat.launcher;

import java.io.IOException;
import java.util.List;

/** The program in its own JVM, on our standard streams. */
final class Child {
    /**
     * Tells the program that its parent is a launcher, whose end is its own, and the encoding of the launcher's arguments.
     * Not on the command line, which users may copy.
     */
    static final String LAUNCHED = "PACA_LAUNCHED";

    private static final String UTF_8 = "UTF-8";

    private Child() {}

    /** Runs it, passing signals on, and returns its exit code. */
    static int run(List<String> line) throws LaunchException {
        ProcessBuilder builder = new ProcessBuilder(line).inheritIO();
        String encoding = System.getProperty("sun.jnu.encoding", UTF_8);
        builder.environment().put(LAUNCHED, encoding);
        if (encoding.startsWith("ANSI_X3.4")) {
            // The locale is not set, as in most containers, and Java could not open a file with ü in its name.
            builder.environment().put("LC_ALL", "C.UTF-8");
        }
        final Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new LaunchException("Java could not be started (" + e.getMessage() + "): set " + JdkSearch.CHOICE
                    + " to the folder of another JDK " + Jdk.OLDEST + " or newer.");
        }
        Signals.passInterrupts(process);
        Thread ending = new Thread("end of the program") {
            @Override
            public void run() {
                process.destroy();
                await(process);
            }
        };
        Runtime.getRuntime().addShutdownHook(ending);
        int code = await(process);
        try {
            Runtime.getRuntime().removeShutdownHook(ending);
        } catch (IllegalStateException e) {
            // We are ending already, by a signal; its own code is the one that counts.
        }
        return code;
    }

    private static int await(Process process) {
        while (true) {
            try {
                return process.waitFor();
            } catch (InterruptedException e) {
                // Nobody of ours interrupts; whoever does cannot end the program with it.
            }
        }
    }
}
