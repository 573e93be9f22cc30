package dev.paca.chat.option;

import dev.paca.kv.PacaException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads text that users hand in; it must be UTF-8, since a guess would change what the model reads. */
public final class TextFile {
    private TextFile() {}

    /** The file's text. {@code -} is standard input. One line feed at the end is not part of the text, as in llama.cpp. */
    public static String read(Path path) {
        if (path.toString().equals("-")) {
            return standardInput();
        }
        if (Files.isDirectory(path)) {
            throw new PacaException(path + ": this is a directory, expected a text file.");
        }
        try {
            return decode(Files.readAllBytes(path), path.toString());
        } catch (NoSuchFileException e) {
            throw new PacaException(path + ": there is no such file. Check the path.", e);
        } catch (AccessDeniedException e) {
            throw new PacaException(path + ": reading is not permitted. Check the file's permissions.", e);
        } catch (OutOfMemoryError e) {
            throw new PacaException(path + ": the file is too large to be read as text.", e);
        } catch (IOException e) {
            throw new PacaException(path + ": the file cannot be read: " + e.getMessage() + ".", e);
        }
    }

    /** All of standard input. */
    public static String standardInput() {
        InputStream in = System.in;
        try {
            return decode(in.readAllBytes(), "standard input");
        } catch (IOException e) {
            throw new PacaException("standard input cannot be read: " + e.getMessage() + ".", e);
        }
    }

    static String decode(byte[] bytes, String name) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(in, out, true);
        if (result.isError()) {
            throw new PacaException(name + ": not UTF-8 text, byte " + in.position() + " is 0x"
                    + String.format("%02X", bytes[in.position()])
                    + ". Convert it, for example with iconv -f latin1 -t utf-8.");
        }
        String text = out.flip().toString();
        if (text.startsWith("\uFEFF")) {
            text = text.substring(1);
        }
        return text.endsWith("\n") ? text.substring(0, text.length() - (text.endsWith("\r\n") ? 2 : 1)) : text;
    }
}
