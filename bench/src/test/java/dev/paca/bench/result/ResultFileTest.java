package dev.paca.bench.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.paca.kv.PacaException;
import dev.paca.model.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultFileTest {
    private static final Origin ORIGIN = new Origin("speed -p 8", "a machine, 2 cores", "a JVM", "abc");

    @TempDir
    Path folder;

    private final List<String> notices = new ArrayList<>();

    @Test
    void keepsWhatWasMeasuredAndGoesOn() {
        Path file = folder.resolve("results.jsonl");
        add(file, 1);
        add(file, 2);
        assertThat(ResultFile.read(file, notices::add))
                .extracting(Json.Obj::toString)
                .containsExactly(line(1), line(2));
        assertThat(notices).isEmpty();
    }

    @Test
    void leavesOutALineThatWasCutOffAndGoesOnBehindTheLastWholeOne() throws IOException {
        Path file = folder.resolve("results.jsonl");
        add(file, 1);
        Files.writeString(file, line(2).substring(0, 30), StandardOpenOption.APPEND);
        assertThat(ResultFile.read(file, notices::add)).hasSize(1);
        assertThat(notices).singleElement().asString().contains("ends within line 2", "left out");
        add(file, 3);
        assertThat(Files.readString(file)).isEqualTo(line(1) + "\n" + line(3) + "\n");
    }

    @Test
    void refusesAnotherVersionAndWhatIsNoResult() throws IOException {
        Path file = folder.resolve("results.jsonl");
        String newer = line(1).replace("\"version\":1", "\"version\":2") + "\n";
        Files.writeString(file, newer);
        assertThatThrownBy(() -> ResultFile.open(file, notices::add))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("line 1 is a result of version 2, and this build reads and writes version 1");
        assertThat(Files.readString(file)).isEqualTo(newer);
        Files.writeString(file, line(1) + "\nnothing\n");
        assertThatThrownBy(() -> ResultFile.read(file, notices::add)).hasMessageContaining("line 2 is not a result");
        Files.writeString(file, "{\"kind\":\"speed\"}\n");
        assertThatThrownBy(() -> ResultFile.read(file, notices::add)).hasMessageContaining("no kind and version");
        assertThatThrownBy(() -> ResultFile.read(folder.resolve("none"), notices::add))
                .hasMessageContaining("none cannot be read");
    }

    @Test
    void saysThatTheDiskIsFull() {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "This system has no /dev/full: a full disk was not tried.");
        try (ResultFile results = ResultFile.open(full, notices::add)) {
            assertThatThrownBy(() -> results.add("speed", ORIGIN, Map.of()))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("could not be written to /dev/full")
                    .hasMessageContaining("The 0 before it are kept");
        }
    }

    private void add(Path file, int rate) {
        try (ResultFile results = ResultFile.open(file, notices::add)) {
            results.add("speed", ORIGIN, Map.of("rate", Json.of(rate)));
        }
    }

    private static String line(int rate) {
        return "{\"kind\":\"speed\",\"version\":1,\"command\":\"speed -p 8\",\"machine\":\"a machine, 2 cores\","
                + "\"jvm\":\"a JVM\",\"commit\":\"abc\",\"rate\":" + rate + "}";
    }
}
