package dev.paca.chat.terminal;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Supplier;

/** Where the program writes: answers to standard output as UTF-8, unbuffered; everything else to standard error. */
public final class Console {
    private static final String DIM = "\033[2m";
    private static final String RED = "\033[31m";
    private static final String PLAIN = "\033[0m";
    private static final String ERASE_LINE_ABOVE = "\033[1A\033[2K\r";

    private final OutputStream out;
    private final PrintStream err;
    private final Tty tty;
    private final boolean coloured;

    public Console(OutputStream out, OutputStream err, Tty tty, boolean coloured) {
        this.out = out;
        this.err = new PrintStream(err, true, StandardCharsets.UTF_8);
        this.tty = tty;
        this.coloured = coloured;
    }

    /** The process's own streams, past {@link System#out}, which hides errors. */
    public static Console ofThisProcess(ColourMode mode, Map<String, String> environment) {
        Tty tty = Tty.ofThisProcess();
        return new Console(
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                tty,
                mode.colours(tty.err(), environment));
    }

    public Tty tty() {
        return tty;
    }

    /**
     * Writes to standard output.
     *
     * @throws OutputClosedException if it takes no more
     */
    public void answer(String text) {
        bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** {@link #answer(String)} with bytes. */
    public void bytes(byte[] bytes) {
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            throw new OutputClosedException(e);
        }
    }

    /** A line on standard error. */
    public void say(String line) {
        err.println(line);
    }

    /** A line on standard error that does not ask for attention. */
    public void aside(String line) {
        err.println(coloured ? DIM + line + PLAIN : line);
    }

    /** A line on standard error that tells what went wrong. */
    public void fail(String line) {
        err.println(coloured ? RED + line + PLAIN : line);
    }

    /** The stack trace behind a failure, for those who asked for it. */
    public void trace(Throwable failure) {
        failure.printStackTrace(err);
    }

    /** A bar on standard error, which is shown only on a terminal. */
    public ProgressBar progress(String label) {
        return new ProgressBar(
                label, tty.err() ? err : new PrintStream(OutputStream.nullOutputStream()), System::nanoTime);
    }

    /** Does something, with a sign on standard error that it goes on, which is shown only on a terminal. */
    public <T> T waiting(String label, Supplier<T> work) {
        Waiting sign = new Waiting(label, tty.err() ? err : new PrintStream(OutputStream.nullOutputStream()));
        try {
            return work.get();
        } finally {
            sign.close();
        }
    }

    /**
     * Takes back the line that a JVM with an incubating module writes before anything else; nothing can make it silent.
     * Only on a terminal.
     */
    public void eraseJvmWarning() {
        if (tty.err() && coloured) {
            err.print(ERASE_LINE_ABOVE);
            err.flush();
        }
    }
}
