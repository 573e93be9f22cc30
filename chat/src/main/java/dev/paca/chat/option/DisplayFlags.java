package dev.paca.chat.option;

import dev.paca.chat.terminal.ColourMode;
import picocli.CommandLine.Option;

/** What is shown beside the answer. */
public final class DisplayFlags {
    @Option(
            names = {"-co", "--color"},
            paramLabel = "on|off|auto",
            defaultValue = "auto",
            description = "colours on standard error; auto: on a terminal without NO_COLOR (default: auto)")
    private ColourMode colour = ColourMode.AUTO;

    @Option(
            names = {"-v", "--verbose"},
            description = "tell more, with stack traces of failures")
    private boolean verbose;

    public ColourMode colour() {
        return colour;
    }

    public boolean verbose() {
        return verbose;
    }
}
