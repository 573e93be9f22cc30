package dev.paca.model.gguf;

import dev.paca.kv.PacaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads a file's header from front to back; what reaches beyond the end is a sentence, not a fault. */
final class Cursor {
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final String DAMAGED = " The file is cut off or damaged: get it again.";

    private final MemorySegment file;
    private final String name;
    private long position;

    Cursor(MemorySegment file, String name) {
        this.file = file;
        this.name = name;
    }

    long position() {
        return position;
    }

    long remaining() {
        return file.byteSize() - position;
    }

    byte int8(String what) {
        return file.get(ValueLayout.JAVA_BYTE, skip(1, what));
    }

    int int32(String what) {
        return file.get(INT, skip(4, what));
    }

    long int64(String what) {
        return file.get(LONG, skip(8, what));
    }

    /** An unsigned 64-bit number that must not be above {@code limit}. */
    long count(long limit, String what) {
        long found = int64(what);
        if (found < 0 || found > limit) {
            throw damaged(what + " is " + Long.toUnsignedString(found) + ", expected at most " + limit + ".");
        }
        return found;
    }

    /** A text of at most {@code limit} bytes, its length before it. */
    String string(int limit, String what) {
        int length = (int) count(limit, "the length of " + what);
        byte[] bytes = slice(length, what).toArray(ValueLayout.JAVA_BYTE);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    MemorySegment slice(long bytes, String what) {
        return file.asSlice(skip(bytes, what), bytes);
    }

    /** Steps over {@code bytes} and gives the place where they start. */
    long skip(long bytes, String what) {
        if (bytes > remaining()) {
            throw damaged("the file ends at byte " + file.byteSize() + " within " + what + ", which takes " + bytes
                    + " bytes from byte " + position + ".");
        }
        long start = position;
        position += bytes;
        return start;
    }

    /** A sentence about this file. */
    PacaException refusal(String sentence) {
        return new PacaException(name + ": " + sentence);
    }

    PacaException damaged(String sentence) {
        return refusal(sentence + DAMAGED);
    }
}
