package dev.paca.model.sampling;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Text out of the bytes of tokens. A code point is held back until its bytes are complete, and what may be the beginning
 * of a stop string until that is decided, so that what was given is never taken back.
 */
public final class TextStream {
    private final List<String> stops;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private final StringBuilder held = new StringBuilder();
    private ByteBuffer bytes = ByteBuffer.allocate(64);
    private CharBuffer chars = CharBuffer.allocate(64);
    private @Nullable String stop;

    /** @param stops strings that end the text and are no part of it; none is empty */
    public TextStream(List<String> stops) {
        this.stops = List.copyOf(stops);
    }

    /** Takes a token's bytes and gives the text that is now decided; often empty. After a stop string, always empty. */
    public String accept(byte[] token) {
        if (stop != null) {
            return "";
        }
        decode(token, false);
        return release(held.length() - undecided());
    }

    /** The end of the tokens: gives what was held back. Bytes of a code point that never came become U+FFFD. */
    public String finish() {
        if (stop != null) {
            return "";
        }
        decode(new byte[0], true);
        return release(held.length());
    }

    /** The stop string that was found, if one was. */
    public @Nullable String stop() {
        return stop;
    }

    private void decode(byte[] token, boolean end) {
        if (bytes.remaining() < token.length) {
            ByteBuffer larger = ByteBuffer.allocate(2 * (bytes.position() + token.length));
            bytes = larger.put(bytes.flip());
        }
        bytes.put(token).flip();
        if (chars.capacity() < bytes.remaining() + 1) {
            chars = CharBuffer.allocate(2 * bytes.capacity());
        }
        chars.clear();
        utf8.decode(bytes, chars, end);
        bytes.compact();
        if (end) {
            utf8.flush(chars);
        }
        held.append(chars.flip());
        cutAtStop();
    }

    private void cutAtStop() {
        int first = held.length();
        for (String candidate : stops) {
            int at = held.indexOf(candidate);
            if (at >= 0 && at < first) {
                first = at;
                stop = candidate;
            }
        }
        held.setLength(first);
    }

    /** Length of the longest end of what is held with which a stop string may begin. */
    private int undecided() {
        int longest = 0;
        if (stop == null) {
            for (String candidate : stops) {
                for (int n = Math.min(candidate.length() - 1, held.length()); n > longest; n--) {
                    if (candidate.startsWith(held.substring(held.length() - n))) {
                        longest = n;
                    }
                }
            }
        }
        return longest;
    }

    private String release(int length) {
        String text = held.substring(0, length);
        held.delete(0, length);
        return text;
    }
}
