package dev.paca.chat.command;

/** What the program ends with. */
public final class ExitCode {
    public static final int OK = 0;

    /** What was asked could not be done. */
    public static final int FAILURE = 1;

    /** What was asked makes no sense. */
    public static final int USAGE = 2;

    /** Stopped by an interrupt: 128 and the signal's number, as shells have it. */
    public static final int INTERRUPTED = 130;

    private ExitCode() {}
}
