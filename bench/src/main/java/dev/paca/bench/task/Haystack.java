package dev.paca.bench.task;

import dev.paca.kv.PacaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Prose in which needles are hidden. A seed chooses where it begins; past its end it goes on from its beginning. */
public final class Haystack {
    private final String text;

    private Haystack(String text) {
        this.text = text;
    }

    /** The bundled prose: parts of books of the public domain, about 32,000 tokens. */
    public static Haystack bundled() {
        try (InputStream in = Haystack.class.getResourceAsStream("/dev/paca/bench/prose.txt")) {
            if (in == null) {
                throw new PacaException("The bundled prose is missing from this build of bench. Build it again.");
            }
            return of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All text files of a folder, in the order of their names. */
    public static Haystack folder(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            StringBuilder all = new StringBuilder();
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".txt")).sorted().toList()) {
                all.append(Files.readString(file)).append("\n\n");
            }
            if (all.isEmpty()) {
                throw new PacaException(folder + " holds no .txt file, expected at least one with prose.");
            }
            return of(all.toString());
        } catch (IOException e) {
            throw new PacaException(
                    folder + " could not be read (" + e.getMessage() + "), expected a folder of UTF-8 .txt files.", e);
        }
    }

    static Haystack of(String text) {
        if (text.length() < 1000) {
            throw new PacaException("A haystack needs at least 1000 characters of prose, found " + text.length() + ".");
        }
        return new Haystack(text);
    }

    /** How long a haystack can be before it repeats itself too often to be prose. */
    int longest() {
        return text.length() * 8;
    }

    /** A random place to begin at: after a space. */
    int start(RandomGenerator random) {
        return text.indexOf(' ', random.nextInt(text.length() / 2)) + 1;
    }

    /**
     * {@code chars} characters of prose with the needles in the given order between words.
     *
     * @param start where the prose begins
     * @param depths of the needles, ascending: shares of {@code chars}
     */
    String hide(int start, int chars, List<String> needles, double[] depths) {
        StringBuilder out = new StringBuilder(chars + 64 * needles.size());
        int written = 0;
        for (int i = 0; i <= needles.size(); i++) {
            int until = i < needles.size() ? (int) (depths[i] * chars) : chars;
            until = Math.min(chars, Math.max(written, until));
            written += copy(start + written, until - written, i == needles.size(), out);
            if (i < needles.size()) {
                out.append(' ').append(needles.get(i)).append(' ');
            }
        }
        return out.toString().strip();
    }

    /** {@code chars} characters of prose as it is. A seed chooses where it begins: after a space. */
    public String prose(int chars, long seed) {
        int start = start(new SplittableRandom(seed));
        StringBuilder out = new StringBuilder(chars);
        copy(start, chars, true, out);
        return out.toString();
    }

    /** Appends about {@code length} characters, ending between words unless it is the last part; returns how many. */
    private int copy(int from, int length, boolean last, StringBuilder out) {
        int copied = 0;
        while (copied < length || (!last && copied > 0 && !Character.isWhitespace(at(from + copied)))) {
            out.append(at(from + copied++));
        }
        return copied;
    }

    private char at(int index) {
        return text.charAt(index % text.length());
    }

    /** All orders of a list's elements are equally likely. */
    static <T> T[] shuffled(T[] items, RandomGenerator random) {
        T[] out = Arrays.copyOf(items, items.length);
        for (int i = out.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            T swapped = out[i];
            out[i] = out[j];
            out[j] = swapped;
        }
        return out;
    }
}
