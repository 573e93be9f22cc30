package dev.paca.chat.option;

import dev.paca.model.tokenizer.Tokenizer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tokens, given as a text or as ids. */
public final class TokenFlags {
    @Mixin
    private TextFlags text = new TextFlags();

    @Option(
            names = "--ids",
            paramLabel = "N,N,...",
            description = "token ids, as tokenize prints them, in place of a text")
    private @Nullable String ids;

    /** The ids, exactly as given or those of the text. */
    public int[] ids(Tokenizer tokenizer) {
        String list = ids;
        if (list == null) {
            return text.ids(text.text(), tokenizer);
        }
        if (text.given()) {
            throw new UsageException("--ids and a text both give the tokens: leave one out.");
        }
        String inside = list.strip();
        if (inside.startsWith("[") && inside.endsWith("]")) {
            inside = inside.substring(1, inside.length() - 1);
        }
        try {
            return Arrays.stream(inside.strip().split("[\\s,]+"))
                    .mapToInt(Integer::parseInt)
                    .toArray();
        } catch (NumberFormatException e) {
            throw new UsageException("--ids is '" + (list.length() > 40 ? list.substring(0, 40) + "…" : list)
                    + "': give whole numbers with commas between, such as 0,44,470.");
        }
    }
}
