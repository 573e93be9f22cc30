package dev.paca.chat.terminal;

import dev.paca.kv.PacaException;
import java.io.IOException;

/** Whoever read our output reads no more, or the disk is full: there is no point in going on. */
public final class OutputClosedException extends PacaException {
    OutputClosedException(IOException cause) {
        super("Standard output takes no more (" + cause.getMessage() + "), stopped.", cause);
    }
}
