package dev.paca.model.gguf;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** A file put together byte by byte, so that it can be wrong. */
final class GgufBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    GgufBytes header(int version, long tensors, long entries) {
        return i32(GgufParser.MAGIC).i32(version).i64(tensors).i64(entries);
    }

    /** The beginning of a metadata entry: its key and the number of its type. */
    GgufBytes key(String key, int type) {
        return text(key).i32(type);
    }

    /** A tensor's entry. */
    GgufBytes tensor(String name, int type, long offset, long... shape) {
        text(name).i32(shape.length);
        for (long size : shape) {
            i64(size);
        }
        return i32(type).i64(offset);
    }

    GgufBytes text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        i64(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    GgufBytes i8(int number) {
        out.write(number);
        return this;
    }

    GgufBytes i32(int number) {
        return i8(number).i8(number >> 8).i8(number >> 16).i8(number >> 24);
    }

    GgufBytes i64(long number) {
        return i32((int) number).i32((int) (number >> 32));
    }

    GgufBytes zeros(int count) {
        out.writeBytes(new byte[count]);
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    Gguf gguf() {
        return Gguf.of(MemorySegment.ofArray(bytes()), "m.gguf");
    }
}
