package dev.paca.chat.command;

import dev.paca.chat.option.UsageException;
import dev.paca.chat.terminal.Console;
import dev.paca.kv.PacaException;

/** Tells a failure in a sentence, and which exit code it is. */
final class Failures {
    private Failures() {}

    static int tell(Throwable failure, Console console, boolean verbose) {
        console.fail(sentence(failure));
        if (verbose) {
            console.trace(failure);
        }
        return failure instanceof UsageException ? ExitCode.USAGE : ExitCode.FAILURE;
    }

    static String sentence(Throwable failure) {
        return switch (failure) {
            case PacaException e -> e.getMessage();
            case OutOfMemoryError e ->
                "Java's heap of " + (Runtime.getRuntime().maxMemory() >> 20)
                        + " MB is too small for this: shorten the input, or set PACA_JAVA_OPTIONS=-Xmx4g (or more).";
            case StackOverflowError e ->
                "Something is nested too deeply: simplify the chat template or the input, or set PACA_JAVA_OPTIONS=-Xss16m.";
            default -> "This is a fault in Paca itself, " + failure + ": please report it with what --verbose shows.";
        };
    }
}
