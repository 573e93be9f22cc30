package dev.paca.model.gguf;

import dev.paca.kv.PacaException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Writes GGUF files, version 3: metadata in the order of the calls, then tensors. */
public final class GgufWriter {
    private static final int ALIGNMENT = GgufParser.DEFAULT_ALIGNMENT;

    private final ByteArrayOutputStream entries = new ByteArrayOutputStream();
    private final List<Part> tensors = new ArrayList<>();
    private int entryCount;

    private record Part(String name, GgmlType type, long[] shape, Consumer<MemorySegment> fill) {
        long bytes() {
            return type.bytes(new Tensor(name, type, shape, MemorySegment.NULL).elements());
        }
    }

    /** Adds a text. */
    public GgufWriter put(String key, String text) {
        entry(key, ValueType.STRING);
        text(entries, text);
        return this;
    }

    /** Adds an unsigned whole number of 32 bits. */
    public GgufWriter put(String key, int number) {
        entry(key, ValueType.UINT32);
        int32(entries, number);
        return this;
    }

    /** Adds a float. */
    public GgufWriter put(String key, float number) {
        entry(key, ValueType.FLOAT32);
        int32(entries, Float.floatToRawIntBits(number));
        return this;
    }

    /** Adds a truth value. */
    public GgufWriter put(String key, boolean flag) {
        entry(key, ValueType.BOOL);
        entries.write(flag ? 1 : 0);
        return this;
    }

    /** Adds an array of texts. */
    public GgufWriter put(String key, String[] texts) {
        array(key, ValueType.STRING, texts.length);
        for (String text : texts) {
            text(entries, text);
        }
        return this;
    }

    /** Adds an array of signed whole numbers of 32 bits. */
    public GgufWriter put(String key, int[] numbers) {
        array(key, ValueType.INT32, numbers.length);
        for (int number : numbers) {
            int32(entries, number);
        }
        return this;
    }

    /** Adds an array of floats. */
    public GgufWriter put(String key, float[] numbers) {
        array(key, ValueType.FLOAT32, numbers.length);
        for (float number : numbers) {
            int32(entries, Float.floatToRawIntBits(number));
        }
        return this;
    }

    /**
     * Adds a tensor.
     *
     * @param shape in ggml's order, the length of a row first; rows are a multiple of the type's block size
     * @param fill writes the tensor's bytes into the segment that it is given, when the file is written
     */
    public GgufWriter tensor(String name, GgmlType type, long[] shape, Consumer<MemorySegment> fill) {
        if (shape[0] % type.blockSize() != 0) {
            throw new PacaException("Tensor " + name + " of type " + type + " has rows of " + shape[0]
                    + " numbers, expected a multiple of " + type.blockSize() + ". Choose another type or shape.");
        }
        tensors.add(new Part(name, type, shape.clone(), fill));
        return this;
    }

    /** Adds a tensor of these numbers, quantised. */
    public GgufWriter tensor(String name, GgmlType type, long[] shape, float[] numbers) {
        return tensor(name, type, shape, data -> Quantizer.quantize(type, numbers, 0, numbers.length, data, 0));
    }

    /**
     * Writes the file, or overwrites what is there.
     *
     * @throws PacaException if it cannot be written
     */
    public void write(Path path) {
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            byte[] header = header();
            fill(header, channel.map(FileChannel.MapMode.READ_WRITE, 0, size(header), arena));
        } catch (IOException e) {
            throw new PacaException(path + ": the file cannot be written: " + e.getMessage() + ".", e);
        }
    }

    /** The file's bytes, on the heap. */
    public byte[] bytes() {
        byte[] header = header();
        byte[] file = new byte[Math.toIntExact(size(header))];
        fill(header, MemorySegment.ofArray(file));
        return file;
    }

    private byte[] header() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int32(out, GgufParser.MAGIC);
        int32(out, 3);
        int64(out, tensors.size());
        int64(out, entryCount);
        out.writeBytes(entries.toByteArray());
        long offset = 0;
        for (Part tensor : tensors) {
            text(out, tensor.name);
            int32(out, tensor.shape.length);
            for (long size : tensor.shape) {
                int64(out, size);
            }
            int32(out, tensor.type.id());
            int64(out, offset);
            offset += aligned(tensor.bytes());
        }
        return out.toByteArray();
    }

    private long size(byte[] header) {
        return aligned(header.length)
                + tensors.stream().mapToLong(tensor -> aligned(tensor.bytes())).sum();
    }

    private void fill(byte[] header, MemorySegment file) {
        MemorySegment.copy(MemorySegment.ofArray(header), 0, file, 0, header.length);
        long at = aligned(header.length);
        for (Part tensor : tensors) {
            tensor.fill.accept(file.asSlice(at, tensor.bytes()));
            at += aligned(tensor.bytes());
        }
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private void entry(String key, ValueType type) {
        entryCount++;
        text(entries, key);
        int32(entries, type.id());
    }

    private void array(String key, ValueType element, int count) {
        entry(key, ValueType.ARRAY);
        int32(entries, element.id());
        int64(entries, count);
    }

    private static void text(ByteArrayOutputStream out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int64(out, bytes.length);
        out.writeBytes(bytes);
    }

    private static void int32(ByteArrayOutputStream out, int number) {
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(number)
                .array());
    }

    private static void int64(ByteArrayOutputStream out, long number) {
        out.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(number)
                .array());
    }
}
