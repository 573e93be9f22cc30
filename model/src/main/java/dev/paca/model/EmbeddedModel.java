package dev.paca.model;

import dev.paca.kv.PacaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the bundled model as a file, since only files can be mapped. In a jar it is compressed, so it is copied out once,
 * into the user's cache folder, under a name with its checksum; a copy that is damaged is made again.
 */
final class EmbeddedModel {
    private static final String RESOURCE = "paca-28m-q8_0.gguf";

    private EmbeddedModel() {}

    /** A file that can be mapped, and what a user should know of it. */
    record Located(Path file, List<String> notes) {}

    static Located find() {
        URL url = EmbeddedModel.class.getResource(RESOURCE);
        if (url == null) {
            throw new PacaException("The embedded model " + RESOURCE
                    + " is missing from the class path. Get the complete jar, or name a GGUF file with -m.");
        }
        try {
            return url.openConnection() instanceof JarURLConnection jar
                    ? fromJar(jar, folder(System.getenv(), System.getProperty("user.home")))
                    : new Located(Path.of(url.toURI()), List.of());
        } catch (IOException | URISyntaxException | IllegalArgumentException e) {
            throw new PacaException(
                    "The embedded model cannot be read (" + e.getMessage()
                            + "). Get the jar again, or name a GGUF file with -m.",
                    e);
        }
    }

    /** Where the cache is: as the XDG base directory specification says. */
    static Path folder(Map<String, String> environment, String home) {
        String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
        return (cache.isEmpty() ? Path.of(home, ".cache") : Path.of(cache)).resolve("paca");
    }

    private static Located fromJar(JarURLConnection connection, Path folder) throws IOException {
        JarEntry entry = connection.getJarEntry();
        try (InputStream in = connection.getInputStream()) {
            return extract(in, entry.getSize(), entry.getCrc(), folder);
        }
    }

    /**
     * The copy in the folder, made now if there is no sound one; if the folder cannot be written, a temporary file.
     *
     * @param size bytes that it must have
     * @param crc CRC-32 that it must have
     */
    static Located extract(InputStream in, long size, long crc, Path folder) throws IOException {
        Path file = folder.resolve(RESOURCE.replace(".gguf", String.format("-%08x.gguf", crc)));
        if (isSound(file, size, crc)) {
            return new Located(file, List.of());
        }
        Path part = null;
        try {
            Files.createDirectories(folder);
            part = Files.createTempFile(folder, RESOURCE, ".part");
            copy(in, part, crc);
            move(part, file);
            return new Located(file, List.of());
        } catch (IOException e) {
            deleteIfThere(part);
            return temporary(folder, crc, e);
        }
    }

    private static Located temporary(Path folder, long crc, IOException reason) throws IOException {
        Path file = Files.createTempFile("paca-", ".gguf");
        file.toFile().deleteOnExit();
        try (InputStream again = EmbeddedModel.class.getResourceAsStream(RESOURCE)) {
            if (again == null) {
                throw reason;
            }
            copy(again, file, crc);
        }
        return new Located(
                file,
                List.of(
                        "The cache folder " + folder + " cannot be written (" + reason.getMessage()
                                + "), so the embedded model is unpacked at each start; set XDG_CACHE_HOME to a folder that can."));
    }

    private static void copy(InputStream in, Path to, long crc) throws IOException {
        CheckedInputStream checked = new CheckedInputStream(in, new CRC32());
        try (OutputStream out = Files.newOutputStream(to)) {
            checked.transferTo(out);
        }
        if (checked.getChecksum().getValue() != crc) {
            throw new IOException("its checksum is wrong after unpacking");
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static boolean isSound(Path file, long size, long crc) {
        try (FileChannel channel = FileChannel.open(file)) {
            if (channel.size() != size) {
                return false;
            }
            CRC32 sum = new CRC32();
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 18);
            while (channel.read(buffer) >= 0) {
                sum.update(buffer.flip());
                buffer.clear();
            }
            return sum.getValue() == crc;
        } catch (IOException e) {
            return false;
        }
    }

    private static void deleteIfThere(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // It stays behind in a folder made for such files; nothing depends on it.
        }
    }
}
