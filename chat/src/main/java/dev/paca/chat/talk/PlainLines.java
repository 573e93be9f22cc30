package dev.paca.chat.talk;

import dev.paca.kv.PacaException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Lines from a pipe or a file, without a prompt. */
final class PlainLines implements LineSource {
    private final BufferedReader in;

    PlainLines(InputStream in) {
        this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
    }

    @Override
    public @Nullable String next() {
        try {
            String line = in.readLine();
            while (line != null && Line.isOpen(line)) {
                String more = in.readLine();
                if (more == null) {
                    return line;
                }
                line += "\n" + more;
            }
            return line;
        } catch (CharacterCodingException e) {
            throw new PacaException(
                    "Standard input is not UTF-8 text. Convert it, for example with iconv -f latin1 -t utf-8.", e);
        } catch (IOException e) {
            throw new PacaException("Standard input cannot be read: " + e.getMessage() + ".", e);
        }
    }

    @Override
    public void close() {
        // Standard input is not ours to close.
    }
}
