package dev.paca.model.gguf;

import dev.paca.kv.PacaException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;

/**
 * An open GGUF file, version 2 or 3: what it says of its model, and its tensors where they lie in the mapped file.
 * Closing it unmaps the file; tensors must not be touched after that.
 */
public final class Gguf implements AutoCloseable {
    private final String name;
    private final Arena arena;
    private final MemorySegment file;
    private final GgufParser.Contents contents;

    private Gguf(String name, Arena arena, MemorySegment file) {
        this.name = name;
        this.arena = arena;
        this.file = file;
        this.contents = new GgufParser(file, name).parse();
    }

    /**
     * Maps a file and reads its header.
     *
     * @throws PacaException if it cannot be read, is no GGUF file, is damaged, or has a tensor of an unsupported type
     */
    public static Gguf open(Path path) {
        if (Files.isDirectory(path)) {
            throw new PacaException(path + ": this is a directory, expected a GGUF file. Name the file in it.");
        }
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new Gguf(path.toString(), arena, file);
        } catch (IOException e) {
            arena.close();
            throw new PacaException(path + ": " + reason(e), e);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static String reason(IOException failure) {
        return switch (failure) {
            case NoSuchFileException e -> "there is no such file. Check the path.";
            case AccessDeniedException e -> "reading is not permitted. Check the file's permissions.";
            default -> "the file cannot be read (" + failure.getMessage() + "). Check the disk, or get it again.";
        };
    }

    /**
     * Reads a file that is in memory already; closing the result does nothing.
     *
     * @param name the file as messages name it
     */
    public static Gguf of(MemorySegment file, String name) {
        return new Gguf(name, Arena.global(), file);
    }

    /** The file as messages name it. */
    public String name() {
        return name;
    }

    /** Version of the format, 2 or 3. */
    public int version() {
        return contents.version();
    }

    /** Bytes of the file. */
    public long bytes() {
        return file.byteSize();
    }

    /** Tells this file from others: 32 hexadecimal digits, of its size and samples of its bytes. */
    public String fingerprint() {
        return Fingerprint.of(file);
    }

    /** What the file says of its model. */
    public Metadata metadata() {
        return contents.metadata();
    }

    /** The tensors by name, in the file's order. */
    public Map<String, Tensor> tensors() {
        return Collections.unmodifiableMap(contents.tensors());
    }

    @Override
    public void close() {
        if (arena != Arena.global() && arena.scope().isAlive()) {
            arena.close();
        }
    }
}
