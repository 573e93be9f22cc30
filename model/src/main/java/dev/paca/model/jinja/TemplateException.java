package dev.paca.model.jinja;

import dev.paca.kv.PacaException;

/** A template that cannot be read, or that failed on what it was given. */
public final class TemplateException extends PacaException {
    public TemplateException(String message) {
        super(message);
    }
}
