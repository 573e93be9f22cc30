package dev.paca.model.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Bytes of tokens in, whole characters out. A character cut by a token's end is held back until its last byte comes;
 * bytes that can be no character become U+FFFD. All that was given out, put together, equals
 * {@code new String(allBytes, UTF_8)}. One thread uses it.
 */
public final class Utf8Stream {
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    /** The first bytes of a character, at most three. */
    private byte[] held = new byte[0];

    /** The characters that these bytes complete, often none. */
    public String append(byte[] bytes) {
        return decode(bytes, false);
    }

    /** What is held back, as U+FFFD, at the end of the text; then begins anew. */
    public String flush() {
        String rest = decode(new byte[0], true);
        decoder.reset();
        return rest;
    }

    /** Whether an unfinished character is held back. */
    public boolean holds() {
        return held.length > 0;
    }

    private String decode(byte[] bytes, boolean last) {
        ByteBuffer in = ByteBuffer.allocate(held.length + bytes.length)
                .put(held)
                .put(bytes)
                .flip();
        CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
        decoder.decode(in, out, last);
        if (last) {
            decoder.flush(out);
        }
        held = new byte[in.remaining()];
        in.get(held);
        return out.flip().toString();
    }
}
