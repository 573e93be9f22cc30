package dev.paca.model.template;

import java.util.Locale;

/** Who speaks in a conversation. */
public enum Role {
    SYSTEM,
    USER,
    ASSISTANT,
    TOOL;

    /** The name that templates know. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
