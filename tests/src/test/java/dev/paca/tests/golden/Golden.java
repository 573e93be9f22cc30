package dev.paca.tests.golden;

import dev.paca.model.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** What an independent implementation, in float32, computed with Paca 28M. */
final class Golden {
    private static final String FOLDER = "/golden/";

    private Golden() {}

    /** The logits after the last of some tokens. */
    record LogitsCase(String name, int[] ids, float[] logits) {
        @Override
        public String toString() {
            return name + ", " + ids.length + " tokens";
        }
    }

    /** The greedy answer to a prompt, up to and with the stop token, and the logits of its first token. */
    record GenerateCase(
            String name, String prompt, int[] ids, String expected, int[] greedy, String text, float[] firstLogits) {
        @Override
        public String toString() {
            return name + ", " + ids.length + " tokens";
        }
    }

    static List<LogitsCase> logits() {
        return cases("logits").stream()
                .map(c -> new LogitsCase(text(c, "name"), ids(c, "ids"), floats(text(c, "file"))))
                .toList();
    }

    static List<GenerateCase> generate() {
        return cases("generate").stream()
                .map(c -> new GenerateCase(
                        text(c, "name"),
                        text(c, "prompt"),
                        ids(c, "ids"),
                        text(c, "expected"),
                        ids(c, "greedy"),
                        text(c, "text"),
                        floats(text(c, "firstLogits"))))
                .toList();
    }

    /** Paca 28M with weights in F16, the file that the results are for. */
    static Path f16Model(Path folder) {
        return copy(FOLDER + "paca-28m-f16.gguf", folder);
    }

    /** Paca 28M with weights in Q8_0, the file that is shipped. */
    static Path q8Model(Path folder) {
        return copy("/dev/paca/model/paca-28m-q8_0.gguf", folder);
    }

    private static List<Json.Obj> cases(String kind) {
        Json.Obj golden = Json.parseObject(new String(read(FOLDER + "golden.json"), StandardCharsets.UTF_8));
        return items(golden, kind).stream().map(Json.Obj.class::cast).toList();
    }

    private static List<Json> items(Json.Obj object, String name) {
        return ((Json.Arr) Objects.requireNonNull(object.get(name), name)).items();
    }

    private static String text(Json.Obj object, String name) {
        return ((Json.Str) Objects.requireNonNull(object.get(name), name)).value();
    }

    private static int[] ids(Json.Obj object, String name) {
        return items(object, name).stream()
                .mapToInt(id -> ((Json.Num) id).toInt())
                .toArray();
    }

    private static float[] floats(String file) {
        byte[] bytes = read(FOLDER + file);
        float[] floats = new float[bytes.length / 4];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
        return floats;
    }

    private static byte[] read(String resource) {
        try (InputStream in = open(resource)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path copy(String resource, Path folder) {
        Path file = folder.resolve(resource.substring(resource.lastIndexOf('/') + 1));
        try (InputStream in = open(resource)) {
            Files.copy(in, file);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream open(String resource) {
        return Objects.requireNonNull(Golden.class.getResourceAsStream(resource), resource);
    }
}
