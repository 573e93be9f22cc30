package dev.paca.chat.launcher;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Paths;

/**
 * Interrupts are the program's business: it stops an answer by them. So they must not end the launcher.
 *
 * <p>Reached by reflection: {@code sun.misc.Signal} is in every JVM that we may be started with, but not in the API that
 * Java 8 code is compiled against.
 */
final class Signals {
    private Signals() {}

    /**
     * From now on an interrupt is passed to {@code process}, unless it was typed at a terminal: that one reaches all of a
     * group anyway. Where nobody can tell, the program takes two that come together for one.
     */
    static void passInterrupts(final Process process) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object passing =
                    Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, new InvocationHandler() {
                        @Override
                        public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
                            if (method.getName().equals("handle")) {
                                if (!atTerminal()) {
                                    interrupt(process);
                                }
                                return null;
                            }
                            return method.invoke(process, args);
                        }
                    });
            Object interrupt = signal.getConstructor(String.class).newInstance("INT");
            signal.getMethod("handle", signal, handler).invoke(null, interrupt, passing);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            // Without it an interrupt ends the launcher, and the program with it: not nice, but not wrong.
            return;
        }
    }

    /** Only {@code kill} can send an interrupt; {@code Process} knows how to end, not how to interrupt. */
    private static void interrupt(Process process) {
        try {
            Object pid = Process.class.getMethod("pid").invoke(process);
            new ProcessBuilder("kill", "-INT", String.valueOf(pid)).inheritIO().start();
        } catch (ReflectiveOperationException | IOException e) {
            // Before Java 9, and on Windows: what the terminal sends has to do.
            return;
        }
    }

    private static boolean atTerminal() {
        try {
            String input = Files.readSymbolicLink(Paths.get("/proc/self/fd/0")).toString();
            return input.startsWith("/dev/pts/") || input.startsWith("/dev/tty") || input.equals("/dev/console");
        } catch (IOException e) {
            // Not Linux.
            return System.console() != null;
        }
    }
}
