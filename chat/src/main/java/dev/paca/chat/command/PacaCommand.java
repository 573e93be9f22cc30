package dev.paca.chat.command;

import dev.paca.chat.option.DisplayFlags;
import dev.paca.chat.terminal.ColourMode;
import dev.paca.chat.terminal.Console;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Mixin;

/** What all commands have. */
public abstract class PacaCommand implements Callable<Integer> {
    private final Function<ColourMode, Console> consoles;

    @Mixin(name = "Display")
    private DisplayFlags display = new DisplayFlags();

    PacaCommand(Function<ColourMode, Console> consoles) {
        this.consoles = consoles;
    }

    /** Where to write, by the flags that were given. */
    public final Console console() {
        return consoles.apply(display.colour());
    }

    /** Whether the user wants to see more. */
    public final boolean verbose() {
        return display.verbose();
    }

    @Override
    public final Integer call() {
        return run(console());
    }

    /** Does it, and returns the exit code. */
    abstract int run(Console console);
}
