package dev.paca.model.gguf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.Objects;

/** 2048 numbers, as ggml quantised them to each type and as it dequantised them again. */
final class Quants {
    static final int COUNT = 2048;

    private Quants() {}

    /** What ggml was given. */
    static float[] input() {
        return floats("input.f32");
    }

    /** What ggml stored; of F32, which needs no quantising, the input. */
    static MemorySegment stored(GgmlType type) {
        return type == GgmlType.F32 ? read("input.f32") : read(name(type) + ".bin");
    }

    /** What ggml reads in what it stored. */
    static float[] dequantized(GgmlType type) {
        return type == GgmlType.F32 ? input() : floats(name(type) + ".f32");
    }

    private static String name(GgmlType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    private static float[] floats(String file) {
        MemorySegment bytes = read(file);
        float[] floats = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            floats[i] = bytes.get(Cursor.FLOAT, 4L * i);
        }
        return floats;
    }

    private static MemorySegment read(String file) {
        try (InputStream in = Objects.requireNonNull(Quants.class.getResourceAsStream("/quants/" + file), file)) {
            return MemorySegment.ofArray(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
