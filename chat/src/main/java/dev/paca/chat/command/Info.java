package dev.paca.chat.command;

import dev.paca.chat.option.ModelFlags;
import dev.paca.chat.terminal.ColourMode;
import dev.paca.chat.terminal.Console;
import dev.paca.model.gguf.Gguf;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tells what is in a GGUF file. */
@Command(
        name = "info",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Tell what is in a GGUF file.")
public final class Info extends PacaCommand {
    @Mixin(name = "Model")
    private ModelFlags model = new ModelFlags();

    @Option(names = "--full", description = "show texts and arrays whole")
    private boolean full;

    Info(Function<ColourMode, Console> consoles) {
        super(consoles);
    }

    @Override
    int run(Console console) {
        try (Gguf gguf = model.open()) {
            console.answer(new GgufText(gguf, full).text());
        }
        return ExitCode.OK;
    }
}
