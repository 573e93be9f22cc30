package dev.paca.bench.random;

import dev.paca.kv.PacaException;
import dev.paca.model.gguf.GgmlType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The random models of a user, kept in the cache folder (as the XDG base directory specification says) so that each is
 * made once.
 *
 * @param folder where they are kept
 */
public record RandomModels(Path folder) {
    /** Files of an earlier form are in another folder, and are not taken for some of this. */
    private static final String FORM = "random-2";

    private static final long OTHER_BYTES = 32L << 20;
    private static final Set<GgmlType> READ_ONLY = EnumSet.of(GgmlType.Q4_K, GgmlType.Q5_K, GgmlType.Q6_K);

    /** Those of the user who runs this. */
    public static RandomModels ofUser() {
        return of(System.getenv(), System.getProperty("user.home", ""), System.getProperty("java.io.tmpdir", ""));
    }

    /** In the cache folder, or where there can be none, in the folder of temporary files. */
    static RandomModels of(Map<String, String> environment, String home, String temporary) {
        String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
        Path folder = (cache.isEmpty() ? Path.of(home, ".cache") : Path.of(cache))
                .resolve("paca")
                .resolve(FORM);
        try {
            Files.createDirectories(folder);
            if (Files.isWritable(folder)) {
                return new RandomModels(folder);
            }
        } catch (IOException e) {
            // The temporary folder is there for this.
        }
        return new RandomModels(Path.of(temporary));
    }

    /**
     * The file of a model, made now if there is none.
     *
     * @param text {@code SHAPE} or {@code SHAPE:TYPE}, such as {@code llama-3.2-1b:q4_0}; Q8_0 where no type is given
     * @param notice receives a sentence for a user where something takes its time
     * @throws PacaException if there is no such shape or type, or memory or disk do not suffice
     */
    public Path file(String text, Consumer<String> notice) {
        int colon = text.indexOf(':');
        Shape shape = Shape.named(colon < 0 ? text : text.substring(0, colon));
        return file(shape, type(colon < 0 ? "q8_0" : text.substring(colon + 1)), notice);
    }

    Path file(Shape shape, GgmlType type, Consumer<String> notice) {
        return file(shape, type, Room.here(folder), notice);
    }

    Path file(Shape shape, GgmlType type, Room room, Consumer<String> notice) {
        String name = shape.name() + ":" + type.name().toLowerCase(Locale.ROOT);
        RandomModel model = new RandomModel(shape, type);
        room.checkMemory(name, model.bytes(), 0);
        Path file = folder.resolve("random-" + name.replace(':', '-') + ".gguf");
        if (!Files.exists(file)) {
            room.checkDisk(name, model.bytes() + OTHER_BYTES, folder);
            notice.accept("Making " + file + " of " + (model.bytes() >> 20) + " MiB.");
            make(model, file);
        }
        return file;
    }

    /** Under another name first, so that a file that was left unfinished is never taken for a model. */
    private void make(RandomModel model, Path file) {
        Path part = null;
        try {
            part = Files.createTempFile(folder, "random-", ".part");
            model.write(part);
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            delete(part);
            throw unwritten(file, e);
        } catch (InternalError e) {
            // What the JVM throws where a mapped file's bytes cannot be had: the disk became full.
            delete(part);
            throw unwritten(file, e);
        } catch (RuntimeException | Error e) {
            delete(part);
            throw e;
        }
    }

    private static PacaException unwritten(Path file, Throwable e) {
        return new PacaException(
                "The random model " + file + " could not be written (" + e.getMessage()
                        + "). Make room on the disk, or set XDG_CACHE_HOME to another folder.",
                e);
    }

    private static void delete(@Nullable Path part) {
        try {
            if (part != null) {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            // It stays in a folder made for such files; nothing depends on it.
        }
    }

    private static GgmlType type(String name) {
        EnumSet<GgmlType> known = EnumSet.complementOf(EnumSet.copyOf(READ_ONLY));
        return known.stream()
                .filter(type -> type.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new PacaException("A random model cannot have weights of type '" + name
                        + "', expected one of "
                        + String.join(
                                ", ",
                                known.stream()
                                        .map(t -> t.name().toLowerCase(Locale.ROOT))
                                        .toList())
                        + "."));
    }

    /** The known shapes, for a help text. */
    public static String shapes() {
        return String.join("|", Shape.KNOWN.stream().map(Shape::name).toList());
    }
}
