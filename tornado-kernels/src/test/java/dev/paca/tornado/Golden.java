package dev.paca.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.model.decoder.Logits;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.json.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** What an independent implementation computed with the small model that is part of the tests. */
final class Golden {
    private static final Path FOLDER = Path.of("../tests/src/test/resources/golden");

    private Golden() {}

    static Json.Obj read() throws IOException {
        return Json.parseObject(Files.readString(FOLDER.resolve("golden.json")));
    }

    static Gguf model() {
        return Gguf.open(FOLDER.resolve("paca-28m-f16.gguf"));
    }

    static float[] floats(String file) throws IOException {
        byte[] bytes = Files.readAllBytes(FOLDER.resolve(file));
        float[] values = new float[bytes.length / 4];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }

    static int[] ids(Json.Obj example, String key) {
        return ((Json.Arr) example.get(key))
                .items().stream().mapToInt(id -> ((Json.Num) id).toInt()).toArray();
    }

    /** @param tolerance of the norm */
    static void assertNear(Logits found, int row, float[] expected, double tolerance) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            error += Math.pow(found.values()[found.offset(row) + i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        assertThat(Math.sqrt(error / norm)).isLessThan(tolerance);
    }
}
