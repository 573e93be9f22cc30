package dev.paca.chat.terminal;

import java.util.Map;

/** When standard error is coloured: llama.cpp's {@code -co}. */
public enum ColourMode {
    ON,
    OFF,
    AUTO;

    /** {@code AUTO} colours terminals that understand it, unless {@code NO_COLOR} is set to something (no-color.org). */
    boolean colours(boolean terminal, Map<String, String> environment) {
        return switch (this) {
            case ON -> true;
            case OFF -> false;
            case AUTO ->
                terminal
                        && environment.getOrDefault("NO_COLOR", "").isEmpty()
                        && !environment.getOrDefault("TERM", "").equals("dumb");
        };
    }
}
