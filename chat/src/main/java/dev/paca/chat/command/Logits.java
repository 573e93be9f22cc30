package dev.paca.chat.command;

import dev.paca.chat.option.KvFlags;
import dev.paca.chat.option.LoadFlags;
import dev.paca.chat.option.ModelFlags;
import dev.paca.chat.option.TokenFlags;
import dev.paca.chat.terminal.ColourMode;
import dev.paca.chat.terminal.Console;
import dev.paca.model.Model;
import dev.paca.model.engine.Session;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints the logits after the last token. */
@Command(
        name = "logits",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Print the logits after the last token, as a JSON array or as bytes.")
public final class Logits extends PacaCommand {
    @Mixin(name = "Tokens")
    private TokenFlags tokens = new TokenFlags();

    @Mixin(name = "Model")
    private ModelFlags model = new ModelFlags();

    @Mixin(name = "KV cache")
    private KvFlags cache = new KvFlags();

    @Mixin(name = "Machine")
    private LoadFlags load = new LoadFlags();

    @Option(names = "--raw", description = "32-bit floats, little-endian, in place of JSON")
    private boolean raw;

    Logits(Function<ColourMode, Console> consoles) {
        super(consoles);
    }

    @Override
    int run(Console console) {
        try (Model loaded = model.load(load.options(cache));
                Session session = loaded.session()) {
            float[] logits = session.logits(tokens.ids(loaded.tokenizer()));
            if (raw) {
                ByteBuffer bytes = ByteBuffer.allocate(4 * logits.length).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(logits);
                console.bytes(bytes.array());
            } else {
                console.answer(json(logits));
            }
        }
        return ExitCode.OK;
    }

    private static String json(float[] logits) {
        StringBuilder s = new StringBuilder("[");
        for (float logit : logits) {
            // JSON has no word for what is no number.
            s.append(s.length() > 1 ? ", " : "").append(Float.isFinite(logit) ? Float.toString(logit) : "null");
        }
        return s.append("]\n").toString();
    }
}
