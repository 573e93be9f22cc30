package dev.paca.model.tokenizer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * GPT-2's way to write any byte as a visible character, so that a vocabulary of bytes can be kept as strings: bytes that
 * Latin-1 prints stand for themselves, the others are U+0100 and up, in order. A space is thus Ġ and a line feed Ċ.
 */
final class ByteAlphabet {
    private final char[] characters = new char[256];
    private final int[] bytes = new int[512];

    ByteAlphabet() {
        Arrays.fill(bytes, -1);
        char next = 256;
        for (int b = 0; b < 256; b++) {
            boolean printed = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
            characters[b] = printed ? (char) b : next++;
            bytes[characters[b]] = b;
        }
    }

    /** The character that stands for a byte, 0 to 255. */
    char character(int b) {
        return characters[b];
    }

    /** The bytes that a token's text stands for, or null where a character stands for none. */
    byte @Nullable [] bytes(String text) {
        byte[] out = new byte[text.length()];
        for (int i = 0; i < out.length; i++) {
            char c = text.charAt(i);
            if (c >= bytes.length || bytes[c] < 0) {
                return null;
            }
            out[i] = (byte) bytes[c];
        }
        return out;
    }
}
