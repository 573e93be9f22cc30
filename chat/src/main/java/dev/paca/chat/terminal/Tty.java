package dev.paca.chat.terminal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Which standard streams are a terminal. Java tells it only of input and output together; Linux tells it of each, by where
 * the descriptor's link leads. Elsewhere all three count as what Java says.
 *
 * @param in standard input
 * @param out standard output
 * @param err standard error
 */
public record Tty(boolean in, boolean out, boolean err) {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    /** No stream is one. */
    public static final Tty NONE = new Tty(false, false, false);

    public static Tty ofThisProcess() {
        if (Files.isDirectory(DESCRIPTORS)) {
            return new Tty(leadsToTerminal(0), leadsToTerminal(1), leadsToTerminal(2));
        }
        java.io.Console console = System.console();
        boolean all = console != null && console.isTerminal();
        return new Tty(all, all, all);
    }

    private static boolean leadsToTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(DESCRIPTORS.resolve(Integer.toString(descriptor)))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            // A closed descriptor has no link.
            return false;
        }
    }
}
