package dev.paca.chat.command;

import dev.paca.chat.option.ModelFlags;
import dev.paca.chat.option.TextFlags;
import dev.paca.chat.terminal.ColourMode;
import dev.paca.chat.terminal.Console;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Prints a text's token ids as a JSON array. */
@Command(
        name = "tokenize",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Print the token ids of a text as a JSON array.")
public final class Tokenize extends PacaCommand {
    @Mixin(name = "Text")
    private TextFlags text = new TextFlags();

    @Mixin(name = "Model")
    private ModelFlags model = new ModelFlags();

    Tokenize(Function<ColourMode, Console> consoles) {
        super(consoles);
    }

    @Override
    int run(Console console) {
        String read = text.text();
        try (Gguf gguf = model.open()) {
            int[] ids = text.ids(read, Tokenizer.of(gguf.metadata()));
            console.answer(Arrays.toString(ids) + "\n");
        }
        return ExitCode.OK;
    }
}
