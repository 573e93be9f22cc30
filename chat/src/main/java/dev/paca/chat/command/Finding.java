package dev.paca.chat.command;

import java.util.Optional;

/**
 * What the doctor found.
 *
 * @param subject what was looked at
 * @param text how it is
 * @param step what would make it better, if anything
 */
record Finding(String subject, String text, Optional<String> step) {
    static Finding fine(String subject, String text) {
        return new Finding(subject, text, Optional.empty());
    }

    static Finding better(String subject, String text, String step) {
        return new Finding(subject, text, Optional.of(step));
    }
}
