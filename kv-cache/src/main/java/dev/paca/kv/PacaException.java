package dev.paca.kv;

/**
 * What went wrong, told to a user: the message is one sentence or two that name the subject, what was found, what was
 * expected, and the remedy. Programs at the edge print the message and no stack trace.
 */
public class PacaException extends RuntimeException {
    public PacaException(String message) {
        super(message);
    }

    public PacaException(String message, Throwable cause) {
        super(message, cause);
    }
}
