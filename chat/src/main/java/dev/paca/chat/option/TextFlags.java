package dev.paca.chat.option;

import dev.paca.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A text that is to become tokens as it stands, without a chat template; flags as those of llama-tokenize. */
public final class TextFlags {
    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "the text (default: standard input)")
    private @Nullable String prompt;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "the text from a file")
    private @Nullable Path file;

    @Option(names = "--no-bos", description = "no beginning-of-sequence token, also where the model wants one")
    private boolean noBos;

    @Option(names = "--no-parse-special", description = "special tokens in the text are text")
    private boolean noSpecial;

    /** The text, exactly as given. */
    public String text() {
        if (prompt != null && file != null) {
            throw new UsageException("--prompt and --file both give the text: leave one out.");
        }
        return prompt != null ? prompt : file != null ? TextFile.read(file) : TextFile.standardInput();
    }

    /** Whether a text was given at all. */
    public boolean given() {
        return prompt != null || file != null;
    }

    /** Its tokens. */
    public int[] ids(String text, Tokenizer tokenizer) {
        int[] ids = tokenizer.encode(text, !noSpecial);
        return noBos || !tokenizer.addsBos()
                ? ids
                : IntStream.concat(tokenizer.bos().stream(), IntStream.of(ids)).toArray();
    }
}
