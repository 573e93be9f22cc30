package dev.paca.chat.option;

import dev.paca.kv.PacaException;

/** The command line itself is wrong: exit code 2. */
public final class UsageException extends PacaException {
    public UsageException(String message) {
        super(message);
    }
}
