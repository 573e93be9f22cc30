package dev.paca.bench.result;

import dev.paca.kv.PacaException;
import dev.paca.model.json.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A file of results, one JSON object a line: {@code kind} (the benchmark), {@code version}, {@code command},
 * {@code machine}, {@code jvm}, {@code commit}, and what was measured. Each is written as soon as it is measured, so that
 * a run that is stopped has lost nothing but the measurement under way.
 */
public final class ResultFile implements AutoCloseable {
    /** The form that this build writes and reads. */
    public static final int VERSION = 1;

    private final Path file;
    private final FileChannel channel;
    private final List<Json.Obj> results;
    private int added;

    private ResultFile(Path file, FileChannel channel, List<Json.Obj> results) {
        this.file = file;
        this.channel = channel;
        this.results = results;
    }

    /**
     * Opens a file to add to, new or with results of earlier runs. A last line that was cut off goes.
     *
     * @param notice receives a sentence for a user where something was left out
     * @throws PacaException if the file is no file of results, or one of another version, or cannot be written
     */
    public static ResultFile open(Path file, Consumer<String> notice) {
        try {
            Lines lines = Files.isRegularFile(file) ? Lines.of(file, notice) : new Lines(List.of(), 0);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (Files.isRegularFile(file)) {
                channel.truncate(lines.bytes());
                channel.position(lines.bytes());
            }
            return new ResultFile(file, channel, lines.results());
        } catch (IOException e) {
            throw new PacaException(
                    file + " cannot be written (" + said(e) + "). Choose another file for the results.", e);
        }
    }

    /**
     * The results of a file, in order.
     *
     * @param notice receives a sentence for a user where a last line was cut off, and is left out
     * @throws PacaException if the file is no file of results, or one of another version, or cannot be read
     */
    public static List<Json.Obj> read(Path file, Consumer<String> notice) {
        try {
            return Lines.of(file, notice).results();
        } catch (IOException e) {
            throw new PacaException(
                    file + " cannot be read (" + said(e) + "), expected results that a benchmark has written.", e);
        }
    }

    /**
     * A result, as {@link #add} writes it.
     *
     * @param kind the benchmark's name
     * @param data what was measured; shares no name with what comes before it
     */
    public static Json.Obj result(String kind, Origin origin, Map<String, Json> data) {
        Map<String, Json> members = new LinkedHashMap<>();
        members.put("kind", Json.of(kind));
        members.put("version", Json.of(VERSION));
        members.putAll(origin.members());
        members.putAll(data);
        return new Json.Obj(members);
    }

    /** What the file held when it was opened. */
    public List<Json.Obj> results() {
        return results;
    }

    /**
     * Appends a result.
     *
     * @param kind the benchmark's name
     * @param data what was measured; shares no name with what comes before it
     * @return the result as it was written
     * @throws PacaException if it could not be written; the file then holds what it held before
     */
    public Json.Obj add(String kind, Origin origin, Map<String, Json> data) {
        Json.Obj result = result(kind, origin, data);
        ByteBuffer line = ByteBuffer.wrap((result + "\n").getBytes(StandardCharsets.UTF_8));
        try {
            long before = channel.position();
            try {
                while (line.hasRemaining()) {
                    channel.write(line);
                }
            } catch (IOException e) {
                channel.truncate(before);
                throw e;
            }
        } catch (IOException e) {
            throw new PacaException(
                    "A result could not be written to " + file + " (" + said(e) + "). The " + (results.size() + added)
                            + " before it are kept: make room, and run the same command again to go on.",
                    e);
        }
        added++;
        return result;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new PacaException(file + " could not be closed (" + said(e) + "): its last results may be lost.", e);
        }
    }

    private static String said(IOException e) {
        return e.getMessage() == null
                ? e.getClass().getSimpleName()
                : e.getClass().getSimpleName() + ": " + e.getMessage();
    }

    /**
     * Whole lines of a file.
     *
     * @param bytes bytes that they take
     */
    private record Lines(List<Json.Obj> results, long bytes) {
        static Lines of(Path file, Consumer<String> notice) throws IOException {
            String text = Files.readString(file);
            List<Json.Obj> results = new ArrayList<>();
            int from = 0;
            int number = 1;
            for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
                String line = text.substring(from, end);
                if (!line.isBlank()) {
                    results.add(result(file, number, line));
                }
                from = end + 1;
                number++;
            }
            if (from < text.length()) {
                notice.accept(file + " ends within line " + number
                        + ": that result was cut off, and is left out. All before it are kept.");
            }
            return new Lines(results, text.substring(0, from).getBytes(StandardCharsets.UTF_8).length);
        }

        private static Json.Obj result(Path file, int number, String line) {
            Json.Obj result;
            try {
                result = Json.parseObject(line);
            } catch (PacaException e) {
                throw new PacaException(
                        file + " line " + number + " is not a result: " + e.getMessage()
                                + " Expected one JSON object a line. Choose another file, or take that line out.",
                        e);
            }
            if (!(result.get("kind") instanceof Json.Str) || !(result.get("version") instanceof Json.Num version)) {
                throw new PacaException(file + " line " + number + " is not a result: it has no kind and version."
                        + " Choose another file, or take that line out.");
            }
            if (version.toDouble() != VERSION) {
                throw new PacaException(file + " line " + number + " is a result of version " + version
                        + ", and this build reads and writes version " + VERSION
                        + ". Choose another file, or use the build that wrote it.");
            }
            return result;
        }
    }
}
